//! Statements that stand where they do not belong, and the move that mends it.

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A finding with the change that puts a statement before another that it stands in.
pub(super) fn moved(
    cx: &Context<'_>,
    finding: Diagnostic,
    statement: Span,
    around: Span,
) -> Diagnostic {
    match before(cx, statement, around) {
        Some((span, text)) => finding.fix(span, text, "put it there"),
        None => finding,
    }
}

fn before(cx: &Context<'_>, statement: Span, around: Span) -> Option<(Span, String)> {
    let file = cx.sources?.get(around.file)?;
    let text = &*file.text;
    let (start, end) = (around.start as usize, statement.end as usize);
    let written = text.get(statement.range())?;
    let line = text.get(..start)?.rsplit('\n').next()?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let head = text.get(start..statement.start as usize)?;
    // A line of its own goes with the statement, and else the blanks before it.
    let head = head.trim_end_matches([' ', '\t']);
    let own_line = head.ends_with('\n') && text.get(end..)?.starts_with('\n');
    let head = if own_line {
        head.trim_end_matches('\n')
    } else {
        head
    };
    let span = Span {
        start: around.start,
        ..statement
    };
    Some((span, format!("{written}\n{indent}{head}")))
}

#[cfg(test)]
mod tests {
    use crate::{Package, SourceFile, build};

    #[track_caller]
    fn check(statements: &str, mended: Option<&str>) {
        let around = |body: &str| {
            format!(
                "model writer {{ provider anthropic name \"claude-sonnet-4-5\" }}\n\
                 behaviour answer(mail: Mail) -> Reply {{\n{body}}}\n"
            )
        };
        let text = around(statements);
        let package = Package {
            manifest: "name: a\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![SourceFile::new("specs/a.silex", &text)],
            ..Package::default()
        };
        let found = build(&package).1;
        let finding = found.iter().find(|it| it.code == "misplaced-statement");
        let fix = finding.unwrap().fix.as_ref();
        let fixed = fix.map(|fix| {
            let mut text = text.clone();
            text.replace_range(fix.span.range(), &fix.replacement);
            text
        });
        assert_eq!(fixed, mended.map(around));
    }

    #[test]
    fn a_setting_is_put_before_what_it_stands_in() {
        check(
            "  when mail.verified {\n    model writer\n    must a \"A.\"\n  }\n",
            Some("  model writer\n  when mail.verified {\n    must a \"A.\"\n  }\n"),
        );
        check(
            "  when mail.verified { must a \"A.\" } else { limit turns 3 }\n",
            Some("  limit turns 3\n  when mail.verified { must a \"A.\" } else { }\n"),
        );
    }

    #[test]
    fn a_comment_before_it_stays_where_it_is() {
        check(
            "  when mail.verified { // sure\n    model writer // cheap\n  }\n",
            Some("  model writer\n  when mail.verified { // sure\n // cheap\n  }\n"),
        );
    }

    #[test]
    fn what_is_said_already_is_not_moved() {
        check(
            "  model writer\n  when mail.verified { model writer }\n",
            None,
        );
    }

    #[test]
    fn a_rule_is_put_before_the_each_that_it_stands_in() {
        check(
            "  each it in mail.attachments {\n    fact name_of \"{{ it.name | inline(80) }}\"\n    must a \"A.\"\n  }\n",
            Some(
                "  must a \"A.\"\n  each it in mail.attachments {\n    fact name_of \"{{ it.name | inline(80) }}\"\n  }\n",
            ),
        );
    }
}
