//! Tools: parameters, whose data they touch, what they do, and what stands between.
//!
//! A tool that reaches other people at an address of the model's choice, or spends an amount of
//! its choice, must have a gate, whatever is known about who wrote the value.

mod gate;
mod handler;
mod idle;

use silex_bundle::expr::Path;
use silex_bundle::schema::Field;
use silex_bundle::tool::{AtMost, Audience, Effects, Handler, Owner};
use silex_bundle::{Tool, Type};

use super::bounds::{at_most, retry, timeout};
use super::model::Once;
use super::scope::Scope;
use super::{Context, declaration, doc, place, taint, ty};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Declared, Kind};
use crate::source::Span;
use crate::syntax::ast;
use gate::Gates;
pub(super) use handler::is_name;

/// How long a tool may take that says nothing of it, in milliseconds.
const TIMEOUT: u64 = 30_000;

/// How long a tool may take that runs a behaviour and says nothing of it, in milliseconds.
const BEHAVIOUR_TIMEOUT: u64 = 180_000;

/// Checks all tools. Signatures of behaviours must stand.
pub fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Tool]) {
        if let ast::ItemKind::Tool(tool) = &declared.item.kind {
            let tool = check(cx, declared, tool);
            cx.hir
                .names
                .insert(declared.qualified.clone(), declared.name.span);
            cx.hir.tools.insert(declared.qualified.clone(), tool);
        }
    }
}

/// A tool before its lines are read.
struct Signature<'a> {
    declared: &'a Declared<'a>,
    from: &'a ast::Tool,
    params: Vec<Field>,
    owner: Option<Owner>,
    returns: Type,
}

impl Signature<'_> {
    /// What `via` and gates see.
    fn scope(&self) -> Scope<'static> {
        let mut scope = Scope::new(self.declared.module);
        for param in &self.params {
            scope.bind(&param.name, param.of.clone());
        }
        if let Some(owner) = &self.owner {
            scope.bind(&owner.name, Type::Named(owner.entity.clone()));
        }
        scope
    }

    fn param(&self, name: &str) -> Option<&Field> {
        self.params.iter().find(|param| param.name == name)
    }
}

fn check(cx: &Context<'_>, declared: &Declared<'_>, from: &ast::Tool) -> Tool {
    let params = declaration::params(cx, declared.module, &from.params, &["now", "today"]);
    for (param, written) in params.iter().zip(&from.params) {
        taint::refuse_trusted(cx, written.ty.span, &param.of, "what a model chooses");
    }
    let owner = from
        .bound
        .as_ref()
        .and_then(|bound| owner(cx, declared, bound, &params));
    let returns = ty::lower_or_unknown(cx, declared.module, &from.returns);
    let signature = Signature {
        declared,
        from,
        params,
        owner,
        returns,
    };
    let mut lines = Lines::new(signature.scope());
    let since = cx.told();
    for line in &from.lines {
        lines.read(cx, &signature, line);
    }
    if let Some(bound) = &from.bound {
        cx.rest_on(since, &["unknown-name"], bound.span);
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::ToolLineKind::Junk(_)));
    if !broken && !lines.once.has("via") {
        let message = format!(
            "tool `{}` has no `via`: nothing carries it out",
            from.name.text
        );
        cx.report(
            Diagnostic::error("missing-line", from.name.span, message).help(
                "add one, such as `via search ENTITY`, `via http POST \"name\"` or `via native \"name\"`",
            ),
        );
    }
    if !broken {
        refuse_ungated(cx, &signature, &lines);
        refuse_undeclared(cx, &signature, &lines);
        idle::refuse(cx, &signature);
    }
    let runs_behaviour = matches!(lines.handler, Some(Handler::Behaviour(_)));
    let timeout = if runs_behaviour {
        BEHAVIOUR_TIMEOUT
    } else {
        TIMEOUT
    };
    Tool {
        name: from.name.text.clone(),
        doc: doc(declared.item.docs.as_ref()),
        params: signature.params,
        owner: signature.owner,
        returns: signature.returns,
        effects: lines.effects,
        handler: lines.handler.unwrap_or(Handler::Native {
            name: String::new(),
        }),
        timeout_ms: lines.timeout_ms.unwrap_or(timeout),
        retry: lines.retry,
        gates: lines.gates.list,
        at_most: lines.at_most,
        span: place(declared.name.span),
    }
}

fn owner(
    cx: &Context<'_>,
    declared: &Declared<'_>,
    bound: &ast::ToolFor,
    params: &[Field],
) -> Option<Owner> {
    let name = bound.name.text.clone();
    if params.iter().any(|param| param.name == name) {
        let message = format!("`{name}` is a parameter already, which the model would fill");
        cx.report(Diagnostic::error(
            "duplicate-name",
            bound.name.span,
            message,
        ));
    }
    let entity = cx.find(declared.module, &bound.entity, &[Kind::Entity])?;
    Some(Owner {
        name,
        entity: entity.qualified.clone(),
    })
}

struct Lines {
    once: Once,
    effects: Effects,
    handler: Option<Handler>,
    /// Where the handler stands, and the entity that it must say it `reads` or `writes`.
    touches: Option<(Span, Touch, String)>,
    timeout_ms: Option<u64>,
    retry: Option<silex_bundle::tool::Retry>,
    gates: Gates,
    at_most: Option<AtMost>,
    sends_at: Option<Span>,
    spends_at: Option<Span>,
}

#[derive(Clone, Copy, PartialEq)]
enum Touch {
    Reads,
    Writes,
}

impl Lines {
    fn new(scope: Scope<'static>) -> Self {
        Self {
            once: Once::default(),
            effects: Effects::default(),
            handler: None,
            touches: None,
            timeout_ms: None,
            retry: None,
            gates: Gates::new(scope),
            at_most: None,
            sends_at: None,
            spends_at: None,
        }
    }

    fn read(&mut self, cx: &Context<'_>, signature: &Signature<'_>, line: &ast::ToolLine) {
        match &line.kind {
            ast::ToolLineKind::Effect(effect) => self.effect(cx, signature, effect, line),
            ast::ToolLineKind::Via(via) => {
                self.once.line(cx, "via", (line.keyword, line.span));
                let found = handler::check(cx, signature, via);
                self.touches = found
                    .touches
                    .map(|(touch, entity)| (via.span, touch, entity));
                self.handler = found.handler;
            }
            ast::ToolLineKind::Timeout(duration) => {
                self.once.line(cx, "timeout", (line.keyword, line.span));
                self.timeout_ms = Some(timeout(cx, duration));
            }
            ast::ToolLineKind::Retry(from) => {
                self.once.line(cx, "retry", (line.keyword, line.span));
                self.retry = retry(cx, from);
            }
            ast::ToolLineKind::Gate(gate) => self.gates.read(cx, gate, line.span),
            ast::ToolLineKind::AtMost(from) => {
                self.once.line(cx, "at_most", (line.keyword, line.span));
                self.at_most = at_most(cx, from);
            }
            ast::ToolLineKind::Allow(_) | ast::ToolLineKind::Junk(_) => {}
        }
    }

    fn effect(
        &mut self,
        cx: &Context<'_>,
        signature: &Signature<'_>,
        effect: &ast::Effect,
        line: &ast::ToolLine,
    ) {
        let entity = |name| cx.find(signature.declared.module, name, &[Kind::Entity]);
        match effect {
            ast::Effect::Reads(name) => {
                self.effects
                    .reads
                    .extend(entity(name).map(|entity| entity.qualified.clone()));
            }
            ast::Effect::Writes(name) => {
                self.effects
                    .writes
                    .extend(entity(name).map(|entity| entity.qualified.clone()));
            }
            ast::Effect::Sends(to) => {
                self.once.line(cx, "sends", (line.keyword, line.span));
                self.sends_at = Some(line.span);
                self.effects.sends = Some(match to {
                    ast::SendsTo::Thread => Audience::Thread,
                    ast::SendsTo::Contact => Audience::Contact,
                    ast::SendsTo::Anyone => Audience::Anyone,
                });
            }
            ast::Effect::Spends(name) => {
                self.once.line(cx, "spends", (line.keyword, line.span));
                self.spends_at = Some(line.span);
                self.effects.spends = Some(name.text.clone());
                amount(cx, signature, name);
            }
        }
    }
}

/// `spends` must name a number that the model fills.
fn amount(cx: &Context<'_>, signature: &Signature<'_>, name: &ast::Name) {
    let params = || signature.params.iter().map(|param| param.name.as_str());
    let Some(param) = signature.param(&name.text) else {
        let message = format!("`{}` is no parameter of this tool", name.text);
        let nearest = crate::edit_distance::nearest(&name.text, params());
        cx.report(Diagnostic::error("unknown-name", name.span, message).did_you_mean(nearest));
        return;
    };
    if !ty::is_unknown(&param.of) && !matches!(param.of, Type::Int { .. } | Type::Float { .. }) {
        let message = format!(
            "`{}` is `{}`, and only a number can be spent",
            name.text,
            ty::name(&param.of)
        );
        cx.report(Diagnostic::error("type-mismatch", name.span, message));
    }
}

/// A recipient, an address or an amount that the model chooses needs a gate.
fn refuse_ungated(cx: &Context<'_>, signature: &Signature<'_>, lines: &Lines) {
    if !lines.gates.list.is_empty() {
        return;
    }
    if let Some(span) = lines.sends_at {
        let chosen = signature.params.iter().find(|param| {
            param.of.holds(&cx.hir.declarations, &|of| {
                matches!(of, Type::Email | Type::Url)
            })
        });
        if let Some(param) = chosen {
            let message = format!(
                "the model chooses `{}`, and this tool sends, with no gate between",
                param.name
            );
            cx.report(Diagnostic::error("ungated-effect", span, message).help(
                "add `gate reviewer`, or `gate refuse when …` with a list of what is allowed",
            ));
        }
    }
    if let (Some(span), Some(amount)) = (lines.spends_at, &lines.effects.spends)
        && signature.params.iter().any(|it| it.name == *amount)
    {
        let message = format!("the model chooses `{amount}`, which is spent, with no gate between");
        cx.report(
            Diagnostic::error("ungated-effect", span, message).help(format!(
                "add `gate reviewer when {amount} > …`, or a cap: `gate refuse when {amount} > …`"
            )),
        );
    }
}

/// A handler that touches an entity must stand beside the effect that says so.
fn refuse_undeclared(cx: &Context<'_>, signature: &Signature<'_>, lines: &Lines) {
    let Some((span, touch, entity)) = &lines.touches else {
        return;
    };
    let is_via = |line: &&ast::ToolLine| matches!(line.kind, ast::ToolLineKind::Via(_));
    let via = signature.from.lines.iter().find(is_via);
    let line = via.map_or(span, |line| &line.span);
    let (declared, word) = match touch {
        Touch::Reads => (&lines.effects.reads, "reads"),
        Touch::Writes => (&lines.effects.writes, "writes"),
    };
    let said = signature.from.lines.iter();
    let said = said.filter_map(|line| match (&line.kind, touch) {
        (ast::ToolLineKind::Effect(ast::Effect::Reads(name)), Touch::Reads)
        | (ast::ToolLineKind::Effect(ast::Effect::Writes(name)), Touch::Writes) => Some(name),
        _ => None,
    });
    let said: Vec<&ast::Name> = said.collect();
    if said.iter().all(|name| name.text != ty::bare(entity)) && !declared.contains(entity) {
        let effect = format!("{word} {}", ty::bare(entity));
        let before = Span {
            end: line.start,
            ..*line
        };
        let message = format!(
            "this tool {word} `{}` and does not say so",
            ty::bare(entity)
        );
        cx.report(
            Diagnostic::error("undeclared-effect", *span, message)
                .help(format!("add `{effect}`"))
                .fix(before, format!("{effect} "), format!("add `{effect}`"))
                // Another name is likely this one, mistaken.
                .rests_on(said.iter().map(|name| name.span)),
        );
    }
}

/// The path that is written, and the type behind it; fields behind an optional value are reached
/// only where `through` says so.
pub(super) fn walk(
    cx: &Context<'_>,
    root: &Type,
    written: &ast::Path,
    through: bool,
) -> Option<(Path, Type)> {
    let (first, rest) = written.names.split_first()?;
    let mut path = Path::root(&first.text);
    let mut of = root.clone();
    for name in rest {
        let inner = of.without_none().clone();
        if inner != of && !through {
            let message = format!("`{path}` may be `none`, so nothing behind it can be set");
            cx.report(
                Diagnostic::error("unchecked-none", name.span, message)
                    .help(format!("save `{path}` as a whole")),
            );
            return None;
        }
        if ty::is_unknown(&inner) {
            return None;
        }
        let declaration = ty::declaration(cx, &inner);
        let (known, is_enum) = declaration.map_or((Vec::new(), false), |declaration| {
            (
                declaration.shape.fields().collect(),
                matches!(declaration.shape, silex_bundle::schema::Shape::Enum { .. }),
            )
        });
        let Some(field) = known
            .iter()
            .find(|field| field.name == name.text)
            .filter(|_| !is_enum)
        else {
            let message = format!("`{path}` has no field `{}`", name.text);
            let nearest = crate::edit_distance::nearest(
                &name.text,
                known.iter().map(|field| field.name.as_str()),
            );
            cx.report(Diagnostic::error("unknown-field", name.span, message).did_you_mean(nearest));
            return None;
        };
        of = field.of.clone();
        path.fields.push(name.text.clone());
    }
    Some((path, of))
}
