//! Names in expressions, values and calls.

use super::{Symbol, Walk};
use crate::ide::members;
use crate::resolve::{Declared, Kind};
use crate::syntax::ast::{self, ExprKind, ValueKind};

impl Walk<'_, '_> {
    /// The names of an expression, and the type of its value.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Path(path) => self.path(path),
            ExprKind::List(all) => {
                all.iter().for_each(|one| self.value(one, None));
                None
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Filter { value, call } => {
                let of = self.expr(value);
                self.call(call);
                of
            }
            ExprKind::Not(inner) => {
                self.expr(inner);
                None
            }
            ExprKind::And(all) | ExprKind::Or(all) => {
                all.iter().for_each(|one| {
                    self.expr(one);
                });
                None
            }
            ExprKind::Compare { left, right, .. } => {
                let of = self.expr(left);
                self.compared(right, of.as_deref());
                None
            }
            ExprKind::Is { value, .. } => {
                self.expr(value);
                None
            }
            ExprKind::In { value, within } => {
                let of = self.expr(value);
                if let ast::Within::List(all, _) = within {
                    all.iter().for_each(|one| self.value(one, of.as_deref()));
                }
                None
            }
            ExprKind::Literal(_) | ExprKind::Junk => None,
        }
    }

    /// The right side of a comparison: a single name is first a case of what is compared.
    fn compared(&mut self, expr: &ast::Expr, of: Option<&str>) {
        if let (ExprKind::Path(path), Some(of)) = (&expr.kind, of)
            && let [only] = &*path.names
            && self.case(of, only)
        {
            return;
        }
        self.expr(expr);
    }

    /// The names of a path, and the type at its end.
    pub(super) fn path(&mut self, path: &ast::Path) -> Option<String> {
        let (first, rest) = path.names.split_first()?;
        let bound = self.bound.iter().rev().find(|it| it.name == first.text);
        let bound = bound.cloned();
        let mut of = if let Some(bound) = bound {
            let name = bound.name;
            let symbol = match bound.at {
                Some(at) => Symbol::Local { name, at },
                None => Symbol::Given(name),
            };
            self.take(first.span, symbol, bound.of.clone());
            bound.of
        } else {
            self.refer(first);
            let declared = self.names.lookup(self.module, &first.text)?;
            match declared.kind {
                Kind::Enum => {
                    let of = declared.qualified.clone();
                    rest.iter().for_each(|name| {
                        self.case(&of, name);
                    });
                    return Some(of);
                }
                Kind::Constant => self.of_constant(declared),
                Kind::Record
                | Kind::Entity
                | Kind::Tool
                | Kind::Model
                | Kind::Ruleset
                | Kind::Behaviour
                | Kind::Agent
                | Kind::Example => None,
            }
        };
        for name in rest {
            of = self.field(of.as_deref()?, name);
        }
        of
    }

    /// The type that a constant states.
    fn of_constant(&self, declared: &Declared<'_>) -> Option<String> {
        let ast::ItemKind::Const(written) = &declared.item.kind else {
            return None;
        };
        members::named(self.names, declared.module, written.ty.as_ref()?)
    }

    /// The names of a call, and the type of what it gives. A filter is a call.
    pub(super) fn call(&mut self, call: &ast::Call) -> Option<String> {
        if silex_bundle::functions::find(&call.name.text).is_some() {
            self.take(
                call.name.span,
                Symbol::Function(call.name.text.clone()),
                None,
            );
        } else {
            self.refer(&call.name);
        }
        self.args(&call.name, &call.args);
        let found = self.names.lookup(self.module, &call.name.text)?;
        members::named(self.names, found.module, members::returns(found)?)
    }

    /// The arguments of a call, with the parameters that they name.
    pub(super) fn args(&mut self, callee: &ast::Name, args: &[ast::Arg]) {
        let declared = self.names.lookup(self.module, &callee.text);
        let params = declared.map_or(&[][..], |it| members::params(it.item));
        for (at, arg) in args.iter().enumerate() {
            let param = match &arg.name {
                Some(name) => params.iter().find(|it| it.name.text == name.text),
                None => params.get(at),
            };
            let of = declared
                .zip(param)
                .and_then(|(it, param)| members::named(self.names, it.module, &param.ty));
            if let (Some(name), Some(param)) = (&arg.name, param) {
                let symbol = Symbol::Local {
                    name: param.name.text.clone(),
                    at: param.name.span,
                };
                self.take(name.span, symbol, of.clone());
            }
            self.compared(&arg.value, of.as_deref());
        }
    }

    /// The names of a value of a type.
    pub(super) fn value(&mut self, value: &ast::Value, of: Option<&str>) {
        match &value.kind {
            ValueKind::List(all) => all.iter().for_each(|one| self.value(one, of)),
            ValueKind::Record(entries) => self.entries(entries, of),
            ValueKind::Case {
                of: stated,
                name,
                fields,
            } => {
                stated.iter().for_each(|it| self.refer(it));
                let stated = stated
                    .as_ref()
                    .and_then(|it| members::type_of_name(self.names, self.module, it));
                let of = stated.as_deref().or(of);
                if !of.is_some_and(|of| self.case(of, name)) {
                    self.refer(name);
                }
                fields.iter().for_each(|entries| self.entries(entries, of));
            }
            ValueKind::Literal(_) | ValueKind::Junk => {}
        }
    }

    pub(super) fn entries(&mut self, entries: &[ast::Entry], of: Option<&str>) {
        for entry in entries {
            let inner = of.and_then(|of| self.field(of, &entry.name));
            self.value(&entry.value, inner.as_deref());
        }
    }
}
