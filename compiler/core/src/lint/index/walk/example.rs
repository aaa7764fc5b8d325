//! The walk over an example: whatever name it takes from its module is one that it refers to.

use super::Walk;
use crate::syntax::ast::{self, ExampleLineKind, ExpectKind, MatcherKind};

impl<'a> Walk<'_, 'a> {
    pub(super) fn example(&mut self, example: &'a ast::Example) {
        self.refer(&example.behaviour);
        for line in &example.lines {
            match &line.kind {
                ExampleLineKind::Given { value, .. } | ExampleLineKind::Replies(value) => {
                    self.value(value);
                }
                ExampleLineKind::Mail(ast::MailValue::Record(entries, _)) => self.entries(entries),
                ExampleLineKind::Calls(call) => self.example_call(call),
                ExampleLineKind::Expect(expect) => self.expect(&expect.kind),
                ExampleLineKind::Mail(ast::MailValue::Text(_)) | ExampleLineKind::Junk(_) => {}
            }
        }
    }

    fn example_call(&mut self, call: &'a ast::ExampleCall) {
        self.refer(&call.tool);
        self.matchers(&call.args);
        if let ast::CallResult::Returns(value) = &call.result {
            self.value(value);
        }
    }

    fn matchers(&mut self, entries: &'a [ast::MatcherEntry]) {
        for entry in entries {
            match &entry.matcher.kind {
                MatcherKind::Record(entries) => self.matchers(entries),
                MatcherKind::List(all) => all.iter().for_each(|one| self.value(one)),
                MatcherKind::Case { of, name, fields } => {
                    self.index.references.extend(of);
                    self.refer(name);
                    fields.iter().for_each(|entries| self.matchers(entries));
                }
                MatcherKind::Any | MatcherKind::Contains(_) | MatcherKind::Literal(_) => {}
            }
        }
    }

    fn expect(&mut self, expect: &'a ExpectKind) {
        match expect {
            ExpectKind::Tool { name, .. } => self.refer(name),
            ExpectKind::Expr(expr) => self.expr(expr),
            ExpectKind::Rule { .. }
            | ExpectKind::Prompt { .. }
            | ExpectKind::Tokens { .. }
            | ExpectKind::ChecksPass
            | ExpectKind::ChecksFail(_)
            | ExpectKind::Stage(_) => {}
        }
    }
}
