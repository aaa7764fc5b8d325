//! Names in examples: of inputs, tools, parameters and rules of the behaviour that they are for.

use super::{Bound, Symbol, Walk};
use crate::ide::members;
use crate::syntax::ast::{self, ExampleLineKind, ExpectKind, MatcherKind};

impl Walk<'_, '_> {
    pub(super) fn example(&mut self, example: &ast::Example) {
        self.refer(&example.behaviour);
        let declared = self.names.lookup(self.module, &example.behaviour.text);
        let behaviour = declared.map_or_else(String::new, |it| it.qualified.clone());
        let mut returns = None;
        if let Some(declared) = declared {
            for param in members::params(declared.item) {
                let of = members::named(self.names, declared.module, &param.ty);
                self.bound.push(Bound {
                    name: param.name.text.clone(),
                    at: Some(param.name.span),
                    of,
                });
            }
            returns = members::returns(declared)
                .and_then(|of| members::named(self.names, declared.module, of));
        }
        let reply = returns.as_deref() == Some("silex.Reply");
        self.give(if reply { "reply" } else { "result" }, returns.clone());
        for line in &example.lines {
            match &line.kind {
                ExampleLineKind::Given { path, value } => {
                    let of = self.path(path);
                    self.value(value, of.as_deref());
                }
                ExampleLineKind::Mail(ast::MailValue::Record(entries, _)) => {
                    self.entries(entries, Some("silex.Mail"));
                }
                ExampleLineKind::Calls(call) => self.example_call(call),
                ExampleLineKind::Replies(value) => self.value(value, returns.as_deref()),
                ExampleLineKind::Expect(expect) => self.expect(&behaviour, &expect.kind),
                ExampleLineKind::Mail(ast::MailValue::Text(_)) | ExampleLineKind::Junk(_) => {}
            }
        }
    }

    fn expect(&mut self, behaviour: &str, expect: &ExpectKind) {
        match expect {
            ExpectKind::Rule { name, .. }
            | ExpectKind::ChecksFail(name)
            | ExpectKind::Stage(name) => self.part(behaviour, name),
            ExpectKind::Tool { name, .. } => self.refer(name),
            ExpectKind::Expr(expr) => {
                self.expr(expr);
            }
            ExpectKind::Prompt { .. } | ExpectKind::Tokens { .. } | ExpectKind::ChecksPass => {}
        }
    }

    fn example_call(&mut self, call: &ast::ExampleCall) {
        self.refer(&call.tool);
        let declared = self.names.lookup(self.module, &call.tool.text);
        let params = declared.map_or(&[][..], |it| members::params(it.item));
        for entry in &call.args {
            let param = params.iter().find(|it| it.name.text == entry.name.text);
            let of = declared
                .zip(param)
                .and_then(|(it, param)| members::named(self.names, it.module, &param.ty));
            if let Some(param) = param {
                let symbol = Symbol::Local {
                    name: param.name.text.clone(),
                    at: param.name.span,
                };
                self.take(entry.name.span, symbol, of.clone());
            }
            self.matcher(&entry.matcher.kind, of.as_deref());
        }
        if let ast::CallResult::Returns(value) = &call.result {
            let of = declared
                .and_then(|it| members::named(self.names, it.module, members::returns(it)?));
            self.value(value, of.as_deref());
        }
    }

    fn matcher(&mut self, matcher: &MatcherKind, of: Option<&str>) {
        match matcher {
            MatcherKind::Record(entries) => self.matchers(entries, of),
            MatcherKind::List(all) => all.iter().for_each(|one| self.value(one, of)),
            MatcherKind::Case {
                of: stated,
                name,
                fields,
            } => {
                stated.iter().for_each(|it| self.refer(it));
                if !of.is_some_and(|of| self.case(of, name)) {
                    self.refer(name);
                }
                fields.iter().for_each(|entries| self.matchers(entries, of));
            }
            MatcherKind::Any | MatcherKind::Contains(_) | MatcherKind::Literal(_) => {}
        }
    }

    fn matchers(&mut self, entries: &[ast::MatcherEntry], of: Option<&str>) {
        for entry in entries {
            let inner = of.and_then(|of| self.field(of, &entry.name));
            self.matcher(&entry.matcher.kind, inner.as_deref());
        }
    }
}
