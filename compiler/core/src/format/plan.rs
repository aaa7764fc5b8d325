//! What is written on several lines: what the author wrote so, and what is too long for one.

use super::indices::Indices;
use crate::syntax::Mark;
use crate::syntax::lexer::{Token, TokenKind};

/// What is written on several lines.
pub(super) struct Plan<'a> {
    all: &'a [Token],
    /// What starts with each token.
    marks: Vec<Option<Mark>>,
    /// The bracket that closes the one at an index, and the other way round.
    partner: Vec<Option<usize>>,
    /// The brackets, by index, whose content has lines of its own.
    pub(super) open: Indices,
    /// The clauses, by index, that have a line of their own.
    pub(super) clauses: Indices,
    /// The words, by index, before which a line is broken.
    pub(super) breaks: Indices,
    /// The bodies, by index, before and behind each `else`.
    chains: Vec<(usize, usize)>,
    /// The `and` and `or` of each condition, by index.
    conditions: Vec<Vec<usize>>,
    /// The clauses of each rule, by index.
    rules: Vec<Vec<usize>>,
}

/// What is being read in a bracket, or outside all.
#[derive(Default)]
struct Around {
    open: Option<usize>,
    condition: Row,
    /// Its statements, fields or arms.
    lines: usize,
}

/// Words of one kind that are all broken before, or none: the clauses of a rule, the `and` and
/// `or` of a condition.
#[derive(Default)]
struct Row {
    words: Vec<usize>,
    broken: bool,
}

impl Row {
    fn add(&mut self, index: usize, broken: bool) {
        self.words.push(index);
        self.broken |= broken;
    }

    fn end(&mut self, into: &mut Indices) {
        if std::mem::take(&mut self.broken) {
            into.extend(self.words.iter().copied());
        }
        self.words.clear();
    }
}

impl<'a> Plan<'a> {
    /// What the author wrote on several lines, and what never stands on one.
    pub(super) fn new(text: &str, all: &'a [Token], marks: &[(usize, Mark)]) -> Self {
        let mut plan = Self {
            all,
            marks: by_token(all, marks),
            partner: vec![None; all.len()],
            open: Indices::default(),
            clauses: Indices::default(),
            breaks: Indices::default(),
            chains: Vec::new(),
            conditions: Vec::new(),
            rules: Vec::new(),
        };
        plan.read(text);
        plan.find_chains(text);
        plan.settle();
        plan
    }

    fn read(&mut self, text: &str) {
        let mut rule = Row::default();
        let mut stack = Vec::new();
        let mut around = Around::default();
        for (index, token) in self.all.iter().enumerate() {
            let broken = index > 0 && newlines(text, self.all, index) > 0;
            self.read_mark(index, broken, &mut around, &mut rule);
            // A condition ends with its argument, or where its body begins.
            if &text[token.start..token.end] == "," || self.is_body(index) {
                self.end_condition(&mut around);
            }
            match token.kind {
                TokenKind::Open(_) => {
                    if index + 1 < self.all.len() && newlines(text, self.all, index + 1) > 0 {
                        self.open.insert(index);
                    }
                    let inner = Around {
                        open: Some(index),
                        ..Around::default()
                    };
                    stack.push(std::mem::replace(&mut around, inner));
                }
                TokenKind::Close(_) => {
                    if text.as_bytes().get(token.start) == Some(&b'}') {
                        self.end_rule(&mut rule);
                    }
                    let outer = stack.pop().unwrap_or_default();
                    self.close(std::mem::replace(&mut around, outer), index);
                    if self.open.contains(self.partner_of(index)) {
                        self.open.extend(around.open);
                    }
                }
                TokenKind::Comment | TokenKind::Doc => self.open.extend(around.open),
                TokenKind::Text(_) if text[token.start..token.end].contains('\n') => {
                    self.open.extend(around.open);
                }
                TokenKind::Text(_)
                | TokenKind::Word
                | TokenKind::Number
                | TokenKind::Regex(_)
                | TokenKind::Sign => {}
            }
        }
    }

    fn read_mark(&mut self, index: usize, broken: bool, around: &mut Around, rule: &mut Row) {
        let Some(mark) = self.mark(index) else { return };
        match mark {
            Mark::Clause => {
                self.end_condition(around);
                rule.add(index, broken);
            }
            Mark::Line | Mark::Item | Mark::ShortItem => {
                self.end_condition(around);
                around.lines += 1;
                self.end_rule(rule);
            }
            Mark::Join => around.condition.add(index, broken),
            Mark::Break if broken => self.breaks.insert(index),
            Mark::Break | Mark::List | Mark::Fields | Mark::Names => {}
        }
    }

    fn end_rule(&mut self, rule: &mut Row) {
        self.rules.push(rule.words.clone());
        rule.end(&mut self.clauses);
    }

    fn end_condition(&mut self, around: &mut Around) {
        let words = around.condition.words.clone();
        around.condition.end(&mut self.breaks);
        self.conditions.push(words);
    }

    /// Notes a pair of brackets. A body of more than two statements has a line for each.
    fn close(&mut self, mut inner: Around, end: usize) {
        self.end_condition(&mut inner);
        let Some(start) = inner.open else { return };
        for (one, other) in [(start, end), (end, start)] {
            if let Some(partner) = self.partner.get_mut(one) {
                *partner = Some(other);
            }
        }
        if start + 1 == end {
            self.open.remove(start);
        } else if inner.lines > 2 && self.is_body(start) && self.mark(start) != Some(Mark::Fields) {
            self.open.insert(start);
        }
    }

    /// The bracket at the other end; none of what is no bracket.
    pub(super) fn partner(&self, index: usize) -> Option<usize> {
        self.partner.get(index).copied().flatten()
    }

    /// The bracket at the other end.
    fn partner_of(&self, index: usize) -> usize {
        self.partner(index).unwrap_or(index)
    }

    /// The bodies before and behind each `else`.
    fn find_chains(&mut self, text: &str) {
        let is_comment =
            |at: usize| self.all.get(at).map(|token| token.kind) == Some(TokenKind::Comment);
        for (index, token) in self.all.iter().enumerate() {
            if token.kind != TokenKind::Word || &text[token.start..token.end] != "else" {
                continue;
            }
            let before = (0..index).rev().find(|at| !is_comment(*at));
            let mut behind = index + 1;
            while behind < self.all.len() && !self.is_body(behind) {
                behind = self.partner_of(behind).max(behind) + 1;
            }
            let before = before.map(|closer| self.partner_of(closer));
            self.chains.extend(before.map(|before| (before, behind)));
        }
    }

    /// What stands around something on several lines has lines itself, and so have the other
    /// bodies of its `when`.
    fn settle(&mut self) {
        spread(&self.conditions, &mut self.breaks);
        spread(&self.rules, &mut self.clauses);
        let mut stack = Vec::new();
        for index in 0..self.all.len() {
            match self.partner(index) {
                Some(close) if close > index => stack.push(index),
                Some(_) => drop(stack.pop()),
                None => {}
            }
            if self.clauses.contains(index) || self.breaks.contains(index) {
                self.open.extend(stack.iter().copied());
            }
        }
        let forth = self.chains.iter().copied();
        let back = self
            .chains
            .iter()
            .rev()
            .map(|(before, behind)| (*behind, *before));
        for (one, other) in forth.chain(back).collect::<Vec<_>>() {
            let is_empty = self.partner_of(other) <= other + 1;
            if self.open.contains(one) && !is_empty {
                self.open.insert(other);
            }
        }
    }

    /// What starts with a token.
    pub(super) fn mark(&self, index: usize) -> Option<Mark> {
        self.marks.get(index).copied().flatten()
    }

    /// Opens something of each line that is too long: the clauses of its rule, else its body,
    /// else the words of its condition, else the longest list. Says whether there was something
    /// to open.
    pub(super) fn open_more(&mut self, long: &[(usize, usize)]) -> bool {
        let mut more = false;
        for (from, to) in long {
            let parts = self.parts(*from, *to);
            let of = |mark: Mark| -> Vec<usize> {
                let marked = parts.iter().filter(|part| self.mark(**part) == Some(mark));
                marked.copied().collect()
            };
            let (clauses, words, joins) = (of(Mark::Clause), of(Mark::Break), of(Mark::Join));
            let groups: Vec<usize> = parts
                .iter()
                .copied()
                .filter(|part| self.can_open(*part))
                .collect();
            let body = groups.iter().copied().find(|part| self.is_body(*part));
            let longest = groups
                .iter()
                .copied()
                .max_by_key(|part| (self.width(*part), usize::MAX - part));
            if clauses
                .first()
                .is_some_and(|clause| body.is_none_or(|body| *clause < body))
            {
                self.clauses.extend(clauses);
            } else if let Some(body) = body {
                self.open.insert(body);
            } else if !words.is_empty() {
                self.breaks.extend(words);
            } else if !joins.is_empty() {
                self.breaks.extend(joins);
            } else if let Some(list) = longest {
                self.open.insert(list);
            } else {
                continue;
            }
            more = true;
        }
        self.settle();
        more
    }

    /// The tokens of a line, but for its first, that stand in no bracket which closes on it and
    /// that are not broken before; brackets that open a group on it are among them.
    fn parts(&self, from: usize, to: usize) -> Vec<usize> {
        let mut parts = Vec::new();
        let mut index = from;
        while index < to {
            let broken = self.clauses.contains(index) || self.breaks.contains(index);
            if index > from && !broken {
                parts.push(index);
            }
            index = match self.partner(index) {
                Some(close) if close > index && close < to => close + 1,
                _ => index + 1,
            };
        }
        parts
    }

    fn can_open(&self, index: usize) -> bool {
        let closed = self.partner(index).is_some_and(|close| close > index + 1);
        closed && !self.open.contains(index) && (self.is_brace(index) || self.mark(index).is_some())
    }

    /// Whether a bracket holds lines, not items.
    pub(super) fn is_body(&self, index: usize) -> bool {
        self.is_brace(index) && !matches!(self.mark(index), Some(Mark::List | Mark::Names))
    }

    fn is_brace(&self, index: usize) -> bool {
        self.all
            .get(index)
            .is_some_and(|token| token.kind == TokenKind::Open(b'{'))
    }

    /// How many bytes stand in a bracket.
    fn width(&self, index: usize) -> usize {
        let end = self.partner(index).and_then(|at| self.all.get(at));
        let start = self.all.get(index);
        start
            .zip(end)
            .map_or(0, |(start, end)| end.start.saturating_sub(start.end))
    }
}

/// Where one of a row is broken before, all are.
fn spread(rows: &[Vec<usize>], broken: &mut Indices) {
    for row in rows.iter().filter(|row| row.len() > 1) {
        if row.iter().any(|word| broken.contains(*word)) {
            broken.extend(row.iter().copied());
        }
    }
}

/// The mark of each token.
fn by_token(all: &[Token], marks: &[(usize, Mark)]) -> Vec<Option<Mark>> {
    let mut marks = marks.iter().peekable();
    let of = |token: &Token| {
        while marks.next_if(|(at, _)| *at < token.start).is_some() {}
        marks
            .next_if(|(at, _)| *at == token.start)
            .map(|(_, mark)| *mark)
    };
    all.iter().map(of).collect()
}

/// How many line ends stand before a token.
pub(super) fn newlines(text: &str, all: &[Token], index: usize) -> usize {
    let before = index
        .checked_sub(1)
        .and_then(|at| all.get(at))
        .map_or(0, |token| token.end);
    let start = all.get(index).map_or(text.len(), |token| token.start);
    text[before..start].matches('\n').count()
}
