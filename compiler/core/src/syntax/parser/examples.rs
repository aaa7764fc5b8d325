//! Examples.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::syntax::ast::{
    CallResult, Example, ExampleCall, ExampleLine, ExampleLineKind, Expect, ExpectKind, Junk,
    MailValue, Matcher, MatcherEntry, MatcherKind,
};

impl Builder<'_> {
    pub(super) fn example(&mut self, pair: Pair<'_, Rule>) -> Example {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        kids.next();
        let behaviour = self.name(&mut kids);
        let shown = kids.has(Rule::k_shown);
        Example {
            name,
            behaviour,
            shown,
            lines: self.lines(&mut kids, Self::example_line),
        }
    }

    fn example_line(&mut self, pair: Pair<'_, Rule>) -> ExampleLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_given) => ExampleLineKind::Given {
                path: self.path(&mut kids),
                value: self.value(&mut kids),
            },
            Some(Rule::k_mail) => ExampleLineKind::Mail(self.mail(&mut kids)),
            Some(Rule::k_replies) => ExampleLineKind::Replies(self.value(&mut kids)),
            Some(Rule::k_expect) => ExampleLineKind::Expect(self.expect(&mut kids)),
            _ => match first {
                Some(pair) if pair.as_rule() == Rule::calls => {
                    ExampleLineKind::Calls(self.calls(pair))
                }
                Some(pair) => ExampleLineKind::Junk(self.junk(pair)),
                None => ExampleLineKind::Junk(Junk { span, body: None }),
            },
        };
        ExampleLine {
            keyword,
            kind,
            span,
        }
    }

    fn mail(&mut self, kids: &mut Kids<'_>) -> MailValue {
        match kids.next() {
            Some(pair) if pair.as_rule() == Rule::record_value => {
                let span = self.span(&pair);
                MailValue::Record(self.entries_of(pair), span)
            }
            Some(pair) => MailValue::Text(self.string_of(&pair)),
            None => MailValue::Text(self.string(kids)),
        }
    }

    fn calls(&mut self, pair: Pair<'_, Rule>) -> ExampleCall {
        let mut kids = self.kids(pair);
        kids.next();
        let tool = self.name(&mut kids);
        let (args, args_span) = match kids.next() {
            Some(pair) => {
                let span = self.span(&pair);
                (self.pattern_of(pair), span)
            }
            None => (Box::default(), kids.at),
        };
        let result = match kids.rule() {
            Some(Rule::k_fails) => CallResult::Fails(self.string(&mut kids)),
            _ => CallResult::Returns(self.value(&mut kids)),
        };
        ExampleCall {
            tool,
            args,
            args_span,
            result,
        }
    }

    fn pattern_of(&mut self, pair: Pair<'_, Rule>) -> Box<[MatcherEntry]> {
        let mut kids = self.kids(pair);
        let mut entries = Vec::new();
        while let Some(pair) = kids.next() {
            let mut kids = self.kids(pair);
            let Some(name) = kids.take(Rule::name) else {
                continue;
            };
            let name = self.name_of(&name);
            if let Some(matcher) = kids.next() {
                let matcher = self.matcher(matcher);
                let span = name.span.to(matcher.span);
                entries.push(MatcherEntry {
                    name,
                    matcher,
                    span,
                });
            }
        }
        entries.into()
    }

    fn matcher(&mut self, pair: Pair<'_, Rule>) -> Matcher {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let kind = match kids.peek() {
            Some(Rule::k_any) | None => MatcherKind::Any,
            Some(Rule::k_contains) => {
                kids.next();
                MatcherKind::Contains(self.string(&mut kids))
            }
            Some(Rule::name | Rule::Type) => {
                let of = kids.take(Rule::Type).map(|of| self.name_of(&of));
                let name = self.name(&mut kids);
                let fields = kids.next().map(|pattern| self.pattern_of(pattern));
                MatcherKind::Case { of, name, fields }
            }
            Some(rule) => match kids.next() {
                Some(pair) if rule == Rule::pattern => MatcherKind::Record(self.pattern_of(pair)),
                Some(pair) if rule == Rule::list_value => MatcherKind::List(self.list_of(pair)),
                Some(pair) => MatcherKind::Literal(self.literal_of(&pair)),
                None => MatcherKind::Any,
            },
        };
        Matcher { kind, span }
    }

    fn expect(&mut self, kids: &mut Kids<'_>) -> Expect {
        let Some(pair) = kids.next() else {
            return Expect {
                kind: ExpectKind::ChecksPass,
                span: kids.at,
            };
        };
        let mut kids = self.kids(pair);
        let span = kids.at;
        let Some(pair) = kids.next() else {
            return Expect {
                kind: ExpectKind::ChecksPass,
                span,
            };
        };
        let rule = pair.as_rule();
        if rule == Rule::expr {
            return Expect {
                kind: ExpectKind::Expr(self.expr_of(pair)),
                span,
            };
        }
        let mut kids = self.kids(pair);
        let mut no = kids.has(Rule::k_no);
        let word = kids.rule();
        let kind = match rule {
            Rule::expect_rule => ExpectKind::Rule {
                no,
                name: self.name(&mut kids),
            },
            Rule::expect_tool => ExpectKind::Tool {
                no,
                name: self.name(&mut kids),
            },
            Rule::expect_prompt => {
                no = kids.has(Rule::k_no);
                kids.next();
                ExpectKind::Prompt {
                    no,
                    contains: self.string(&mut kids),
                }
            }
            Rule::expect_tokens => {
                let (op, _) = self.comparison(&mut kids);
                ExpectKind::Tokens {
                    op,
                    number: self.number(&mut kids),
                }
            }
            Rule::expect_stage => ExpectKind::Stage(self.name(&mut kids)),
            _ if word == Some(Rule::k_checks) && kids.rule() == Some(Rule::k_fail) => {
                ExpectKind::ChecksFail(self.name(&mut kids))
            }
            _ => ExpectKind::ChecksPass,
        };
        Expect { kind, span }
    }
}
