//! The level of each finding: what the manifest and the author's `allow` make of it.
//!
//! Errors have no level. The last line of `lints` that names a lint's code counts, before `all`;
//! `allow CODE because "…"` silences a lint in the part of the text that it stands for, and says so
//! itself when there is nothing to silence.

use super::summary::Allowed;
use super::{LINTS, Lint, find};
use crate::diagnostic::{Diagnostic, Severity};
use crate::edit_distance::nearest;
use crate::package::{Level, LintLevel, Manifest};
use crate::source::{FileId, Span};

/// An `allow` of the package.
#[derive(Debug)]
struct Allow<'a> {
    code: &'a str,
    /// The code as written.
    place: Span,
    /// In which part of the text.
    holds: Span,
    used: bool,
}

/// The level of a lint in a package.
#[must_use]
pub fn level(manifest: &Manifest, lint: &Lint) -> Level {
    let named = |code: &str| code == "all" || code == lint.code;
    let set = manifest.lints.iter().rev().find(|set| named(&set.code));
    set.map_or(lint.level, |set| set.level)
}

/// Sees that the lints of some codes look.
pub(crate) fn turn_on(manifest: &mut Manifest, codes: &[&str]) {
    for lint in codes.iter().filter_map(|code| find(code)) {
        if level(manifest, lint) == Level::Allow {
            manifest.lints.push(LintLevel {
                code: lint.code.to_owned(),
                level: Level::Warn,
                span: Span {
                    file: FileId(0),
                    start: 0,
                    end: 0,
                },
            });
        }
    }
}

/// The findings with their levels applied, and what is to be said of the levels themselves.
/// `complete` says that every lint has looked, so that an `allow` without a finding is idle.
pub(super) fn apply<'a>(
    found: Vec<Diagnostic>,
    allows: impl Iterator<Item = &'a Allowed>,
    manifest: &Manifest,
    complete: bool,
) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = unknown_levels(manifest).collect();
    let mut allows: Vec<Allow<'_>> = allows
        .map(|allow| Allow {
            code: &allow.code,
            place: allow.place,
            holds: allow.holds,
            used: false,
        })
        .collect();
    told.extend(allows.iter().filter_map(unknown_allow));
    for mut finding in found {
        if finding.severity == Severity::Error {
            told.push(finding);
        } else if !silenced(&mut allows, &finding) {
            match find(finding.code).map(|lint| level(manifest, lint)) {
                Some(Level::Allow) => {}
                Some(Level::Deny) => {
                    finding.severity = Severity::Error;
                    told.push(finding);
                }
                Some(Level::Warn) | None => told.push(finding),
            }
        }
    }
    let unused = &super::rules::unused_allow::LINT;
    if complete && level(manifest, unused) != Level::Allow {
        let idle = allows.iter().filter(|allow| {
            !allow.used
                && find(allow.code).is_some_and(|lint| level(manifest, lint) != Level::Allow)
        });
        told.extend(idle.map(|allow| {
            let mut finding = super::rules::unused_allow::finding(allow.code, allow.place);
            if level(manifest, unused) == Level::Deny {
                finding.severity = Severity::Error;
            }
            finding
        }));
    }
    told
}

/// Whether an `allow` stands for a finding: the innermost is the one that is used.
fn silenced(allows: &mut [Allow<'_>], finding: &Diagnostic) -> bool {
    let at = finding.span();
    let holds = |allow: &&mut Allow<'_>| {
        allow.code == finding.code
            && allow.holds.file == at.file
            && (allow.holds.start..=allow.holds.end).contains(&at.start)
    };
    let innermost = allows
        .iter_mut()
        .filter(holds)
        .min_by_key(|allow| allow.holds.end - allow.holds.start);
    innermost.is_some_and(|allow| {
        allow.used = true;
        true
    })
}

fn unknown_allow(allow: &Allow<'_>) -> Option<Diagnostic> {
    find(allow.code)
        .is_none()
        .then(|| unknown(allow.code, allow.place))
}

fn unknown_levels(manifest: &Manifest) -> impl Iterator<Item = Diagnostic> {
    let unknown_code = |code: &str| code != "all" && find(code).is_none();
    manifest
        .lints
        .iter()
        .filter(move |set| unknown_code(&set.code))
        .map(|set| unknown(&set.code, set.span))
}

fn unknown(code: &str, span: Span) -> Diagnostic {
    let problem = Diagnostic::error("unknown-lint", span, format!("there is no lint `{code}`"));
    match nearest(code, LINTS.iter().map(|lint| lint.code)) {
        Some(near) => problem.did_you_mean(Some(near)),
        None => problem.help("`silex lint --list` names them all; errors cannot be allowed"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::{Package, SourceFile, build};

    const USING: &str = "use b.{x}\n";

    /// Code and severity of what is found in a package with some lints.
    fn check_levels(lints: &str, module: &str, wanted: &[(&str, Severity)]) {
        let package = Package {
            manifest: format!("name: a\nversion: 0.1.0\nsilex: \"0.1\"\nlints: {{ {lints} }}\n"),
            files: vec![
                SourceFile::new("specs/a.silex", module),
                SourceFile::new("specs/b.silex", "const x = 3\n"),
            ],
            ..Package::default()
        };
        let (bundle, found) = build(&package);
        let seen: Vec<_> = found.iter().map(|it| (it.code, it.severity)).collect();
        assert_eq!(seen, wanted);
        let errors = wanted.iter().any(|(_, it)| *it == Severity::Error);
        assert_eq!(bundle.is_none(), errors);
    }

    #[test]
    fn what_a_mistake_of_the_grammar_brings_along_is_not_told() {
        let behaviour = |rule: &str| {
            format!("/// A.\nbehaviour f(mail: Mail) -> Reply {{\n  role \"You.\"\n  {rule}\n}}\n")
        };
        let regex = "never a \"Say it.\" check not matches(reply.body, /monday)";
        check_levels(
            "",
            &behaviour(regex),
            &[("unclosed-regex", Severity::Error)],
        );
        let unseen = "must a\u{200b} \"Say it.\"";
        check_levels("", &behaviour(unseen), &[("extra-sign", Severity::Error)]);
    }

    #[test]
    fn a_warning_is_told_and_does_not_stop_a_build() {
        check_levels("", USING, &[("unused-import", Severity::Warning)]);
    }

    #[test]
    fn a_denied_warning_stops_a_build() {
        let denied = [("unused-import", Severity::Error)];
        check_levels("unused-import: deny", USING, &denied);
        check_levels("all: deny", USING, &denied);
    }

    #[test]
    fn an_allowed_warning_is_not_told() {
        check_levels("unused-import: allow", USING, &[]);
        let allow = "allow unused-import because \"it comes next week\"\n";
        check_levels("", &format!("{USING}{allow}"), &[]);
    }

    #[test]
    fn what_is_named_counts_before_all() {
        let told = [("unused-import", Severity::Warning)];
        check_levels("unused-import: warn, all: deny", USING, &told);
    }

    #[test]
    fn an_unknown_code_is_an_error_in_the_manifest_and_in_a_file() {
        let unknown = [("unknown-lint", Severity::Error)];
        check_levels("unused-imports: warn", "", &unknown);
        check_levels("", "allow unused-imports because \"x\"\n", &unknown);
    }

    #[test]
    fn an_allow_that_silences_nothing_says_so() {
        let idle = [("unused-allow", Severity::Warning)];
        check_levels("", "allow tab because \"none\"\n", &idle);
        // Where the lint is off, nobody knows.
        check_levels("tab: allow", "allow tab because \"none\"\n", &[]);
    }

    #[test]
    fn the_innermost_allow_is_the_one_that_is_used() {
        let module = "allow vague-words because \"a\"\n\
            behaviour b(mail: Mail) -> Reply {\n  role \"You answer.\"\n  \
            must be_nice \"Be nice.\" allow vague-words because \"b\"\n}\n";
        let idle = [("unused-allow", Severity::Warning)];
        check_levels("unused-constant: allow", module, &idle);
    }
}
