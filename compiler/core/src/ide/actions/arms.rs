//! The arms that a `match` lacks.

use super::indentation;
use crate::diagnostic::{Diagnostic, Fix};
use crate::ide::Analysis;
use crate::ide::folding::pairs;
use crate::source::Span;
use crate::syntax::lexer::{Token, tokens};

/// The missing arms, before the brace that closes the `match`. The finding names them.
pub(super) fn add(analysis: &Analysis, finding: &Diagnostic) -> Option<Fix> {
    let at = finding.span();
    let text = analysis.text(at.file);
    let cases: Vec<&str> = finding.message.split('`').skip(1).step_by(2).collect();
    let known = |name: &&&str| {
        name.chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let cases: Vec<&str> = cases.iter().filter(known).copied().collect();
    let open = at.end as usize + text.get(at.end as usize..)?.find('{')?;
    let close = open + closing(text.get(open..)?)?;
    let in_agent = text
        .get(..at.start as usize)?
        .trim_end()
        .ends_with("route match");
    let outer = indentation(analysis, at);
    let mut arms = String::new();
    for case in &cases {
        let then = if in_agent { "-> drop" } else { "{ }" };
        arms += &format!("  {case} {then}\n{outer}");
    }
    let before = text.get(..close)?;
    let starts_line = before.trim_end_matches(' ').ends_with('\n');
    let arms = if starts_line {
        arms
    } else {
        format!("\n{outer}{arms}")
    };
    let offset = u32::try_from(close).ok()?;
    (!cases.is_empty()).then(|| Fix {
        span: Span {
            start: offset,
            end: offset,
            ..at
        },
        replacement: arms,
        title: "add the missing arms".to_owned(),
    })
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let all: Vec<Token> = tokens(text).collect();
    let first = all.first()?.start;
    let mut pairs = pairs(&all).into_iter();
    let (_, close) = pairs.find(|(open, _)| open.start == first)?;
    Some(close.start)
}
