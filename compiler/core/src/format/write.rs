//! Tokens to text: which brackets are open, where lines end, how deep they stand.

use std::collections::{HashMap, HashSet};

use super::block;
use super::spacing::blank;
use crate::syntax::Mark;
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// How long a line may get before what can be broken is.
const WIDTH: usize = 100;

/// The text of some tokens.
pub(super) fn write(text: &str, marks: &HashMap<usize, Mark>) -> String {
    let all: Vec<Token> = tokens(text).collect();
    let mut plan = Plan::new(text, &all, marks);
    // Each round opens something on every line that is too long; there is an end to that.
    loop {
        let mut writer = Writer::new(text, &all, marks, &plan);
        for index in 0..all.len() {
            writer.token(index);
        }
        let (out, long) = writer.finish();
        if !plan.open_more(&all, marks, &long) {
            return out;
        }
    }
}

/// What is written on several lines.
struct Plan {
    /// The bracket that closes the one at an index, and the other way round.
    partner: HashMap<usize, usize>,
    /// The brackets, by index, whose content has lines of its own.
    open: HashSet<usize>,
    /// The clauses, by index, that have a line of their own.
    clauses: HashSet<usize>,
    /// The words, by index, before which a long line is broken.
    breaks: HashSet<usize>,
}

impl Plan {
    fn new(text: &str, all: &[Token], marks: &HashMap<usize, Mark>) -> Self {
        let mut plan = Self {
            partner: HashMap::new(),
            open: HashSet::new(),
            clauses: HashSet::new(),
            breaks: HashSet::new(),
        };
        let mut stack: Vec<usize> = Vec::new();
        // The clauses of the rule that is being read.
        let mut rule: Vec<usize> = Vec::new();
        let mut broken = false;
        for (index, token) in all.iter().enumerate() {
            let lines = index > 0 && newlines(text, all, index) > 0;
            match marks.get(&token.start) {
                Some(Mark::Clause) => {
                    broken |= lines;
                    rule.push(index);
                }
                Some(Mark::Line | Mark::Item | Mark::ShortItem) => {
                    plan.end_rule(&mut rule, &mut broken);
                }
                _ => {}
            }
            match token.kind {
                TokenKind::Open(_) => {
                    stack.push(index);
                    if all.get(index + 1).is_some() && newlines(text, all, index + 1) > 0 {
                        plan.open.insert(index);
                    }
                }
                TokenKind::Close(_) => {
                    if text.as_bytes().get(token.start) == Some(&b'}') {
                        plan.end_rule(&mut rule, &mut broken);
                    }
                    if let Some(start) = stack.pop() {
                        plan.partner.insert(start, index);
                        plan.partner.insert(index, start);
                        if start + 1 == index {
                            plan.open.remove(&start);
                        }
                        // What has lines inside has lines itself.
                        if plan.open.contains(&start) {
                            plan.open.extend(stack.last());
                        }
                    }
                }
                TokenKind::Comment | TokenKind::Doc => plan.open.extend(stack.last()),
                TokenKind::Text(_) if text[token.start..token.end].contains('\n') => {
                    plan.open.extend(stack.last());
                }
                TokenKind::Text(_)
                | TokenKind::Word
                | TokenKind::Number
                | TokenKind::Regex(_)
                | TokenKind::Sign => {}
            }
        }
        plan.open_around_rules(all);
        plan
    }

    fn end_rule(&mut self, rule: &mut Vec<usize>, broken: &mut bool) {
        if std::mem::take(broken) {
            self.clauses.extend(rule.iter());
        }
        rule.clear();
    }

    /// A body whose rule has several lines has lines itself.
    fn open_around_rules(&mut self, all: &[Token]) {
        let mut stack = Vec::new();
        for index in 0..all.len() {
            match self.partner.get(&index) {
                Some(close) if *close > index => stack.push(index),
                Some(_) => drop(stack.pop()),
                None => {}
            }
            if self.clauses.contains(&index) {
                self.open.extend(stack.iter());
            }
        }
    }

    /// Opens the outermost of what stands on each line that is too long. Says whether there
    /// was something to open.
    fn open_more(
        &mut self,
        all: &[Token],
        marks: &HashMap<usize, Mark>,
        long: &[(usize, usize)],
    ) -> bool {
        let mut more = false;
        for (from, to) in long {
            let group = (*from..*to).find(|index| {
                let close = self.partner.get(index).copied().unwrap_or_default();
                let listed = all.get(*index).and_then(|token| marks.get(&token.start));
                let brace = all
                    .get(*index)
                    .is_some_and(|it| it.kind == TokenKind::Open(b'{'));
                close > index + 1
                    && close < *to
                    && !self.open.contains(index)
                    && (brace || listed.is_some())
            });
            let marked = |mark: Mark| {
                (*from + 1..*to).filter(move |index| {
                    all.get(*index).and_then(|token| marks.get(&token.start)) == Some(&mark)
                })
            };
            let clauses: Vec<usize> = marked(Mark::Clause)
                .filter(|it| !self.clauses.contains(it))
                .collect();
            if group.is_none_or(|group| clauses.first().is_some_and(|clause| *clause < group))
                && !clauses.is_empty()
            {
                self.clauses.extend(clauses);
                self.open_around_rules(all);
                more = true;
            } else if let Some(group) = group {
                self.open.insert(group);
                more = true;
            } else {
                let words: Vec<usize> = marked(Mark::Break)
                    .filter(|it| !self.breaks.contains(it))
                    .collect();
                more |= !words.is_empty();
                self.breaks.extend(words);
            }
        }
        more
    }
}

/// How many line ends stand before a token.
fn newlines(text: &str, all: &[Token], index: usize) -> usize {
    let before = index
        .checked_sub(1)
        .and_then(|at| all.get(at))
        .map_or(0, |token| token.end);
    let start = all.get(index).map_or(text.len(), |token| token.start);
    text[before..start].matches('\n').count()
}

/// Puts tokens behind each other.
struct Writer<'a> {
    text: &'a str,
    all: &'a [Token],
    marks: &'a HashMap<usize, Mark>,
    plan: &'a Plan,
    out: String,
    /// The brackets around what is written, by index.
    stack: Vec<usize>,
    /// How deep the line stands that is being written.
    depth: usize,
    /// The token that starts the line, and where in `out`.
    line: (usize, usize),
    /// The lines that are too long, as ranges of tokens.
    long: Vec<(usize, usize)>,
    /// The last token that was written; commas may be left out.
    last: Option<usize>,
    /// Whether the declaration before is one that may stand close.
    short: bool,
}

impl<'a> Writer<'a> {
    fn new(
        text: &'a str,
        all: &'a [Token],
        marks: &'a HashMap<usize, Mark>,
        plan: &'a Plan,
    ) -> Self {
        Self {
            text,
            all,
            marks,
            plan,
            out: String::with_capacity(text.len()),
            stack: Vec::new(),
            depth: 0,
            line: (0, 0),
            long: Vec::new(),
            last: None,
            short: true,
        }
    }

    fn str(&self, index: usize) -> &'a str {
        self.all
            .get(index)
            .map_or("", |token| &self.text[token.start..token.end])
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.all.get(index).map(|token| token.kind)
    }

    fn mark(&self, index: usize) -> Option<Mark> {
        self.all
            .get(index)
            .and_then(|token| self.marks.get(&token.start))
            .copied()
    }

    /// What kind of bracket is around what is written, and whether it has lines.
    fn around(&self) -> (Option<Mark>, bool) {
        match self.stack.last() {
            Some(open) => (self.mark(*open), self.plan.open.contains(open)),
            None => (None, true),
        }
    }

    fn token(&mut self, index: usize) {
        let Some(token) = self.all.get(index) else {
            return;
        };
        let word = self.str(index);
        let (around, open) = self.around();
        if word == "," && self.comma_is_left_out(index, around, open) {
            return;
        }
        if matches!(token.kind, TokenKind::Close(_)) {
            let inside = self.stack_depth();
            self.stack.pop();
            if open && self.last != self.plan.partner.get(&index).copied() {
                self.trailing_comma(around);
                self.new_line(index, inside.saturating_sub(1), false);
            } else {
                self.space(index);
            }
        } else if token.kind == TokenKind::Comment
            && index > 0
            && newlines(self.text, self.all, index) == 0
        {
            self.out.push_str("  ");
        } else if self.starts_line(index, around, open) {
            let clause = usize::from(self.plan.clauses.contains(&index));
            self.new_line(index, self.stack_depth() + clause, true);
        } else if self.last.is_some_and(|last| self.ends_line(last)) {
            // A comment in the middle: what follows stands deeper than the line it belongs to.
            let goes_on = usize::from(!matches!(word, "else" | "{"));
            self.new_line(index, self.stack_depth() + goes_on, false);
        } else if self.plan.breaks.contains(&index) {
            self.new_line(index, self.depth + usize::from(!self.is_continued()), false);
        } else {
            if around == Some(Mark::Fields)
                && self.mark(index) == Some(Mark::Line)
                && !self.opened()
            {
                self.out.push(',');
            }
            self.space(index);
        }
        self.push(index, word);
        if matches!(token.kind, TokenKind::Open(_)) {
            self.stack.push(index);
        }
        self.last = Some(index);
    }

    /// Whether the line that is written was broken off the one before.
    fn is_continued(&self) -> bool {
        self.plan.breaks.contains(&self.line.0)
    }

    fn push(&mut self, index: usize, word: &str) {
        if matches!(self.kind(index), Some(TokenKind::Text(_))) && word.contains('\n') {
            let text = block::indented(word, 2 * (self.depth + 1));
            self.out.push_str(&text);
        } else {
            self.out.push_str(word);
        }
    }

    /// How deep a line stands in the brackets that have lines.
    fn stack_depth(&self) -> usize {
        let lined = self
            .stack
            .iter()
            .filter(|open| self.plan.open.contains(open))
            .count();
        // A list of a clause stands in the clause.
        let clause = !self.stack.is_empty() && self.clause_around();
        lined + usize::from(clause)
    }

    /// Whether an open bracket belongs to a clause on a line of its own.
    fn clause_around(&self) -> bool {
        let brace = self.stack.iter().rposition(|open| {
            self.kind(*open) == Some(TokenKind::Open(b'{')) && self.mark(*open) != Some(Mark::List)
        });
        let inner = self
            .stack
            .get(brace.map_or(0, |at| at + 1)..)
            .unwrap_or_default();
        let Some(first) = inner.iter().find(|open| self.plan.open.contains(open)) else {
            return false;
        };
        let start = (0..*first).rev().find(|index| {
            matches!(
                self.mark(*index),
                Some(Mark::Clause | Mark::Line | Mark::Item | Mark::ShortItem)
            )
        });
        start.is_some_and(|start| self.plan.clauses.contains(&start))
    }

    /// Whether the last that was written opens the bracket around.
    fn opened(&self) -> bool {
        self.last == self.stack.last().copied()
    }

    fn ends_line(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(TokenKind::Comment | TokenKind::Doc))
    }

    fn starts_line(&self, index: usize, around: Option<Mark>, open: bool) -> bool {
        if self.plan.clauses.contains(&index) {
            return true;
        }
        if matches!(self.kind(index), Some(TokenKind::Comment | TokenKind::Doc)) {
            return true;
        }
        if !open {
            return false;
        }
        if self.stack.is_empty() {
            let mark = self.mark(index);
            let after_docs = self
                .last
                .is_some_and(|last| self.ends_line(last) && self.is_lead(last));
            return matches!(mark, Some(Mark::Item | Mark::ShortItem)) || after_docs;
        }
        if self.opened() {
            return true;
        }
        let comma = self.last.is_some_and(|last| self.str(last) == ",");
        let listed = matches!(around, Some(Mark::List | Mark::Names));
        let after_docs = self
            .last
            .is_some_and(|last| self.ends_line(last) && self.is_lead(last));
        self.mark(index) == Some(Mark::Line) || (listed && comma) || after_docs
    }

    /// Whether a comment or doc stands at the start of what it belongs to, not in its middle.
    fn is_lead(&self, index: usize) -> bool {
        if self.kind(index) == Some(TokenKind::Doc) {
            return true;
        }
        let Some(before) = (0..index).rev().find(|at| !self.ends_line(*at)) else {
            return true;
        };
        let next = (index..self.all.len()).find(|at| !self.ends_line(*at));
        let fresh = next.is_some_and(|next| {
            matches!(
                self.mark(next),
                Some(Mark::Item | Mark::ShortItem | Mark::Line)
            ) || matches!(self.kind(next), Some(TokenKind::Close(_)))
        });
        let listed = matches!(
            self.around().0,
            Some(Mark::List | Mark::Names | Mark::Fields)
        );
        fresh || listed && self.str(before) == "," || Some(before) == self.stack.last().copied()
    }

    fn comma_is_left_out(&self, index: usize, around: Option<Mark>, open: bool) -> bool {
        let next = (index + 1..self.all.len()).find(|at| !self.ends_line(*at));
        let closes = next.is_some_and(|next| matches!(self.kind(next), Some(TokenKind::Close(_))));
        // The commas of an open list are put where its items end, before comments.
        around == Some(Mark::Fields)
            || closes && (!open || matches!(around, Some(Mark::List | Mark::Names)))
    }

    /// An open list ends with a comma.
    fn trailing_comma(&mut self, around: Option<Mark>) {
        if !matches!(around, Some(Mark::List | Mark::Names)) {
            return;
        }
        let Some(last) = self.last else { return };
        if self.ends_line(last) {
            // Behind the comment it would be lost; before it, it would have to be put back.
            return;
        }
        self.out.push(',');
    }

    fn space(&mut self, index: usize) {
        let Some(last) = self.last else { return };
        let (Some(before), Some(behind)) = (self.kind(last), self.kind(index)) else {
            return;
        };
        let names = |at: usize| self.mark(at) == Some(Mark::Names);
        let tight = names(last)
            || self
                .plan
                .partner
                .get(&index)
                .is_some_and(|open| names(*open) && *open < index);
        let called = self.mark(index) == Some(Mark::List) && before == TokenKind::Word;
        if !tight && blank((before, self.str(last)), (behind, self.str(index)), called) {
            self.out.push(' ');
        }
    }

    /// Ends the line, and leaves the blank one that the author left.
    fn new_line(&mut self, index: usize, depth: usize, may_be_blank: bool) {
        self.depth = depth;
        if self.last.is_none() {
            return;
        }
        self.measure(index);
        self.out.push('\n');
        if may_be_blank && self.is_blank_before(index) {
            self.out.push('\n');
        }
        self.line = (index, self.out.len());
        self.out.push_str(&" ".repeat(2 * depth));
    }

    fn is_blank_before(&mut self, index: usize) -> bool {
        let wanted = newlines(self.text, self.all, index) > 1;
        let of_module = |at: usize| self.str(at).starts_with("//!");
        if self.last.is_some_and(of_module) {
            return wanted || !of_module(index);
        }
        if !self.stack.is_empty() {
            return wanted && !self.opened();
        }
        let lead = self
            .last
            .is_some_and(|last| self.ends_line(last) && newlines(self.text, self.all, last) > 0);
        let next =
            (index..self.all.len()).find(|at| !self.ends_line(*at) || self.mark(*at).is_some());
        let short = match next.and_then(|next| self.mark(next)) {
            Some(Mark::Item) => false,
            Some(_) | None => true,
        };
        let apart = !(lead || short && self.short);
        if self.mark(index).is_some() || !self.ends_line(index) {
            self.short = short;
        }
        wanted || apart
    }

    /// Notes the line that ends here if it is too long.
    fn measure(&mut self, index: usize) {
        let line = self.out.get(self.line.1..).unwrap_or_default();
        // The words of a block and a comment have the length that they have.
        let code = line.lines().next().unwrap_or_default();
        if code.chars().count() > WIDTH {
            self.long.push((self.line.0, index));
        }
    }

    fn finish(mut self) -> (String, Vec<(usize, usize)>) {
        self.measure(self.all.len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        (self.out, self.long)
    }
}
