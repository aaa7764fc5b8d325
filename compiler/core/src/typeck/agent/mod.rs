//! Agents: addresses, whom they answer, who answers, what a person sees first.

mod route;

use std::collections::BTreeMap;

use silex_bundle::agent::{Assign, Contact, Decision, Deliver, Review, ReviewLine, Target};
use silex_bundle::behaviour::Call;
use silex_bundle::schema::{Field, Shape};
use silex_bundle::{Agent, Type};

use super::expr::{self, Place};
use super::model::Once;
use super::scope::Scope;
use super::{Context, call, doc, literal, place, taint, ty};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Declared, Kind};
use crate::source::Span;
use crate::syntax::ast;

/// Checks all agents. Behaviours must have their signatures.
pub fn check_all(cx: &mut Context<'_>) {
    let names = cx.names;
    let mut inboxes = BTreeMap::new();
    for declared in names.declared() {
        if let ast::ItemKind::Agent(agent) = &declared.item.kind {
            let agent = check(cx, declared, agent, &mut inboxes);
            cx.hir
                .names
                .insert(declared.qualified.clone(), declared.name.span);
            cx.hir
                .agents
                .extend(agent.map(|agent| (declared.qualified.clone(), agent)));
        }
    }
}

/// Addresses that are taken, and where.
type Inboxes = BTreeMap<String, Span>;

#[derive(Default)]
struct Lines {
    once: Once,
    inbox: Vec<String>,
    guard: Option<Call>,
    route: Option<Target>,
    review: Option<Review>,
    deliver: Option<Deliver>,
}

fn check(
    cx: &Context<'_>,
    declared: &Declared<'_>,
    from: &ast::Agent,
    inboxes: &mut Inboxes,
) -> Option<Agent> {
    let contact = contact(cx, declared, from);
    let mut scope = Scope::new(declared.module);
    scope.bind("mail", standard("Mail"));
    scope.bind("thread", standard("Thread"));
    let mut written = false;
    for line in &from.lines {
        if let ast::AgentLineKind::Contact { name, .. } = &line.kind {
            if written {
                continue;
            }
            written = true;
            let of = contact
                .as_ref()
                .map_or_else(ty::unknown, |contact| Type::Named(contact.entity.clone()));
            scope.bind(&name.text, of);
        }
    }
    let mut lines = Lines::default();
    for line in &from.lines {
        lines.read(cx, &scope, line, inboxes);
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::AgentLineKind::Junk(_)));
    for word in ["inbox", "contact", "route", "deliver"] {
        if !broken && !lines.once.has(word) {
            let message = format!("agent `{}` has no `{word}`", from.name.text);
            cx.report(Diagnostic::error("missing-line", from.name.span, message));
        }
    }
    Some(Agent {
        doc: doc(declared.item.docs.as_ref()),
        inbox: lines.inbox,
        contact: contact?,
        guard: lines.guard,
        observe: Vec::new(),
        after: Vec::new(),
        route: lines.route?,
        review: lines.review.unwrap_or(Review {
            assign: Assign::RoundRobin,
            lines: Vec::new(),
            otherwise: Decision::Hold,
            due: None,
        }),
        deliver: lines.deliver?,
        relays: BTreeMap::new(),
        campaigns: BTreeMap::new(),
        span: place(declared.name.span),
    })
}

fn standard(name: &str) -> Type {
    Type::Named(format!("silex.{name}"))
}

impl Lines {
    fn read(
        &mut self,
        cx: &Context<'_>,
        scope: &Scope<'_>,
        line: &ast::AgentLine,
        inboxes: &mut Inboxes,
    ) {
        let word = match &line.kind {
            ast::AgentLineKind::Inbox(addresses) => {
                self.inbox = addresses
                    .iter()
                    .filter_map(|text| inbox(cx, text, inboxes))
                    .collect();
                "inbox"
            }
            ast::AgentLineKind::Contact { .. } => "contact",
            ast::AgentLineKind::Guard(written) => {
                self.guard = guard(cx, scope, written);
                "guard"
            }
            ast::AgentLineKind::Route(target) => {
                self.route = route::check(cx, scope, target);
                "route"
            }
            ast::AgentLineKind::Review(review) => {
                self.review = Some(check_review(cx, scope, review));
                "review"
            }
            ast::AgentLineKind::Deliver(deliver) => {
                self.deliver = check_deliver(cx, deliver, line.keyword);
                "deliver"
            }
            ast::AgentLineKind::Observe(_) => return cx.not_supported(line.keyword, "`observe`"),
            ast::AgentLineKind::After(_) => return cx.not_supported(line.keyword, "`after`"),
            ast::AgentLineKind::Relay(_) => return cx.not_supported(line.keyword, "`relay`"),
            ast::AgentLineKind::Campaign(_) => return cx.not_supported(line.keyword, "`campaign`"),
            ast::AgentLineKind::Allow(_) | ast::AgentLineKind::Junk(_) => return,
        };
        self.once.line(cx, word, line.keyword);
    }
}

fn inbox(cx: &Context<'_>, text: &ast::StringLit, inboxes: &mut Inboxes) -> Option<String> {
    let address = text.text.to_lowercase();
    if !literal::is_email(&address) {
        let message = format!("`{}` is no email address", text.text);
        cx.report(Diagnostic::error("wrong-value", text.span, message));
        return None;
    }
    if let Some(first) = inboxes.get(&address) {
        cx.report(
            Diagnostic::error(
                "duplicate-inbox",
                text.span,
                format!("`{address}` is answered already"),
            )
            .label(*first, "here"),
        );
        return None;
    }
    inboxes.insert(address.clone(), text.span);
    Some(address)
}

fn contact(cx: &Context<'_>, declared: &Declared<'_>, from: &ast::Agent) -> Option<Contact> {
    let (name, entity, by) = from.lines.iter().find_map(|line| match &line.kind {
        ast::AgentLineKind::Contact { name, entity, by } => Some((name, entity, by)),
        ast::AgentLineKind::Inbox(_)
        | ast::AgentLineKind::Guard(_)
        | ast::AgentLineKind::Observe(_)
        | ast::AgentLineKind::Route(_)
        | ast::AgentLineKind::After(_)
        | ast::AgentLineKind::Review(_)
        | ast::AgentLineKind::Deliver(_)
        | ast::AgentLineKind::Relay(_)
        | ast::AgentLineKind::Campaign(_)
        | ast::AgentLineKind::Allow(_)
        | ast::AgentLineKind::Junk(_) => None,
    })?;
    if ["mail", "thread", "draft", "reply", "result", "now", "today"].contains(&name.text.as_str())
    {
        let message = format!("`{}` has a meaning of its own in an agent", name.text);
        cx.report(
            Diagnostic::error("standard-name", name.span, message)
                .help("give the contact another name"),
        );
    }
    let found = cx.find(declared.module, entity, &[Kind::Entity])?;
    let Shape::Entity { fields, key, .. } = &cx.hir.declarations.get(&found.qualified)?.shape
    else {
        return None;
    };
    match fields.iter().find(|field| field.name == by.text) {
        None => {
            let message = format!("`{}` has no field `{}`", entity.text, by.text);
            let nearest = nearest(&by.text, fields.iter().map(|field| field.name.as_str()));
            cx.report(Diagnostic::error("unknown-field", by.span, message).did_you_mean(nearest));
        }
        Some(field) if by.text != *key || field.of != Type::Email => {
            let message = format!(
                "`{}` must be the key of `{}` and an `email`",
                by.text, entity.text
            );
            cx.report(
                Diagnostic::error("contact-key", by.span, message)
                    .help("the contact of a mail is found by the address that it came from"),
            );
        }
        Some(_) => {}
    }
    if let Some(field) = fields.iter().find(|field| field.name == "name") {
        taint::refuse_trusted(
            cx,
            name.span,
            &field.of,
            "the name of a contact, which comes with the mail,",
        );
    }
    for field in fields
        .iter()
        .filter(|field| field.name != *key && !can_begin(cx, field))
    {
        let message = format!(
            "`{}` cannot be made on a first mail: `{}` has no default",
            entity.text, field.name
        );
        cx.report(
            Diagnostic::error("contact-field", entity.span, message).help(format!(
                "give `{}` a default, or write `?` behind its type",
                field.name
            )),
        );
    }
    Some(Contact {
        name: name.text.clone(),
        entity: found.qualified.clone(),
        by: by.text.clone(),
    })
}

/// Whether a field has a value before anybody gave one. A name comes with the mail.
fn can_begin(cx: &Context<'_>, field: &Field) -> bool {
    field.default.is_some()
        || ty::is_unknown(&field.of)
        || (field.name == "name" && matches!(field.of, Type::Text { .. }))
        || has_default(cx, &field.of)
}

/// Whether there is a value of the type that nobody has to give.
pub(super) fn has_default(cx: &Context<'_>, of: &Type) -> bool {
    match of {
        Type::Optional(_) => true,
        Type::Named(_) => match ty::declaration(cx, of).map(|declaration| &declaration.shape) {
            Some(Shape::Record { fields }) => fields
                .iter()
                .all(|field| field.default.is_some() || has_default(cx, &field.of)),
            Some(Shape::Entity { .. } | Shape::Enum { .. }) => false,
            None => true,
        },
        Type::List { .. }
        | Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => false,
    }
}

fn guard(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Call) -> Option<Call> {
    let (call, of) = call::check(cx, scope, written, Place::AgentArgument)?;
    if !ty::is_unknown(&of) && of != standard("Verdict") {
        let message = format!(
            "`{}` returns `{}`, and a guard returns `Verdict`",
            written.name.text,
            ty::name(&of)
        );
        cx.report(Diagnostic::error("type-mismatch", written.span, message));
    }
    Some(call)
}

fn check_review(cx: &Context<'_>, around: &Scope<'_>, from: &ast::Review) -> Review {
    let mut scope = around.inner();
    scope.bind("draft", standard("Draft"));
    scope.bind("mail", Type::Optional(Box::new(standard("Mail"))));
    let mut once = Once::default();
    let mut review = Review {
        assign: Assign::RoundRobin,
        lines: Vec::new(),
        otherwise: Decision::Hold,
        due: None,
    };
    for line in &from.lines {
        let decides = matches!(
            line.kind,
            ast::ReviewLineKind::Hold(_) | ast::ReviewLineKind::Pass(_)
        );
        if decides && once.has("otherwise") {
            let message = "nothing behind `otherwise` is ever asked";
            cx.report(
                Diagnostic::error("unreachable-line", line.keyword, message)
                    .help("put `otherwise` last"),
            );
        }
        let mut decide = |decision, when: &ast::Expr| {
            if let Some(when) = expr::condition(cx, &scope, when, Place::Review).expr {
                review.lines.push(ReviewLine {
                    decision,
                    when,
                    span: place(line.span),
                });
            }
        };
        match &line.kind {
            ast::ReviewLineKind::Assign(name) => {
                once.line(cx, "assign", line.keyword);
                if name.text != "round_robin" {
                    let message = format!("unknown way to assign `{}`", name.text);
                    let problem = Diagnostic::error("unknown-name", name.span, message);
                    cx.report(problem.did_you_mean(Some("round_robin")));
                }
            }
            ast::ReviewLineKind::Hold(when) => decide(Decision::Hold, when),
            ast::ReviewLineKind::Pass(when) => decide(Decision::Pass, when),
            ast::ReviewLineKind::Otherwise(otherwise) => {
                once.line(cx, "otherwise", line.keyword);
                review.otherwise = match otherwise {
                    ast::Otherwise::Hold => Decision::Hold,
                    ast::Otherwise::Pass => Decision::Pass,
                };
            }
            ast::ReviewLineKind::Due { .. } => cx.not_supported(line.keyword, "`due`"),
            ast::ReviewLineKind::Junk(_) => {}
        }
    }
    review
}

fn check_deliver(cx: &Context<'_>, from: &ast::Deliver, keyword: Span) -> Option<Deliver> {
    let mut once = Once::default();
    let mut deliver = None;
    for line in &from.lines {
        match &line.kind {
            ast::DeliverLineKind::From(text) => {
                once.line(cx, "from", line.keyword);
                if !is_sender(&text.text) {
                    let message = format!("`{}` is no sender", text.text);
                    let help = "write `Name <address@example.org>` or the address alone";
                    cx.report(Diagnostic::error("wrong-value", text.span, message).help(help));
                }
                deliver = Some(Deliver {
                    from: text.text.clone(),
                    undo_ms: None,
                    quiet: None,
                    at_most: None,
                });
            }
            ast::DeliverLineKind::Undo(_) => cx.not_supported(line.keyword, "`undo`"),
            ast::DeliverLineKind::Quiet { .. } => cx.not_supported(line.keyword, "`quiet`"),
            ast::DeliverLineKind::AtMost(_) => cx.not_supported(line.keyword, "`at_most`"),
            ast::DeliverLineKind::Junk(_) => {}
        }
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::DeliverLineKind::Junk(_)));
    if !broken && !once.has("from") {
        cx.report(Diagnostic::error(
            "missing-line",
            keyword,
            "`deliver` has no `from`",
        ));
    }
    deliver
}

/// `Name <address>`, or an address alone. A line end in it would forge a header.
fn is_sender(text: &str) -> bool {
    let address = match text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((_, address)) => address,
        None => text,
    };
    !text.chars().any(char::is_control) && literal::is_email(address.trim())
}
