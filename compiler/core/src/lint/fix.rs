//! The changes that lints offer, made as long as they help.
//!
//! A round makes every change that overlaps no other, and looks again. If that leaves as much to
//! complain about as before, the changes are tried one by one, and those that do not help are left.

use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::package::Package;
use crate::source::Sources;

use super::find;

/// Rounds after which nobody waits for an end.
const ROUNDS: usize = 16;

/// A package with the changes that were made to it.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The package.
    pub package: Package,
    /// What was done, in order.
    pub done: Vec<Done>,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The lint that asked for it.
    pub code: &'static str,
    /// What was done, as an imperative.
    pub title: String,
    /// The file.
    pub path: String,
    /// The line, as it was then.
    pub line: usize,
}

/// Looks at a package: what is found, and the texts that it points into.
pub(crate) type Look<'f> = &'f dyn Fn(&Package) -> (Vec<Diagnostic>, Sources);

/// Makes the changes that the lints of the wanted codes offer.
pub(crate) fn fix(package: &Package, wanted: &dyn Fn(&str) -> bool, look: Look<'_>) -> Fixed {
    let mut fixed = Fixed {
        package: package.clone(),
        done: Vec::new(),
    };
    let (mut found, mut sources) = look(&fixed.package);
    for _ in 0..ROUNDS {
        let offered = offered(&found, wanted);
        let together = apart(&offered);
        // All at once, or else the first that helps alone.
        let singles = offered.iter().map(|one| vec![*one]);
        let mut tries = std::iter::once(together).chain(singles);
        let better = tries.find_map(|changes| {
            let next = changed(&fixed.package, &sources, &changes)?;
            let (after, new) = look(&next);
            (weight(&after) < weight(&found)).then_some((changes, next, after, new))
        });
        let Some((changes, next, after, new)) = better else {
            break;
        };
        let done = changes.iter().map(|(code, fix)| {
            let (path, line, _) = sources.place(fix.span);
            Done {
                code,
                title: fix.title.clone(),
                path: path.to_owned(),
                line,
            }
        });
        fixed.done.extend(done);
        fixed.package = next;
        (found, sources) = (after, new);
    }
    fixed
}

/// How much there is to complain about: errors first.
fn weight(found: &[Diagnostic]) -> (usize, usize) {
    let errors = found.iter().filter(|it| it.severity == Severity::Error);
    (errors.count(), found.len())
}

/// The changes that lints offer. What an error offers is a guess at what was meant, and the
/// author's to make.
fn offered<'d>(
    found: &'d [Diagnostic],
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<(&'static str, &'d Fix)> {
    let of_lints = found
        .iter()
        .filter(|it| find(it.code).is_some() && wanted(it.code));
    of_lints
        .filter_map(|it| Some((it.code, it.fix.as_ref()?)))
        .collect()
}

/// Those of some changes, by place, that do not overlap one before them.
fn apart<'d>(offered: &[(&'static str, &'d Fix)]) -> Vec<(&'static str, &'d Fix)> {
    let mut all = offered.to_vec();
    all.sort_by_key(|(_, fix)| fix.span);
    let mut chosen: Vec<(&'static str, &Fix)> = Vec::new();
    for (code, fix) in all {
        let free = chosen.last().is_none_or(|(_, last)| {
            last.span.file != fix.span.file || last.span.end < fix.span.start
        });
        if free {
            chosen.push((code, fix));
        }
    }
    chosen
}

/// The package with some changes that do not overlap; none if there is nothing to change.
fn changed(
    package: &Package,
    sources: &Sources,
    changes: &[(&'static str, &Fix)],
) -> Option<Package> {
    let mut next = package.clone();
    for (_, fix) in changes.iter().rev() {
        let path = &sources.get(fix.span.file)?.path;
        let file = next.files.iter_mut().find(|file| file.path == *path)?;
        let mut text = String::from_utf8(std::mem::take(&mut file.bytes)).ok()?;
        text.get(fix.span.range())?;
        text.replace_range(fix.span.range(), &fix.replacement);
        file.bytes = text.into_bytes();
    }
    (!changes.is_empty()).then_some(next)
}

#[cfg(test)]
mod tests {
    use crate::{Package, SourceFile, fix};

    fn check_fix(before: &str, after: &str, done: &[&str]) {
        let package = Package {
            manifest: "name: a\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![SourceFile::new("specs/a.silex", before)],
            ..Package::default()
        };
        let fixed = fix(&package, &[]);
        assert_eq!(
            String::from_utf8_lossy(&fixed.package.files[0].bytes),
            after
        );
        let told: Vec<String> = fixed
            .done
            .iter()
            .map(|it| format!("{}:{} {}", it.path, it.line, it.code))
            .collect();
        assert_eq!(told, done);
    }

    #[test]
    fn changes_that_do_not_meet_are_made_together() {
        check_fix(
            "behaviour b(mail: Mail) -> Reply {\n  must a \"You must ask.\"\n  never c \"Don't call.\"\n}\n",
            "behaviour b(mail: Mail) -> Reply {\n  must a \"Ask.\"\n  never c \"Call.\"\n}\n",
            &[
                "specs/a.silex:2 repeated-strength",
                "specs/a.silex:3 double-negative",
            ],
        );
    }

    #[test]
    fn a_change_that_another_makes_possible_is_made_in_the_next_round() {
        check_fix(
            "behaviour b(mail: Mail) -> Reply {\n  must a \"You must try to ask.\"\n}\n",
            "behaviour b(mail: Mail) -> Reply {\n  must a \"Ask.\"\n}\n",
            &[
                "specs/a.silex:2 repeated-strength",
                "specs/a.silex:2 hedged-rule",
            ],
        );
    }

    #[test]
    fn a_change_that_leaves_as_much_to_complain_about_is_not_made() {
        // The check would be in a reply of two hundred words that another rule asks for.
        let text = "behaviour b(mail: Mail) -> Reply {\n  must a \"Write at least 200 words.\"\n    \
            check words(reply.body) >= 200\n  must c \"Answer in at most 20 words.\"\n}\n";
        check_fix(text, text, &[]);
    }

    #[test]
    fn what_errors_offer_is_left_to_the_author() {
        let text = "behaviour b(mail: Mial) -> Reply {\n  must a \"Ask.\"\n}\n";
        check_fix(text, text, &[]);
    }
}
