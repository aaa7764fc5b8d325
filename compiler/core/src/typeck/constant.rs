//! Constants: fixed by the author, hence trusted.
//!
//! A constant may stand in another, so each is worked out when it is first asked for.

use std::collections::BTreeMap;

use silex_bundle::Type;

use super::{Context, ty, value};
use crate::diagnostic::Diagnostic;
use crate::hir::{Constant, Hir};
use crate::resolve::{Declared, Kind};
use crate::syntax::ast;

/// The constants that were asked for.
#[derive(Debug, Default)]
pub(super) struct Known {
    states: BTreeMap<String, State>,
    /// Those that are being worked out, each for the one before it.
    open: Vec<String>,
}

/// How far a constant is.
#[derive(Debug)]
enum State {
    /// It is being worked out.
    Open,
    /// It is known, or wrong and reported.
    Done(Option<Constant>),
}

/// The constants that are known from before.
pub(super) fn known(hir: &Hir) -> Known {
    let known = hir.constants.iter();
    Known {
        states: known
            .map(|(name, it)| (name.clone(), State::Done(Some(it.clone()))))
            .collect(),
        open: Vec::new(),
    }
}

impl Known {
    fn begin(&mut self, name: &str) {
        self.states.insert(name.to_owned(), State::Open);
        self.open.push(name.to_owned());
    }

    fn end(&mut self, name: &str, constant: Option<Constant>) {
        self.states.insert(name.to_owned(), State::Done(constant));
        self.open.pop();
    }

    /// From a constant that is being worked out by way of others back to it, in words.
    fn circle(&self, name: &str) -> String {
        let of_circle = self.open.iter().skip_while(|it| *it != name);
        let names = of_circle.map(String::as_str).chain([name]);
        let names = names.map(|it| format!("`{}`", ty::bare(it)));
        names.collect::<Vec<_>>().join(" → ")
    }
}

/// Types all constants.
pub(super) fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Constant]) {
        if let Some(constant) = value_of(cx, declared) {
            cx.hir
                .constants
                .insert(declared.qualified.clone(), constant);
        }
        cx.hir
            .names
            .insert(declared.qualified.clone(), declared.name.span);
    }
}

/// The type and value of a constant.
pub(super) fn value_of(cx: &Context<'_>, declared: &Declared<'_>) -> Option<Constant> {
    let name = &declared.qualified;
    match cx.constants.borrow().states.get(name) {
        Some(State::Done(constant)) => return constant.clone(),
        Some(State::Open) => {
            let circle = cx.constants.borrow().circle(name);
            let message = format!("constant `{}` needs itself: {circle}", declared.name.text);
            cx.report(
                Diagnostic::error("constant-cycle", declared.name.span, message)
                    .help("give it a value of its own"),
            );
            return None;
        }
        None => {}
    }
    let ast::ItemKind::Const(written) = &declared.item.kind else {
        return None;
    };
    cx.constants.borrow_mut().begin(name);
    let constant = of(cx, declared, written);
    cx.constants.borrow_mut().end(name, constant.clone());
    constant
}

fn of(cx: &Context<'_>, declared: &Declared<'_>, written: &ast::Const) -> Option<Constant> {
    let of = match &written.ty {
        Some(stated) => trusted(ty::lower(cx, declared.module, stated)?),
        None => value::infer(cx, declared.module, &written.value)?,
    };
    let value = value::check(cx, declared.module, &written.value, &of)?;
    Some(Constant { of, value })
}

/// What an author writes into a constant is the deployment's own.
fn trusted(of: Type) -> Type {
    match of {
        Type::Text {
            min, max, pattern, ..
        } => Type::Text {
            trusted: true,
            min,
            max,
            pattern,
        },
        Type::List { of, min, max } => Type::List {
            of: Box::new(trusted(*of)),
            min,
            max,
        },
        Type::Optional(inner) => Type::Optional(Box::new(trusted(*inner))),
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::Named(_) => of,
    }
}
