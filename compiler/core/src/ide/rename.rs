//! A new name for what a name means, everywhere.
//!
//! The name of a rule is its identity: in `silex diff`, in counts of kept and broken rules, in the
//! events of a deployment. A rename of one says so.

use super::names::{self, Symbol};
use super::{Analysis, Change, Place, references};
use crate::diagnostic::Fix;
use crate::resolve::{Kind, STANDARD};
use crate::source::Span;

/// What would be renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    /// The name at the place.
    pub span: Span,
    /// As it is now.
    pub name: String,
    /// What the author should know before.
    pub warning: Option<&'static str>,
}

/// Words that no name may be.
const RESERVED: [&str; 9] = [
    "and", "or", "not", "is", "in", "true", "false", "none", "trusting",
];

/// What would be renamed at a place.
///
/// # Errors
/// Why nothing there can be, for a person.
pub fn prepare(analysis: &Analysis, place: Place) -> Result<Renaming, String> {
    let names = analysis.names();
    let Some(found) = names::at(analysis, &names, place) else {
        return Err("there is no name here".to_owned());
    };
    let refused = match &found.symbol {
        Symbol::Given(name) => Some(format!("`{name}` is provided by its place")),
        Symbol::Function(name) => Some(format!("`{name}` is a standard function")),
        Symbol::Module(_) => Some("a module is named by its file".to_owned()),
        Symbol::Lint(code) => Some(format!("`{code}` is the code of a lint")),
        Symbol::Layout(_) => Some("a layout is named by its file".to_owned()),
        Symbol::Declaration(..)
        | Symbol::Field { .. }
        | Symbol::Case { .. }
        | Symbol::Part { .. }
        | Symbol::Local { .. }
        | Symbol::Topic(_) => None,
    };
    if let Some(refused) = refused {
        return Err(refused);
    }
    let elsewhere = references::of_symbol(analysis, &names, &found.symbol);
    let foreign = elsewhere.iter().filter(|it| it.declares).any(|it| {
        let module = analysis.module(it.span.file);
        module.is_none_or(|(id, module)| id == STANDARD || !module.prefix.is_empty())
    });
    if foreign {
        return Err("it is declared in another package".to_owned());
    }
    Ok(Renaming {
        span: found.span,
        name: analysis.written(found.span).to_owned(),
        warning: matches!(found.symbol, Symbol::Part { .. }).then_some(
            "the name of a rule is its identity: `silex diff` will tell it as removed and added, and what a deployment has counted of it begins anew",
        ),
    })
}

/// The changes that a new name makes.
///
/// # Errors
/// Why it cannot be named so, for a person.
pub fn to(analysis: &Analysis, place: Place, new: &str) -> Result<Change, String> {
    prepare(analysis, place)?;
    let names = analysis.names();
    let Some(found) = names::at(analysis, &names, place) else {
        return Err("there is no name here".to_owned());
    };
    let is_type = matches!(
        found.symbol,
        Symbol::Declaration(Kind::Enum | Kind::Record | Kind::Entity, _)
    );
    refuse_form(new, is_type)?;
    let all = references::of_symbol(analysis, &names, &found.symbol);
    let is_taken = |it: &references::Reference| {
        let module = analysis.module(it.span.file);
        module.is_some_and(|(id, _)| names.lookup(id, new).is_some())
    };
    if matches!(found.symbol, Symbol::Declaration(..)) && all.iter().any(is_taken) {
        return Err(format!("`{new}` is taken where the name is used"));
    }
    let edits = all.into_iter().map(|it| Fix {
        span: it.span,
        replacement: new.to_owned(),
        title: format!("write `{new}`"),
    });
    Ok(Change {
        edits: edits.collect(),
    })
}

fn refuse_form(new: &str, is_type: bool) -> Result<(), String> {
    let mut signs = new.trim_start_matches('_').chars();
    let first = signs.next();
    let begins = first.is_some_and(|it| {
        if is_type {
            it.is_ascii_uppercase()
        } else {
            it.is_ascii_lowercase()
        }
    });
    if !begins || !signs.all(|it| it.is_ascii_alphanumeric() || it == '_') {
        let form = if is_type {
            "`PascalCase`"
        } else {
            "`snake_case`"
        };
        return Err(format!("`{new}` is no name: write it in {form}"));
    }
    if RESERVED.contains(&new) {
        return Err(format!("`{new}` is a word of the language"));
    }
    Ok(())
}
