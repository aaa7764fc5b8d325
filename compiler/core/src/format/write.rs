//! Tokens to text: which brackets are open, where lines end, how deep they stand.

use super::block;
use super::plan::{Plan, newlines};
use super::spacing::blank;
use crate::syntax::Mark;
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// How long a line may get before what can be broken is.
const WIDTH: usize = 100;

/// The text of some tokens.
pub(super) fn write(text: &str, marks: &[(usize, Mark)]) -> String {
    let all: Vec<Token> = tokens(text).collect();
    let mut plan = Plan::new(text, &all, marks);
    // Each round opens something on every line that is too long; there is an end to that.
    loop {
        let mut writer = Writer::new(text, &all, &plan);
        for index in 0..all.len() {
            writer.token(index);
        }
        let (out, long) = writer.finish();
        if !plan.open_more(&long) {
            return out;
        }
    }
}

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Bracket {
    index: usize,
    /// Whether the line on which it opens was broken off the one before.
    continued: bool,
    /// How deep its closer stands, on a line of its own.
    outside: usize,
    /// How deep lines in it stand.
    inside: usize,
}

/// Puts tokens behind each other.
struct Writer<'a> {
    text: &'a str,
    all: &'a [Token],
    plan: &'a Plan<'a>,
    out: String,
    /// The brackets around what is written.
    stack: Vec<Bracket>,
    /// How deep the line stands that is being written.
    depth: usize,
    /// The token that starts the line, and where in `out`.
    line: (usize, usize),
    /// The lines that are too long, as ranges of tokens.
    long: Vec<(usize, usize)>,
    /// The last token that was written; commas may be left out.
    last: Option<usize>,
    /// Whether the line that is written was broken off the one before.
    continued: bool,
    /// Whether the declaration before is one that may stand close.
    short: bool,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, all: &'a [Token], plan: &'a Plan<'a>) -> Self {
        Self {
            text,
            all,
            plan,
            out: String::with_capacity(text.len()),
            stack: Vec::new(),
            depth: 0,
            line: (0, 0),
            long: Vec::new(),
            last: None,
            continued: false,
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
        self.plan.mark(index)
    }

    /// What kind of bracket is around what is written, and whether it has lines.
    fn around(&self) -> (Option<Mark>, bool) {
        match self.opener() {
            Some(open) => (self.mark(open), self.plan.open.contains(open)),
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
            let bracket = self.stack.pop();
            if open && self.last != self.plan.partner(index) {
                self.trailing_comma(around);
                self.new_line(index, bracket.map_or(0, |it| it.outside), false);
                self.continued = bracket.is_some_and(|it| it.continued);
            } else {
                self.space(index);
            }
        } else if token.kind == TokenKind::Comment
            && index > 0
            && newlines(self.text, self.all, index) == 0
            && !self.last.is_some_and(|last| self.ends_line(last))
        {
            self.out.push_str("  ");
        } else if self.starts_line(index, around, open) {
            self.new_line(index, self.inside() + self.deeper(index), true);
        } else if self.last.is_some_and(|last| self.ends_line(last)) {
            // A comment in the middle: what follows stands deeper than the line it belongs to.
            let goes_on = usize::from(!matches!(word, "else" | "{"));
            self.new_line(index, self.inside() + goes_on, false);
        } else if self.plan.breaks.contains(index) {
            self.new_line(index, self.depth + usize::from(!self.continued), false);
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
            self.stack.push(self.bracket(index));
        }
        self.last = Some(index);
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
    fn inside(&self) -> usize {
        self.stack.last().map_or(0, |bracket| bracket.inside)
    }

    /// A body stands as deep as its statement, a list as deep as the line on which it opens.
    fn bracket(&self, index: usize) -> Bracket {
        let outside = if self.plan.is_body(index) {
            self.inside()
        } else {
            self.depth
        };
        let lines = self.plan.open.contains(index);
        Bracket {
            index,
            continued: self.continued && !self.plan.is_body(index),
            outside,
            inside: outside + usize::from(lines),
        }
    }

    /// The bracket around what is written, by index.
    fn opener(&self) -> Option<usize> {
        self.stack.last().map(|bracket| bracket.index)
    }

    /// Whether the last that was written opens the bracket around.
    fn opened(&self) -> bool {
        self.last == self.opener()
    }

    fn ends_line(&self, index: usize) -> bool {
        matches!(self.kind(index), Some(TokenKind::Comment | TokenKind::Doc))
    }

    fn starts_line(&self, index: usize, around: Option<Mark>, open: bool) -> bool {
        if self.plan.clauses.contains(index) {
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

    /// How much deeper than the lines around it a clause stands, or what goes on with a line; a
    /// comment stands as deep as what is behind it.
    fn deeper(&self, index: usize) -> usize {
        let comment = |at: &usize| self.kind(*at) == Some(TokenKind::Comment);
        let Some(next) = (index..self.all.len()).find(|at| !comment(at) && self.stays(*at)) else {
            return 0;
        };
        let goes_on = next > index && !matches!(self.str(next), "else" | "{");
        usize::from(self.plan.clauses.contains(next) || goes_on && !self.is_lead(index))
    }

    /// Whether a comment or doc stands at the start of what it belongs to, not in its middle.
    fn is_lead(&self, index: usize) -> bool {
        if self.kind(index) == Some(TokenKind::Doc) {
            return true;
        }
        let code = |at: &usize| self.kind(*at) != Some(TokenKind::Comment);
        let behind_doc = (0..index).rev().find(code);
        if behind_doc.is_some_and(|at| self.kind(at) == Some(TokenKind::Doc)) {
            return true;
        }
        let Some(before) = (0..index).rev().find(|at| !self.ends_line(*at)) else {
            return true;
        };
        let next = (index..self.all.len()).find(|at| !self.ends_line(*at) && self.stays(*at));
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
        fresh || listed && self.str(before) == "," || Some(before) == self.opener()
    }

    /// Whether a token behind what is written, in the same bracket, will be written.
    fn stays(&self, index: usize) -> bool {
        let (around, open) = self.around();
        self.str(index) != "," || !self.comma_is_left_out(index, around, open)
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
                .partner(index)
                .is_some_and(|open| names(open) && open < index);
        let called = self.mark(index) == Some(Mark::List) && before == TokenKind::Word;
        if !tight && blank((before, self.str(last)), (behind, self.str(index)), called) {
            self.out.push(' ');
        }
    }

    /// Ends the line, and leaves the blank one that the author left.
    fn new_line(&mut self, index: usize, depth: usize, may_be_blank: bool) {
        self.depth = depth;
        self.continued = self.plan.breaks.contains(index);
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
        // A comment behind code belongs to what is before it; the first of a file has none there.
        let lead = self.last.is_some_and(|last| {
            self.ends_line(last) && (last == 0 || newlines(self.text, self.all, last) > 0)
        });
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
