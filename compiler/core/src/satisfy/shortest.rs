//! Short texts that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most characters of a text; what needs more is cut and will not match.
const LONGEST: usize = 4_000;

/// A few texts that match, the shortest first; none for the empty pattern or one that does not
/// parse. Anchors and word boundaries are passed over, so whoever asks tests what comes.
pub(super) fn texts(pattern: &str) -> impl Iterator<Item = String> {
    let parsed = (!pattern.is_empty())
        .then(|| regex_syntax::parse(pattern).ok())
        .flatten();
    // Another pass takes the next choice at each place that has one.
    (0..8).filter_map(move |pass| {
        let mut out = String::new();
        write(parsed.as_ref()?, pass, &mut out);
        Some(out)
    })
}

fn write(hir: &Hir, pass: usize, out: &mut String) {
    if out.len() > LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.extend(one_of(class, pass)),
        HirKind::Repetition(repeated) => {
            let extra = u32::try_from(pass).unwrap_or(0);
            let most = repeated.max.unwrap_or(u32::MAX);
            for _ in 0..repeated.min.saturating_add(extra).min(most) {
                write(&repeated.sub, pass, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, pass, out),
        HirKind::Concat(all) => all.iter().for_each(|one| write(one, pass, out)),
        HirKind::Alternation(any) => {
            if let Some(one) = any.get(pass % any.len().max(1)) {
                write(one, pass, out);
            }
        }
    }
}

/// A character of a class: a letter or digit where it has one.
fn one_of(class: &Class, pass: usize) -> Option<char> {
    let Class::Unicode(class) = class else {
        return Some('a');
    };
    let holds = |wanted: &char| {
        class
            .iter()
            .any(|range| range.start() <= *wanted && *wanted <= range.end())
    };
    let plain = ('a'..='z').chain('A'..='Z').chain('0'..='9').filter(holds);
    plain
        .clone()
        .nth(pass)
        .or_else(|| plain.clone().next())
        .or_else(|| class.iter().next().map(|range| range.start()))
}
