//! Fields and cases of declarations, as written: what can stand behind a point.

use crate::resolve::{Declared, Kind, ModuleId, Names};
use crate::syntax::ast::{self, ItemKind, TypeKind};

/// The named type of a written type, whatever holds it: of `[Document]?` the document.
pub(super) fn named(names: &Names<'_>, module: ModuleId, of: &ast::Type) -> Option<String> {
    match &of.kind {
        TypeKind::Named(name) => type_of_name(names, module, name),
        TypeKind::List { item, .. } => named(names, module, item),
        TypeKind::Text { .. }
        | TypeKind::Int(_)
        | TypeKind::Float(_)
        | TypeKind::Plain(_)
        | TypeKind::Junk => None,
    }
}

/// The qualified name of a type.
pub(super) fn type_of_name(
    names: &Names<'_>,
    module: ModuleId,
    name: &ast::Name,
) -> Option<String> {
    let declared = names.lookup(module, &name.text)?;
    let is_type = Kind::TYPES.contains(&declared.kind);
    is_type.then(|| declared.qualified.clone())
}

/// A field, and the case that carries it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    /// The field.
    pub(super) field: &'a ast::Field,
    /// Its case, if it is of an enum.
    pub(super) case: Option<&'a ast::Case>,
}

/// The fields of a record or an entity.
pub(super) fn lines(item: &ast::Item) -> impl Iterator<Item = &ast::Field> {
    let lines: &[ast::FieldLine] = match &item.kind {
        ItemKind::Record(record) => &record.lines,
        ItemKind::Entity(entity) => &entity.lines,
        ItemKind::Enum(_)
        | ItemKind::Use(_)
        | ItemKind::Allow(_)
        | ItemKind::Const(_)
        | ItemKind::Tool(_)
        | ItemKind::Model(_)
        | ItemKind::Ruleset(_)
        | ItemKind::Behaviour(_)
        | ItemKind::Agent(_)
        | ItemKind::Example(_)
        | ItemKind::Junk(_) => &[],
    };
    lines.iter().filter_map(ast::FieldLine::field)
}

/// The fields of a declaration; of an enum those of all its cases.
pub(super) fn fields(item: &ast::Item) -> Vec<Member<'_>> {
    let plain = lines(item).map(|field| Member { field, case: None });
    let carried = cases(item).iter().flat_map(|case| {
        case.fields.iter().map(move |field| Member {
            field,
            case: Some(case),
        })
    });
    plain.chain(carried).collect()
}

/// The cases of a declaration that is an enum.
pub(super) fn cases(item: &ast::Item) -> &[ast::Case] {
    if let ItemKind::Enum(the_enum) = &item.kind {
        &the_enum.cases
    } else {
        &[]
    }
}

/// The parameters of a declaration that has some.
pub(super) fn params(item: &ast::Item) -> &[ast::Param] {
    match &item.kind {
        ItemKind::Tool(tool) => &tool.params,
        ItemKind::Ruleset(ruleset) => &ruleset.params,
        ItemKind::Behaviour(behaviour) => &behaviour.params,
        ItemKind::Enum(_)
        | ItemKind::Record(_)
        | ItemKind::Entity(_)
        | ItemKind::Use(_)
        | ItemKind::Allow(_)
        | ItemKind::Const(_)
        | ItemKind::Model(_)
        | ItemKind::Agent(_)
        | ItemKind::Example(_)
        | ItemKind::Junk(_) => &[],
    }
}

/// What a declaration gives when it is called.
pub(super) fn returns<'a>(declared: &Declared<'a>) -> Option<&'a ast::Type> {
    match &declared.item.kind {
        ItemKind::Tool(tool) => Some(&tool.returns),
        ItemKind::Behaviour(behaviour) => Some(&behaviour.returns),
        ItemKind::Ruleset(_)
        | ItemKind::Enum(_)
        | ItemKind::Record(_)
        | ItemKind::Entity(_)
        | ItemKind::Use(_)
        | ItemKind::Allow(_)
        | ItemKind::Const(_)
        | ItemKind::Model(_)
        | ItemKind::Agent(_)
        | ItemKind::Example(_)
        | ItemKind::Junk(_) => None,
    }
}

/// The facts, rules, steps and stages of a body, by their names.
pub(super) fn parts(body: &ast::Body) -> Vec<(&ast::Name, &ast::Statement)> {
    let mut parts = Vec::new();
    body.visit(&mut |statement| match &statement.kind {
        ast::StatementKind::Fact(fact) => parts.push((&fact.name, statement)),
        ast::StatementKind::Rule(rule) => parts.push((&rule.name, statement)),
        ast::StatementKind::Stage(stage) => parts.push((&stage.name, statement)),
        ast::StatementKind::Steps(steps) => {
            parts.extend(steps.steps.iter().map(|step| (&step.name, statement)));
        }
        ast::StatementKind::Role(_)
        | ast::StatementKind::Follow(_)
        | ast::StatementKind::Observe(_)
        | ast::StatementKind::When(_)
        | ast::StatementKind::Match(_)
        | ast::StatementKind::Each(_)
        | ast::StatementKind::Tools(_)
        | ast::StatementKind::Model(_)
        | ast::StatementKind::Limit(_)
        | ast::StatementKind::Layout(_)
        | ast::StatementKind::On(_)
        | ast::StatementKind::Allow(_)
        | ast::StatementKind::Junk(_) => {}
    });
    parts
}

/// The declaration whose body names a part: itself, or a ruleset that it follows.
pub(super) fn owner_of_part<'n, 'a>(
    names: &'n Names<'a>,
    declared: &'n Declared<'a>,
    part: &str,
) -> Option<&'n Declared<'a>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut open = vec![declared];
    while let Some(next) = open.pop() {
        let Some(body) = next
            .item
            .kind
            .body()
            .filter(|_| !seen.contains(&next.qualified.as_str()))
        else {
            continue;
        };
        seen.push(&next.qualified);
        if parts(body).iter().any(|(name, _)| name.text == part) {
            return Some(next);
        }
        body.visit(&mut |statement| {
            if let ast::StatementKind::Follow(follow) = &statement.kind {
                open.extend(names.lookup(next.module, &follow.ruleset.text));
            }
        });
    }
    None
}
