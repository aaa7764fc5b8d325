//! What an author is told: code, severity, message, labels, help and a fix.
//!
//! There is one plain type, and no error type per problem: every problem of a spec is
//! shown and never handled, so a struct and a derive per problem would only say the same words
//! twice. A phase makes a [`Diagnostic`] where it finds the problem and pushes it into the
//! [`Diagnostics`] it was given; the terminal, JSON and the editor see only these.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::source::{FileId, Span};

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// What `silex explain` knows it by, as in `unknown-name`.
    pub code: &'static str,
    /// Whether it stops a build.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, the author's text in backticks.
    pub message: String,
    /// Where; the first label is the place of the finding.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change that a program may make.
    pub fix: Option<Fix>,
    /// The parts of the package on which it rests: an error in one of them may be all there is.
    grounds: Vec<Span>,
    /// Other places that are as wrong as its own.
    spoils: Vec<Span>,
}

/// Whether a finding stops a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// A place and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// May be empty: the message says it all.
    pub text: String,
}

/// A change that a program may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// What the change does, as an imperative.
    pub title: String,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message.into())
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message.into())
    }

    fn new(code: &'static str, severity: Severity, span: Span, message: String) -> Self {
        let labels = vec![Label {
            span,
            text: String::new(),
        }];
        Self {
            code,
            severity,
            message,
            labels,
            help: None,
            fix: None,
            grounds: Vec::new(),
            spoils: Vec::new(),
        }
    }

    /// Whether it speaks of a place in one of some files.
    pub(crate) fn speaks_of(&self, is_it: impl Fn(FileId) -> bool) -> bool {
        let labels = self.labels.iter().map(|it| it.span);
        let fix = self.fix.iter().map(|it| it.span);
        let rest = self.grounds.iter().chain(&self.spoils).copied();
        labels.chain(fix).chain(rest).any(|span| is_it(span.file))
    }

    /// Says something at the place of the finding.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says that a name is near enough to be the one that was meant, if there is one.
    #[must_use]
    pub fn did_you_mean(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(name) => {
                let span = self.span();
                self.help(format!("did you mean `{name}`?")).fix(
                    span,
                    name,
                    format!("write `{name}`"),
                )
            }
            None => self,
        }
    }

    /// Offers a change.
    #[must_use]
    pub fn fix(
        mut self,
        span: Span,
        replacement: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
            title: title.into(),
        });
        self
    }

    /// Says on which parts of the package the finding rests. It is told only when they stand: next
    /// to an error in one of them it would be an echo.
    #[must_use]
    pub fn rests_on(mut self, grounds: impl IntoIterator<Item = Span>) -> Self {
        self.grounds.extend(grounds);
        self
    }

    /// The same, of a finding that was made already.
    pub(crate) fn add_ground(&mut self, ground: Span) {
        self.grounds.push(ground);
    }

    /// Says that another place is as wrong as that of the finding: what rests on it is an echo too.
    #[must_use]
    pub fn spoils(mut self, other: Span) -> Self {
        self.spoils.push(other);
        self
    }

    /// What to do: what is said about it, or else what the change does.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        let fix = self.fix.as_ref().map(|fix| fix.title.as_str());
        self.help.as_deref().or(fix)
    }

    /// The place of the finding.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map_or(
            Span {
                file: FileId(0),
                start: 0,
                end: 0,
            },
            |label| label.span,
        )
    }
}

/// What the phases of one run have found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Whether there is no error.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.list
            .iter()
            .all(|diagnostic| diagnostic.severity != Severity::Error)
    }

    /// What was found so far, in the order in which it was found.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// All findings by file and position, each once, and no echo of an error. What one change mends in
    /// several places is told at the first.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.drop_echoes();
        self.list.sort_by(|a, b| {
            (a.span(), a.severity, a.code, &a.message).cmp(&(
                b.span(),
                b.severity,
                b.code,
                &b.message,
            ))
        });
        self.list
            .dedup_by(|a, b| a.code == b.code && a.span() == b.span() && a.message == b.message);
        let mut mended = BTreeSet::new();
        self.list.retain(|it| {
            it.fix
                .as_ref()
                .is_none_or(|fix| mended.insert((it.code, fix.span, fix.replacement.clone())))
        });
        self.list
    }

    /// Drops what rests on a part that has an error of its own. What rests on each other only is
    /// kept: something must be told.
    fn drop_echoes(&mut self) {
        let list = &self.list;
        let errors: Vec<(usize, Span)> = (list.iter().enumerate())
            .filter(|(_, it)| it.severity == Severity::Error)
            .flat_map(|(at, it)| {
                let places = it.spoils.iter().copied().chain([it.span()]);
                places.map(move |span| (at, span))
            })
            .collect();
        let is_echo = |at: usize, it: &Diagnostic| {
            it.grounds.iter().any(|ground| {
                let mut others = errors.iter().filter(|(other, _)| *other != at);
                others.any(|(_, span)| ground.holds(*span))
            })
        };
        let echoes: Vec<bool> = (list.iter().enumerate())
            .map(|(at, it)| is_echo(at, it))
            .collect();
        if errors.iter().any(|(at, _)| !echoes[*at]) {
            let mut echoes = echoes.into_iter();
            self.list.retain(|_| !echoes.next().unwrap_or_default());
        }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        self.list.extend(iter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: u32, start: u32) -> Span {
        Span {
            file: FileId(file),
            start,
            end: start + 1,
        }
    }

    fn check_order(found: &[(u32, u32, &str)], wanted: &str) {
        let mut all = Diagnostics::default();
        for (file, start, message) in found {
            all.push(Diagnostic::error("x", at(*file, *start), *message));
        }
        let list: Vec<_> = all.finish().into_iter().map(|it| it.message).collect();
        assert_eq!(list.join(" "), wanted);
    }

    #[test]
    fn findings_are_sorted_by_file_and_position() {
        check_order(&[(1, 0, "c"), (0, 9, "b"), (0, 2, "a")], "a b c");
    }

    #[test]
    fn a_finding_that_was_made_twice_is_told_once() {
        check_order(&[(0, 2, "a"), (0, 1, "z"), (0, 2, "a")], "z a");
    }

    fn check_echoes(found: &[(u32, &str, Option<u32>)], wanted: &str) {
        let mut all = Diagnostics::default();
        for (start, message, ground) in found {
            let it = Diagnostic::error("x", at(0, *start), *message);
            all.push(it.rests_on(ground.map(|start| at(0, start))));
        }
        let list: Vec<_> = all.finish().into_iter().map(|it| it.message).collect();
        assert_eq!(list.join(" "), wanted);
    }

    #[test]
    fn what_rests_on_an_error_is_not_told() {
        check_echoes(&[(1, "root", None), (2, "echo", Some(1))], "root");
        check_echoes(&[(1, "root", None), (2, "own", Some(9))], "root own");
    }

    #[test]
    fn an_echo_of_an_echo_is_not_told() {
        let chain = [(3, "far", Some(2)), (2, "near", Some(1)), (1, "root", None)];
        check_echoes(&chain, "root");
    }

    #[test]
    fn what_rests_only_on_each_other_is_told() {
        check_echoes(&[(1, "a", Some(2)), (2, "b", Some(1))], "a b");
        check_echoes(&[(1, "a", Some(1))], "a");
    }

    #[test]
    fn what_rests_on_a_place_that_an_error_spoils_is_not_told() {
        let mut all = Diagnostics::default();
        all.push(Diagnostic::error("x", at(0, 1), "root").spoils(at(0, 5)));
        all.push(Diagnostic::error("x", at(0, 2), "echo").rests_on([at(0, 5)]));
        assert_eq!(all.finish().len(), 1);
    }

    #[test]
    fn what_one_change_mends_is_told_at_the_first_place() {
        let mut all = Diagnostics::default();
        for start in [7, 3, 5] {
            let it = Diagnostic::error("x", at(0, start), "unknown");
            all.push(it.fix(at(0, 0), "use a.{b}", "bring it in"));
        }
        let found: Vec<_> = all.finish().iter().map(Diagnostic::span).collect();
        assert_eq!(found, [at(0, 3)]);
    }

    #[test]
    fn a_warning_does_not_stop_a_build() {
        let mut all = Diagnostics::default();
        all.push(Diagnostic::warning("x", at(0, 0), "w"));
        assert!(all.is_clean());
        all.push(Diagnostic::error("x", at(0, 0), "e"));
        assert!(!all.is_clean());
    }

    #[test]
    fn a_near_name_is_offered_as_a_fix_at_the_place() {
        let it = Diagnostic::error("unknown-name", at(0, 4), "unknown").did_you_mean(Some("role"));
        assert_eq!(it.help.as_deref(), Some("did you mean `role`?"));
        assert_eq!(
            it.fix.map(|fix| (fix.span, fix.replacement)),
            Some((at(0, 4), "role".into()))
        );
    }
}
