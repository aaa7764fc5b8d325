//! Calls of behaviours: arguments by position or by name, defaults for the rest.

use std::collections::BTreeMap;

use silex_bundle::behaviour::Call;
use silex_bundle::schema::Field;
use silex_bundle::{Expr, Type};

use super::expr::{self, Place};
use super::scope::Scope;
use super::{Context, ty};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::Kind;
use crate::source::Span;
use crate::syntax::ast;

/// The call of a behaviour, and what it returns.
pub fn check(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Call,
    place: Place,
) -> Option<(Call, Type)> {
    let declared = cx.find(scope.module(), &written.name, &[Kind::Behaviour])?;
    let behaviour = cx.hir.behaviours.get(&declared.qualified)?;
    let arguments = Arguments {
        callee: &written.name.text,
        params: &behaviour.inputs,
        args: &written.args,
        span: written.span,
    };
    let since = cx.told();
    let args = bind(cx, scope, &arguments, place);
    cx.amend(since, |found| {
        if found.code == "type-mismatch" && found.help.is_none() {
            found.help = Some(signature(&arguments));
        }
    });
    let echoes = ["type-mismatch", "wrong-arguments", "unknown-parameter"];
    cx.rest_on(since, &echoes, declared.head());
    let args = args?;
    let call = Call {
        behaviour: declared.qualified.clone(),
        args: args.into_iter().collect::<BTreeMap<_, _>>(),
    };
    Some((call, behaviour.returns.clone()))
}

/// What a call returns, whatever is wrong with its arguments: what was observed is of that type.
pub(super) fn returned(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Call) -> Type {
    let declared = cx.names.lookup(scope.module(), &written.name.text);
    let behaviour = declared.and_then(|it| cx.hir.behaviours.get(&it.qualified));
    behaviour.map_or_else(ty::unknown, |it| it.returns.clone())
}

/// Arguments as written and the parameters that they fill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arguments<'e> {
    /// The name of what is called.
    pub(super) callee: &'e str,
    /// Its parameters.
    pub(super) params: &'e [Field],
    /// What is given.
    pub(super) args: &'e [ast::Arg],
    /// The place of the call.
    pub(super) span: Span,
}

/// What can be given, as in `brief(max: int 1..900 = …)`.
fn signature(call: &Arguments<'_>) -> String {
    let params: Vec<String> = call
        .params
        .iter()
        .map(|param| {
            let default = if param.default.is_some() {
                " = …"
            } else {
                ""
            };
            format!("{}: {}{default}", param.name, ty::name(&param.of))
        })
        .collect();
    format!("it is `{}({})`", call.callee, params.join(", "))
}

/// The arguments by parameter, defaults left out.
pub(super) fn bind(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    call: &Arguments<'_>,
    place: Place,
) -> Option<Vec<(String, Expr)>> {
    if let Some(at) = left_out(scope, call) {
        not_given(cx, call, at);
        return None;
    }
    if let Some(order) = misordered(scope, call) {
        in_another_order(cx, call, order);
        return None;
    }
    let mut bound: Vec<Option<&ast::Arg>> = vec![None; call.params.len()];
    let mut sound = true;
    let mut next = 0;
    for arg in call.args {
        let at = match &arg.name {
            Some(name) => {
                let found = call.params.iter().position(|param| param.name == name.text);
                if found.is_none() {
                    let all = call.params.iter().map(|param| param.name.as_str());
                    let message = format!("`{}` has no parameter `{}`", call.callee, name.text);
                    let near = nearest(&name.text, all.clone());
                    let all: Vec<&str> = all.collect();
                    let label = match all.as_slice() {
                        [] => "it has none".to_owned(),
                        all => format!("it has `{}`", all.join("`, `")),
                    };
                    cx.report(
                        Diagnostic::error("unknown-parameter", name.span, message)
                            .at(label)
                            .did_you_mean(near),
                    );
                }
                found
            }
            None => {
                next += 1;
                Some(next - 1)
            }
        };
        match at.map(|at| (at, bound.get_mut(at))) {
            Some((_, Some(slot @ None))) => *slot = Some(arg),
            Some((at, Some(Some(_)))) => {
                let message = format!("`{}` is given twice", call.params[at].name);
                cx.report(
                    Diagnostic::error("wrong-arguments", arg.span, message).help(signature(call)),
                );
                sound = false;
            }
            Some((_, None)) => {
                let message = format!(
                    "`{}` takes {}",
                    call.callee,
                    super::counted(call.params.len(), "argument")
                );
                cx.report(
                    Diagnostic::error("wrong-arguments", arg.span, message).help(signature(call)),
                );
                sound = false;
            }
            None => sound = false,
        }
    }
    let mut args = Vec::with_capacity(call.params.len());
    for (param, arg) in call.params.iter().zip(&bound) {
        match arg {
            Some(arg) => match expr::check(cx, scope, &arg.value, Some(&param.of), place) {
                Some(typed) => args.push((param.name.clone(), typed.expr)),
                None => sound = false,
            },
            None if param.default.is_some() || matches!(param.of, Type::Optional(_)) => {}
            None if sound => {
                not_given(cx, call, param);
                sound = false;
            }
            None => {}
        }
    }
    sound.then_some(args)
}

/// Says that an argument is missing.
fn not_given(cx: &Context<'_>, call: &Arguments<'_>, param: &Field) {
    let of = ty::name(&param.of);
    let message = format!("`{}` needs `{}: {of}`", call.callee, param.name);
    cx.report(
        Diagnostic::error("wrong-arguments", call.span, message)
            .at("not given, and it has no default")
            .help(signature(call)),
    );
}

/// The arguments in the order of the parameters, where each is called like one of them and some stand
/// where their type is not wanted.
fn misordered(scope: &Scope<'_>, call: &Arguments<'_>) -> Option<String> {
    let args = call.args.iter().filter(|arg| arg.name.is_none());
    let named = args.filter_map(|arg| Some(arg.value.as_name()?.text.as_str()));
    let named: Vec<&str> = named.collect();
    let wanted: Vec<&str> = call.params.iter().map(|it| it.name.as_str()).collect();
    let mut sorted = (named.clone(), wanted.clone());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    let fits = |(name, param): (&&str, &Field)| {
        let of = scope.lookup(name);
        of.is_none_or(|of| ty::fits(of, &param.of))
    };
    let all_fit = named.iter().zip(call.params).all(fits);
    let moved = named != wanted && sorted.0 == sorted.1 && named.len() == call.args.len();
    (moved && !all_fit).then(|| wanted.join(", "))
}

fn in_another_order(cx: &Context<'_>, call: &Arguments<'_>, order: String) {
    let places = call.args.iter().map(|arg| arg.span);
    let whole = places.reduce(Span::to).unwrap_or(call.span);
    let message = format!("the arguments of `{}` stand in another order", call.callee);
    cx.report(
        Diagnostic::error("wrong-arguments", whole, message)
            .help(signature(call))
            .fix(whole, order, "put them in its order"),
    );
}

/// The parameter whose argument was left out, where every argument is called like another one: what
/// stands behind it would be taken for values of the wrong types.
fn left_out<'e>(scope: &Scope<'_>, call: &Arguments<'e>) -> Option<&'e Field> {
    let params = call.params;
    let args = call.args.iter().filter(|arg| arg.name.is_none());
    let named = args.filter_map(|arg| Some(arg.value.as_name()?.text.as_str()));
    let named: Vec<&str> = named.collect();
    let is_known = |name: &&str| scope.names().any(|it| it == *name);
    let missing = (0..params.len()).find(|at| {
        let others = params.iter().enumerate().filter(|(it, _)| it != at);
        params[*at].default.is_none() && others.map(|(_, it)| &it.name).eq(named.iter())
    })?;
    // The last is missed in any case.
    let is_inside = missing < call.args.len() && named.len() == call.args.len();
    (is_inside && named.iter().all(is_known)).then(|| &params[missing])
}
