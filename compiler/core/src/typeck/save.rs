//! What `save` may set: a field of somebody whose key stays.

use silex_bundle::schema::Shape;
use silex_bundle::{Path, Type};

use super::tool::walk;
use super::{Context, ty};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;

/// The field of an entity that is set, and its type.
pub(super) fn field(cx: &Context<'_>, entity: &str, written: &ast::Path) -> Option<(Path, Type)> {
    let (target, of) = walk(cx, &Type::Named(entity.to_owned()), written, false)?;
    if target.fields.is_empty() {
        let message = format!("`{target}` is not a field: name the one that is set");
        cx.report(
            Diagnostic::error("save-path", written.span, message)
                .help(format!("write `{target}.FIELD = …`")),
        );
        return None;
    }
    if key(cx, entity).is_some_and(|(key, _)| target.fields == [key]) {
        let message = format!(
            "`{target}` is the key of `{}` and never changes",
            ty::bare(entity)
        );
        cx.report(
            Diagnostic::error("save-path", written.span, message)
                .help("save another field; another key is somebody else"),
        );
        return None;
    }
    Some((target, of))
}

/// The name and the type of an entity's key.
pub(super) fn key(cx: &Context<'_>, entity: &str) -> Option<(String, Type)> {
    match &cx.hir.declarations.get(entity)?.shape {
        Shape::Entity { fields, key, .. } => {
            let field = fields.iter().find(|field| field.name == *key)?;
            Some((key.clone(), field.of.clone()))
        }
        Shape::Record { .. } | Shape::Enum { .. } => None,
    }
}
