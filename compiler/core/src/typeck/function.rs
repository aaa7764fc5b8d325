//! Calls of standard functions. Their table is the bundle's; here its signatures are kept.

use silex_bundle::functions::{self, Function, Param, Returns, Taint, Takes};
use silex_bundle::{Expr, Type};

use super::expr::{Place, Typed, check, typed};
use super::path::{self, Through};
use super::scope::Scope;
use super::{Context, size, ty};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::Kind;
use crate::syntax::ast::{self, ExprKind, LiteralKind};

/// A call of a standard function; `piped` is what stands before the bar of a filter.
pub(super) fn call(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    piped: Option<&ast::Expr>,
    written: &ast::Call,
    place: Place,
) -> Option<Typed> {
    let Some(function) = functions::find(&written.name.text) else {
        unknown(cx, scope, &written.name);
        return None;
    };
    stands_here(cx, function, written, place)?;
    let bound = bind(cx, function, piped, written)?;
    let mut args: Vec<Typed> = Vec::with_capacity(bound.len());
    let mut sound = true;
    for (param, arg) in function.params.iter().zip(&bound) {
        let Some(arg) = arg else { break };
        match argument(cx, scope, param.takes, arg, &args, place) {
            Some(arg) => args.push(arg),
            // The arguments behind it may need its type.
            None if matches!(param.takes, Takes::Optional) => return None,
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    let tainted = match function.taint {
        Taint::Clean => false,
        Taint::Untrusted => true,
        Taint::AsFirst => args.first().is_some_and(|arg| arg.tainted),
        Taint::AsAny => args.iter().any(|arg| arg.tainted),
    };
    let of = returns(cx, function, &args, tainted);
    let args = args.into_iter().map(|arg| arg.expr).collect();
    Some(Typed {
        expr: Expr::Call {
            function: function.name.to_owned(),
            args,
        },
        of,
        tainted,
    })
}

fn unknown(cx: &Context<'_>, scope: &Scope<'_>, name: &ast::Name) {
    let declared = cx.names.lookup(scope.module(), &name.text);
    if let Some(declared) = declared.filter(|it| it.kind == Kind::Behaviour) {
        let message = format!(
            "`{}` is a behaviour and cannot be called in an expression",
            name.text
        );
        cx.report(
            Diagnostic::error("wrong-kind", name.span, message)
                .label(declared.name.span, "declared here")
                .help("let `observe NAME = …` run it, and ask for the name"),
        );
        return;
    }
    let all = functions::all().iter().map(|function| function.name);
    let near = theirs(&name.text).or_else(|| nearest(&name.text, all.clone()));
    let message = format!("unknown function `{}`", name.text);
    let report = Diagnostic::error("unknown-function", name.span, message);
    cx.report(match near {
        Some(near) => report.did_you_mean(Some(near)),
        None => {
            let all: Vec<&str> = all.collect();
            report.at(format!("there are `{}`", all.join("`, `")))
        }
    });
}

/// The function that does what one of other languages does.
fn theirs(name: &str) -> Option<&'static str> {
    Some(match name {
        "contains" | "includes" => "mentions",
        "downcase" | "lowercase" | "to_lower" | "tolower" => "lower",
        "dump" | "to_json" | "tojson" => "json",
        "len" | "length" | "size" => "count",
        "re_match" | "regex" | "test" => "matches",
        "wordcount" | "word_count" => "words",
        _ => return None,
    })
}

fn stands_here(
    cx: &Context<'_>,
    function: &Function,
    written: &ast::Call,
    place: Place,
) -> Option<()> {
    let (allowed, help) = match function.place {
        functions::Place::Everywhere => (true, ""),
        functions::Place::Expressions => (
            place != Place::When,
            "the condition of a `when` may use `count` only: it must be decided before the prompt is made",
        ),
        functions::Place::Checks => (place == Place::Check, "it is known in checks only"),
        functions::Place::AgentArguments => (
            place == Place::AgentArgument,
            "it stands in arguments of an agent's calls only",
        ),
        functions::Place::HoleEnd => (false, "it stands last in a hole of prose only"),
    };
    if !allowed {
        let message = format!("`{}` may not stand in {}", function.name, place.describe());
        cx.report(Diagnostic::error("function-not-here", written.span, message).help(help));
    }
    allowed.then_some(())
}

/// The arguments by parameter.
fn bind<'e>(
    cx: &Context<'_>,
    function: &Function,
    piped: Option<&'e ast::Expr>,
    written: &'e ast::Call,
) -> Option<Vec<Option<&'e ast::Expr>>> {
    let mut bound: Vec<Option<&ast::Expr>> = vec![None; function.params.len()];
    let mut next = 0;
    if let (Some(piped), Some(first)) = (piped, bound.first_mut()) {
        *first = Some(piped);
        next = 1;
    }
    let mut sound = true;
    let wrong = |span, message: String| {
        cx.report(
            Diagnostic::error("wrong-arguments", span, message).help(format!(
                "`{}`: {}",
                function.signature(),
                function.doc
            )),
        );
    };
    for arg in &written.args {
        let at = match &arg.name {
            Some(name) => {
                let Some(at) = function
                    .params
                    .iter()
                    .position(|param| param.name == name.text)
                else {
                    let all = function.params.iter().map(|param| param.name);
                    let message = format!("`{}` has no parameter `{}`", function.name, name.text);
                    cx.report(
                        Diagnostic::error("unknown-parameter", name.span, message)
                            .did_you_mean(nearest(&name.text, all)),
                    );
                    sound = false;
                    continue;
                };
                at
            }
            None => {
                next += 1;
                next - 1
            }
        };
        match bound.get_mut(at) {
            Some(slot @ None) => *slot = Some(&arg.value),
            Some(Some(_)) => {
                wrong(
                    arg.span,
                    format!("`{}` is given twice", function.params[at].name),
                );
                sound = false;
            }
            None => {
                wrong(
                    arg.span,
                    format!(
                        "`{}` takes {}",
                        function.name,
                        super::counted(function.params.len(), "argument")
                    ),
                );
                sound = false;
            }
        }
    }
    let missing = |(param, arg): &(&Param, &Option<&ast::Expr>)| arg.is_none() && !param.optional;
    if let Some((param, _)) = function.params.iter().zip(&bound).find(missing) {
        wrong(
            written.span,
            format!("`{}` needs `{}`", function.name, param.name),
        );
        sound = false;
    }
    sound.then_some(bound)
}

fn argument(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    takes: Takes,
    written: &ast::Expr,
    before: &[Typed],
    place: Place,
) -> Option<Typed> {
    match takes {
        Takes::Regex => regex(cx, written),
        Takes::Tool => name_of(cx, scope, written, &[Kind::Tool]),
        Takes::Entity => {
            let mut it = name_of(cx, scope, written, &[Kind::Entity])?;
            if let Expr::Literal(name) = &it.expr {
                it.of = Type::Named(name.as_str().unwrap_or_default().to_owned());
            }
            Some(it)
        }
        Takes::Optional => {
            let it = optional(cx, scope, written, place)?;
            if ty::is_unknown(&it.of) {
                None
            } else {
                Some(it)
            }
        }
        Takes::Inner => {
            let wanted = before
                .first()
                .map(|first| without_bounds(first.of.without_none()));
            check(cx, scope, written, wanted.as_ref(), place)
        }
        Takes::Any
        | Takes::List
        | Takes::Text
        | Takes::Texts
        | Takes::TrustedText
        | Takes::Int
        | Takes::Number
        | Takes::Url
        | Takes::Datetime
        | Takes::DateOrDatetime => {
            let it = typed(cx, scope, written, None, place, Through::Checked)?;
            let fits = |of: &Type| takes_type(takes, of, it.tainted);
            if ty::is_unknown(&it.of) || fits(&it.of) {
                return Some(it);
            }
            if let Type::Optional(inner) = &it.of
                && fits(inner)
            {
                let spelled = ty::spelled(&it.expr);
                path::maybe_none(cx, written.span, &spelled, &spelled, place);
                return None;
            }
            let message = format!(
                "`{}` is `{}`, not `{}`",
                ty::spelled(&it.expr),
                ty::name(&it.of),
                takes.describe()
            );
            let mut report = Diagnostic::error("type-mismatch", written.span, message)
                .at(format!("`{}` is wanted here", takes.describe()));
            if takes == Takes::TrustedText {
                report = report.help("write a literal, or name a constant or a `trusted text`");
            }
            cx.report(report);
            None
        }
    }
}

fn takes_type(takes: Takes, of: &Type, tainted: bool) -> bool {
    let text = |of: &Type| matches!(of, Type::Text { .. } | Type::Email | Type::Url);
    match takes {
        Takes::Any => !matches!(of, Type::Optional(_)),
        Takes::List => matches!(of, Type::List { .. }),
        Takes::Text => text(of),
        Takes::Texts => matches!(of, Type::List { of, .. } if text(of)),
        Takes::TrustedText => matches!(of, Type::Text { .. }) && !tainted,
        Takes::Int => matches!(of, Type::Int { .. }),
        Takes::Number => matches!(of, Type::Int { .. } | Type::Float { .. }),
        Takes::Url => matches!(of, Type::Url),
        Takes::Datetime => matches!(of, Type::Datetime),
        Takes::DateOrDatetime => matches!(of, Type::Date | Type::Datetime),
        Takes::Optional | Takes::Inner | Takes::Regex | Takes::Tool | Takes::Entity => false,
    }
}

/// The first argument of `default`, which sees through what may be none.
fn optional(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    place: Place,
) -> Option<Typed> {
    if let ExprKind::Path(path) = &written.kind
        && let path::Walked::Path { path, of } = path::walk(cx, scope, path, place, Through::None)?
    {
        if !matches!(of, Type::Optional(_)) {
            let message = format!("`{path}` is never none: its type is `{}`", ty::name(&of));
            cx.report(
                Diagnostic::error("never-none", written.span, message)
                    .at("the default is never taken")
                    .help("take `| default(…)` out"),
            );
            return None;
        }
        let tainted = super::taint::untrusted(cx, &of);
        return Some(Typed {
            expr: Expr::Path(path),
            of,
            tainted,
        });
    }
    typed(cx, scope, written, None, place, Through::None)
}

/// What a default may be: of the same kind, whatever the bounds.
fn without_bounds(of: &Type) -> Type {
    match of {
        Type::Text { .. } | Type::Email | Type::Url => Type::Text {
            trusted: false,
            min: None,
            max: None,
            pattern: None,
        },
        Type::Int { .. } => Type::Int {
            min: None,
            max: None,
        },
        Type::Float { .. } => Type::Float {
            min: None,
            max: None,
        },
        Type::Bool
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => of.clone(),
    }
}

fn regex(cx: &Context<'_>, written: &ast::Expr) -> Option<Typed> {
    let ExprKind::Literal(LiteralKind::Regex(regex)) = &written.kind else {
        cx.report(
            Diagnostic::error(
                "type-mismatch",
                written.span,
                "a regular expression is wanted here",
            )
            .help("write it as `/…/` or `/…/i`"),
        );
        return None;
    };
    let pattern = ty::pattern(cx, regex)?;
    let of = Type::Text {
        trusted: true,
        min: None,
        max: None,
        pattern: None,
    };
    Some(Typed {
        expr: Expr::Literal(pattern.into()),
        of,
        tainted: false,
    })
}

/// The name of a declaration, as a literal.
fn name_of(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    kinds: &[Kind],
) -> Option<Typed> {
    let ExprKind::Path(ast::Path { names, .. }) = &written.kind else {
        cx.report(Diagnostic::error(
            "type-mismatch",
            written.span,
            "a name is wanted here",
        ));
        return None;
    };
    let [name] = &**names else {
        cx.report(Diagnostic::error(
            "type-mismatch",
            written.span,
            "a single name is wanted here",
        ));
        return None;
    };
    let declared = cx.find(scope.module(), name, kinds)?;
    let of = Type::Text {
        trusted: true,
        min: None,
        max: None,
        pattern: None,
    };
    Some(Typed {
        expr: Expr::Literal(declared.qualified.clone().into()),
        of,
        tainted: false,
    })
}

fn returns(cx: &Context<'_>, function: &Function, args: &[Typed], tainted: bool) -> Type {
    let first = args.first();
    let text = |max: Option<u32>| Type::Text {
        trusted: !tainted,
        min: None,
        max,
        pattern: None,
    };
    match function.returns {
        Returns::Int => Type::Int {
            min: Some(0),
            max: None,
        },
        Returns::Bool => Type::Bool,
        Returns::Text => text(first.and_then(|first| text_size(cx, function, first, args))),
        // A date in words, or an amount with its currency.
        Returns::TrustedText => Type::Text {
            trusted: true,
            min: None,
            max: Some(64),
            pattern: None,
        },
        Returns::Host => Type::Text {
            trusted: false,
            min: Some(1),
            max: Some(253),
            pattern: None,
        },
        Returns::Urls => Type::List {
            of: Box::new(Type::Url),
            min: None,
            max: None,
        },
        Returns::Inner => inner(args, tainted),
        Returns::Entities => {
            let of = first.map_or_else(ty::unknown, |first| first.of.clone());
            Type::List {
                of: Box::new(of),
                min: Some(0),
                max: Some(50),
            }
        }
        Returns::Prose => ty::unknown(),
    }
}

/// The type of `default`: that of the value, wide enough for the other.
fn inner(args: &[Typed], tainted: bool) -> Type {
    let [value, otherwise] = args else {
        return ty::unknown();
    };
    let of = value.of.without_none();
    let Type::Text { max, .. } = of else {
        return of.clone();
    };
    let max = max
        .zip(text_length(otherwise))
        .map(|(one, two)| one.max(two));
    Type::Text {
        trusted: !tainted,
        min: None,
        max,
        pattern: None,
    }
}

/// Most characters of a text.
fn text_length(text: &Typed) -> Option<u32> {
    if let Expr::Literal(literal) = &text.expr {
        return u32::try_from(literal.as_str()?.chars().count()).ok();
    }
    if let Type::Text { max, .. } = &text.of {
        *max
    } else {
        None
    }
}

/// The greatest value of a whole number.
fn greatest(number: &Typed) -> Option<u32> {
    if let Expr::Literal(literal) = &number.expr {
        return u32::try_from(literal.as_u64()?).ok();
    }
    if let Type::Int { max, .. } = &number.of {
        return u32::try_from((*max)?).ok();
    }
    None
}

/// Most characters of the text that a function makes.
fn text_size(cx: &Context<'_>, function: &Function, first: &Typed, args: &[Typed]) -> Option<u32> {
    let second = args.get(1);
    match (function.name, &first.of) {
        ("truncate", of) => {
            let cut = second.and_then(greatest);
            match (cut, size::printed(cx, of)) {
                (Some(cut), Some(whole)) => Some(cut.min(whole)),
                (cut, whole) => cut.or(whole),
            }
        }
        ("json", of) => size::json(cx, of),
        ("join", Type::List { of, max, .. }) => size::printed(cx, of)?
            .checked_add(text_length(second?)?)?
            .checked_mul((*max)?),
        (_, of) => size::printed(cx, of),
    }
}
