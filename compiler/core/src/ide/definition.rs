//! Where a name is declared, and where the type of its value is.

use super::names::{self, Occurrence, Symbol};
use super::{Analysis, Place, members};
use crate::resolve::{Module, ModuleId, Names};
use crate::source::Span;

/// Where something stands: its name, and all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The name.
    pub name: Span,
    /// All of it.
    pub whole: Span,
}

/// Where the name at a place is declared, and where that name is written.
#[must_use]
pub fn at(analysis: &Analysis, place: Place) -> Option<(Span, Target)> {
    let names = analysis.names();
    let occurrence = names::at(analysis, &names, place)?;
    let target = of_symbol(analysis, &names, &occurrence.symbol)?;
    Some((occurrence.span, target))
}

/// Where the type of what stands at a place is declared.
#[must_use]
pub fn type_at(analysis: &Analysis, place: Place) -> Option<(Span, Target)> {
    let names = analysis.names();
    let Occurrence { span, of, .. } = names::at(analysis, &names, place)?;
    Some((span, of_declaration(&names, &of?)?))
}

/// The module of a qualified name.
pub(super) fn module<'a>(analysis: &'a Analysis, name: &str) -> Option<(ModuleId, &'a Module)> {
    let mut all = analysis.reading.modules.iter().enumerate();
    let (at, module) = all.find(|(_, module)| module.name == name)?;
    Some((ModuleId(at), module))
}

/// Where a symbol is declared.
pub(super) fn of_symbol(analysis: &Analysis, names: &Names<'_>, symbol: &Symbol) -> Option<Target> {
    match symbol {
        Symbol::Declaration(_, name) => of_declaration(names, name),
        Symbol::Field { of, case, name } => {
            let fields = members::fields(names.get(of)?.item);
            let member = fields.iter().find(|it| {
                it.field.name.text == *name && it.case.map(|case| &case.name.text) == case.as_ref()
            })?;
            Some(Target {
                name: member.field.name.span,
                whole: member.field.span,
            })
        }
        Symbol::Case { of, name } => {
            let mut cases = members::cases(names.get(of)?.item).iter();
            let case = cases.find(|case| case.name.text == *name)?;
            Some(Target {
                name: case.name.span,
                whole: case.span,
            })
        }
        Symbol::Part { of, name } => {
            let parts = members::parts(names.get(of)?.item.kind.body()?);
            let (name, statement) = parts.into_iter().find(|(it, _)| it.text == *name)?;
            Some(Target {
                name: name.span,
                whole: statement.span,
            })
        }
        Symbol::Local { at, .. } => Some(Target {
            name: *at,
            whole: *at,
        }),
        Symbol::Module(name) => {
            let (_, module) = module(analysis, name)?;
            let start = Place {
                file: module.file.id,
                offset: 0,
            };
            Some(Target {
                name: start.span(),
                whole: start.span(),
            })
        }
        Symbol::Given(_)
        | Symbol::Function(_)
        | Symbol::Topic(_)
        | Symbol::Lint(_)
        | Symbol::Layout(_) => None,
    }
}

fn of_declaration(names: &Names<'_>, name: &str) -> Option<Target> {
    let declared = names.get(name)?;
    Some(Target {
        name: declared.name.span,
        whole: declared.item.span,
    })
}
