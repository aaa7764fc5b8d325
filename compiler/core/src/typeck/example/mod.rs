//! Examples: everything in one is typed against its behaviour, the tools and their schemas.

mod expect;
mod given;
mod matcher;

use serde_json::Value;
use silex_bundle::behaviour::Kind as Segment;
use silex_bundle::example::{CallOutcome, Event, Expectation};
use silex_bundle::expr::Path;
use silex_bundle::schema::Field;
use silex_bundle::tool::Handler;
use silex_bundle::{Example, Rule, Type};

use self::given::Given;
use super::{Context, doc, place, ty, value};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::hir::{Behaviour, Observed, StatementKind};
use crate::resolve::{Declared, Kind};
use crate::source::Span;
use crate::syntax::ast;

/// Checks all examples. Behaviours and tools must stand.
pub fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Example]) {
        if let ast::ItemKind::Example(example) = &declared.item.kind {
            let example = check(cx, declared, example);
            cx.hir
                .names
                .insert(declared.qualified.clone(), declared.name.span);
            cx.hir
                .examples
                .extend(example.map(|example| (declared.qualified.clone(), example)));
        }
    }
}

/// The behaviour of an example and what it can say and do.
struct Subject<'c> {
    declared: &'c Declared<'c>,
    name: &'c str,
    behaviour: &'c Behaviour,
    rules: Vec<&'c Rule>,
    tools: Vec<&'c str>,
    observed: Vec<&'c Observed>,
    /// The behaviour and the rulesets that it follows.
    grounds: Vec<Span>,
}

fn check(cx: &Context<'_>, declared: &Declared<'_>, from: &ast::Example) -> Option<Example> {
    let found = cx.find(declared.module, &from.behaviour, &[Kind::Behaviour])?;
    let behaviour = cx.hir.behaviours.get(&found.qualified)?;
    let subject = Subject {
        declared,
        name: &from.behaviour.text,
        behaviour,
        rules: cx.hir.rules_of(&behaviour.body),
        tools: cx
            .hir
            .tools_of(&behaviour.body)
            .into_iter()
            .map(|offered| offered.tool.as_str())
            .collect(),
        observed: cx.hir.observed_in(&behaviour.body),
        grounds: grounds(cx, found, behaviour),
    };
    let mut example = Example {
        doc: doc(declared.item.docs.as_ref()),
        behaviour: found.qualified.clone(),
        shown: from.shown,
        given: Vec::new(),
        script: Vec::new(),
        expects: Vec::new(),
        span: place(declared.name.span),
    };
    let mut given = Given::default();
    let mut broken = false;
    for line in &from.lines {
        match &line.kind {
            ast::ExampleLineKind::Given { path, value } => {
                let found = subject.given(cx, path, value);
                given.take(cx, path.to_string(), (path.span, line.span));
                example.given.extend(found);
            }
            ast::ExampleLineKind::Mail(mail) => {
                if let Some(input) = subject.mail_input(cx, line.keyword) {
                    given.take(cx, input.name.clone(), (line.keyword, line.span));
                    let value = subject.mail(cx, input, mail);
                    example
                        .given
                        .extend(value.map(|value| (Path::root(&input.name), value)));
                }
            }
            ast::ExampleLineKind::Calls(call) => example.script.extend(subject.call(cx, call)),
            ast::ExampleLineKind::Replies(value) => {
                example
                    .script
                    .extend(subject.replies(cx, value).map(Event::Replies));
            }
            ast::ExampleLineKind::Expect(expect) => {
                let what = subject.expect(cx, expect);
                example.expects.extend(what.map(|what| Expectation {
                    what,
                    span: place(line.span),
                }));
            }
            ast::ExampleLineKind::Junk(_) => broken = true,
        }
    }
    if !broken {
        for input in &behaviour.inputs {
            given.refuse_missing(cx, input, from);
        }
        given.refuse_unobserved(cx, behaviour, from);
    }
    refuse_behind_hand_over(cx, &subject, from);
    Some(example)
}

/// What is told of a value that does not fit the type of its place.
const TYPED: [&str; 6] = [
    "type-mismatch",
    "unknown-name",
    "unknown-case",
    "unknown-field",
    "missing-field",
    "out-of-range",
];

/// Where all that a behaviour says is written.
fn grounds(cx: &Context<'_>, found: &Declared<'_>, behaviour: &Behaviour) -> Vec<Span> {
    let mut grounds = vec![found.item.span];
    cx.hir.walk(&behaviour.body, &mut |statement| {
        if let StatementKind::Follow { ruleset, .. } = &statement.kind {
            grounds.extend(cx.place_of(ruleset));
        }
    });
    grounds
}

/// Refuses a transcript that goes on where a call has ended the turn.
fn refuse_behind_hand_over(cx: &Context<'_>, subject: &Subject<'_>, from: &ast::Example) {
    let mut ended: Option<&ast::Name> = None;
    for line in &from.lines {
        let call = match &line.kind {
            ast::ExampleLineKind::Calls(call) => Some(call),
            ast::ExampleLineKind::Replies(_) => None,
            ast::ExampleLineKind::Given { .. }
            | ast::ExampleLineKind::Mail(_)
            | ast::ExampleLineKind::Expect(_)
            | ast::ExampleLineKind::Junk(_) => continue,
        };
        if let Some(tool) = ended {
            let message = format!("nothing comes behind `{}`, which ends the turn", tool.text);
            cx.report(
                Diagnostic::error("unreachable-line", line.keyword, message)
                    .label(tool.span, "a person has the thread from here on")
                    .help("take it out, or let the call fail: `fails \"…\"`"),
            );
            return;
        }
        let handler = call
            .and_then(|call| cx.names.lookup(subject.declared.module, &call.tool.text))
            .and_then(|tool| cx.hir.tools.get(&tool.qualified))
            .map(|tool| &tool.handler);
        if let (Some(call), Some(Handler::HandOver { .. })) = (call, handler)
            && matches!(call.result, ast::CallResult::Returns(_))
        {
            ended = Some(&call.tool);
        }
    }
}

impl<'c> Subject<'c> {
    /// Reports what the behaviour lacks: with the name that is near, or else only if all that it
    /// says could be understood.
    fn report(&self, cx: &Context<'_>, problem: Diagnostic, near: Option<&str>) {
        cx.report(match near {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.rests_on(self.grounds.iter().copied()),
        });
    }

    /// The input that the mail of the example is.
    fn mail_input(&self, cx: &Context<'_>, at: Span) -> Option<&'c Field> {
        let is_mail =
            |input: &&Field| *input.of.without_none() == Type::Named("silex.Mail".to_owned());
        let input = self.behaviour.inputs.iter().find(is_mail);
        if input.is_none() {
            let message = format!("behaviour `{}` takes no `Mail`", self.name);
            let report =
                Diagnostic::error("missing-input", at, message).help("use `given` for its inputs");
            self.report(cx, report, None);
        }
        input
    }

    fn mail(&self, cx: &Context<'_>, input: &Field, mail: &ast::MailValue) -> Option<Value> {
        let (entries, span) = match mail {
            ast::MailValue::Text(text) => {
                let name = ast::Name {
                    text: "body".to_owned(),
                    span: text.span,
                };
                let kind = ast::ValueKind::Literal(ast::LiteralKind::Text(text.clone()));
                let value = ast::Value {
                    kind,
                    span: text.span,
                };
                (
                    [ast::Entry {
                        name,
                        value,
                        span: text.span,
                    }]
                    .into(),
                    text.span,
                )
            }
            ast::MailValue::Record(entries, span) => (entries.clone(), *span),
        };
        let value = ast::Value {
            kind: ast::ValueKind::Record(entries),
            span,
        };
        value::check(cx, self.declared.module, &value, input.of.without_none())
    }

    fn call(&self, cx: &Context<'_>, call: &ast::ExampleCall) -> Option<Event> {
        let name = self.tool(cx, &call.tool)?;
        let tool = cx.hir.tools.get(&name)?;
        let since = cx.told();
        let args = matcher::arguments(cx, self.declared.module, tool, call);
        let outcome = match &call.result {
            ast::CallResult::Returns(value) => {
                value::check(cx, self.declared.module, value, &tool.returns)
                    .map(CallOutcome::Returns)
            }
            ast::CallResult::Fails(text) => Some(CallOutcome::Fails(text.text.clone())),
        };
        if let Some(declared) = cx.names.get(&name) {
            cx.rest_on(since, &TYPED, declared.head());
        }
        Some(Event::Calls {
            tool: name,
            args: args?,
            outcome: outcome?,
        })
    }

    /// A tool that the behaviour offers in some variant.
    fn tool(&self, cx: &Context<'_>, name: &ast::Name) -> Option<String> {
        let found = cx.find(self.declared.module, name, &[Kind::Tool])?;
        if self.tools.contains(&found.qualified.as_str()) {
            return Some(found.qualified.clone());
        }
        let message = format!(
            "behaviour `{}` never offers the tool `{}`",
            self.name, name.text
        );
        let offered = nearest(&name.text, self.tools.iter().map(|tool| ty::bare(tool)));
        let problem =
            Diagnostic::error("tool-not-offered", name.span, message).rests_on([found.head()]);
        let problem = match offered {
            Some(_) => problem,
            None => problem.help(format!("add `tools {}` to the behaviour", name.text)),
        };
        self.report(cx, problem, offered);
        None
    }

    fn replies(&self, cx: &Context<'_>, written: &ast::Value) -> Option<Value> {
        let returns = &self.behaviour.returns;
        if *returns != Type::Named("silex.Reply".to_owned()) {
            return value::check(cx, self.declared.module, written, returns);
        }
        let reply = ty::declaration(cx, returns)?;
        let body = reply.shape.fields().find(|field| field.name == "body")?;
        value::check(cx, self.declared.module, written, &body.of)
    }

    fn rule(&self, cx: &Context<'_>, name: &ast::Name) -> Option<&'c Rule> {
        let found = self
            .rules
            .iter()
            .find(|rule| rule.name == name.text)
            .copied();
        if found.is_none() {
            let message = format!("behaviour `{}` has no rule `{}`", self.name, name.text);
            let problem = Diagnostic::error("unknown-name", name.span, message);
            let mut is_other = false;
            cx.hir.walk(&self.behaviour.body, &mut |statement| {
                if let StatementKind::Segment { kind, .. } = &statement.kind
                    && let Segment::Fact { name: it } | Segment::Step { name: it, .. } = kind
                {
                    is_other |= *it == name.text;
                }
            });
            let (problem, nearest) = if is_other {
                let help = format!(
                    "`{0}` is a fact or a step: ask for its words, `expect prompt contains \"…\"`",
                    name.text
                );
                (problem.help(help), None)
            } else {
                let rules = self.rules.iter().map(|rule| rule.name.as_str());
                (problem, nearest(&name.text, rules))
            };
            self.report(cx, problem, nearest);
        }
        found
    }
}
