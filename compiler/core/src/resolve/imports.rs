//! `use`: what a module takes from others.

use super::{Import, Kind, ModuleId, Names, cycles};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit_distance::nearest;
use crate::source::Span;
use crate::syntax::ast;

/// Fills the imports of all modules.
pub(super) fn import(names: &mut Names<'_>, diagnostics: &mut Diagnostics) {
    let modules = names.modules;
    let mut edges: Vec<Vec<(usize, Span)>> = vec![Vec::new(); modules.len()];
    for (id, module) in modules.iter().enumerate() {
        for item in &module.file.items {
            let ast::ItemKind::Use(the_use) = &item.kind else {
                continue;
            };
            let target = module_of(names, ModuleId(id), &the_use.module, diagnostics);
            edges[id].extend(target.map(|target| (target.0, the_use.module.span)));
            for name in &the_use.names {
                match target {
                    Some(target) => bring(names, ModuleId(id), target, name, diagnostics),
                    None => names.miss(ModuleId(id), &name.text, the_use.module.span),
                }
            }
        }
    }
    for cycle in cycles::find(&edges) {
        let way: Vec<&str> = cycle
            .nodes
            .iter()
            .map(|id| modules[*id].name.as_str())
            .collect();
        let (first, way) = (way.first().copied().unwrap_or_default(), way.join("` → `"));
        diagnostics.push(
            Diagnostic::error(
                "import-cycle",
                cycle.span,
                format!("`{first}` imports itself: `{way}` → `{first}`"),
            )
            .help("move what both need into a third module"),
        );
    }
}

fn module_of(
    names: &Names<'_>,
    from: ModuleId,
    path: &ast::Path,
    diagnostics: &mut Diagnostics,
) -> Option<ModuleId> {
    let written = path.to_string();
    let module = names.module(from)?;
    let standard = (written == "silex").then_some(super::STANDARD);
    let found = standard.or_else(|| {
        let qualified = format!("{}{written}", module.prefix);
        names.ids.get(qualified.as_str()).copied()
    });
    if found.is_none() {
        let candidates = names
            .modules
            .iter()
            .filter_map(|other| visible_name(module, other));
        diagnostics.push(
            Diagnostic::error(
                "unknown-name",
                path.span,
                format!("unknown module `{written}`"),
            )
            .did_you_mean(nearest(&written, candidates)),
        );
    }
    found
}

/// The name by which a module may name another, if it may.
fn visible_name<'a>(from: &super::Module, other: &'a super::Module) -> Option<&'a str> {
    let inside = other.name.strip_prefix(&from.prefix)?;
    let own = other.prefix == from.prefix;
    let direct = other.prefix.strip_prefix(&from.prefix).is_some_and(|rest| {
        from.dependencies
            .iter()
            .any(|name| rest.strip_suffix('.') == Some(name))
    });
    (own || direct).then_some(inside)
}

impl<'a> Names<'a> {
    /// The change that brings a name of another module into scope, if one declares it as one of the
    /// kinds: where something is inserted, what, and the name of the module.
    pub(crate) fn import_of(
        &self,
        to: ModuleId,
        name: &str,
        kinds: &[Kind],
    ) -> Option<(Span, String, &'a str)> {
        let module = self.module(to)?;
        let declares = |at: &usize| {
            let declared = self.declared_at(*at);
            declared.is_some_and(|it| kinds.contains(&it.kind) && !it.name.is_private())
        };
        let mut others = self.modules.iter().zip(&self.own).skip(1);
        let from = others.find_map(|(other, own)| {
            own.get(name).filter(|at| declares(at))?;
            visible_name(module, other)
        })?;
        let mut uses = module.file.items.iter().filter_map(|item| {
            if let ast::ItemKind::Use(it) = &item.kind {
                Some((item, it))
            } else {
                None
            }
        });
        let there = uses.clone().find(|(_, it)| it.module.to_string() == from);
        let end = |span: Span| Span {
            start: span.end,
            ..span
        };
        let (at, text) = if let Some(last) = there.and_then(|(_, it)| it.names.last()) {
            (end(last.span), format!(", {name}"))
        } else if let Some((last, _)) = uses.next_back() {
            (end(last.span), format!("\nuse {from}.{{{name}}}"))
        } else {
            let first = module.file.items.first()?;
            let start = first.docs.as_ref().map_or(first.span, |docs| docs.span);
            let at = Span {
                end: start.start,
                ..start
            };
            (at, format!("use {from}.{{{name}}}\n\n"))
        };
        Some((at, text, from))
    }

    /// Notes that a `use` asks for a name in vain.
    fn miss(&mut self, module: ModuleId, name: &'a str, at: Span) {
        if let Some(missed) = self.missed.get_mut(module.0) {
            missed.entry(name).or_insert(at);
        }
    }
}

fn bring<'a>(
    names: &mut Names<'a>,
    to: ModuleId,
    from: ModuleId,
    name: &'a ast::Name,
    diagnostics: &mut Diagnostics,
) {
    let module = names.modules[from.0].name.as_str();
    let text = name.text.as_str();
    let Some(&declared) = names.own[from.0].get(text) else {
        let public = names.own[from.0]
            .keys()
            .copied()
            .filter(|name| !name.starts_with('_'));
        let near = nearest(text, public);
        let message = format!("module `{module}` declares no `{text}`");
        diagnostics.push(
            Diagnostic::error("unknown-name", name.span, message)
                .did_you_mean(near)
                .rests_on(names.grounds(from, text, near)),
        );
        for missed in near.into_iter().chain([text]) {
            names.miss(to, missed, name.span);
        }
        return;
    };
    if name.is_private() && to != from {
        diagnostics.push(
            Diagnostic::error(
                "private-name",
                name.span,
                format!("`{text}` is private to module `{module}`"),
            )
            .label(
                names.declared[declared].name.span,
                "a name that starts with `_` is private",
            )
            .help(format!(
                "use what `{module}` offers to others, or take the `_` away there"
            )),
        );
    }
    let clash = names.own[to.0]
        .get(text)
        .map(|own| names.declared[*own].name.span);
    let clash = clash.or_else(|| names.imported[to.0].get(text).map(|import| import.span));
    if let Some(earlier) = clash {
        diagnostics.push(
            Diagnostic::error(
                "duplicate-name",
                name.span,
                format!("`{text}` is in scope already"),
            )
            .label(earlier, "from here"),
        );
        return;
    }
    names.imported[to.0].insert(
        text,
        Import {
            declared,
            span: name.span,
        },
    );
}
