//! Findings as commands of GitHub's workflows, which show them beside the text.

use super::{Finding, Level};

/// `::error file=…,line=…::message`.
pub(super) fn command(finding: &Finding) -> String {
    let level = match finding.level {
        _ if finding.waived.is_some() => "notice",
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(at) = &finding.at {
        properties.push(format!("file={}", property(&at.file)));
        properties.push(format!("line={}", at.line));
        properties.push(format!("endLine={}", at.end_line));
        // Columns mean something on one line only.
        if at.line == at.end_line {
            properties.push(format!("col={}", at.column));
            properties.push(format!("endColumn={}", at.end_column));
        }
    }
    properties.push(format!("title={}", property(&finding.code)));
    let waived = finding.waived.as_ref().map(|why| format!("waived: {why}"));
    let lines = [Some(&finding.message), Some(&finding.help), waived.as_ref()];
    let lines: Vec<_> = lines
        .into_iter()
        .flatten()
        .filter(|line| !line.is_empty())
        .collect();
    let message = lines
        .into_iter()
        .map(|line| data(line))
        .collect::<Vec<_>>()
        .join("%0A");
    format!("::{level} {}::{message}", properties.join(","))
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, which also may hold neither `:` nor `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn finding() -> Finding {
        Finding {
            code: "unknown-name".to_owned(),
            means: String::new(),
            level: Level::Error,
            message: "100% wrong:\nno, never".to_owned(),
            at: Some(Place {
                file: "specs/a,b:c.silex".to_owned(),
                line: 3,
                column: 4,
                end_line: 3,
                end_column: 9,
            }),
            related: Vec::new(),
            help: "write `x`".to_owned(),
            fix: None,
            waived: None,
        }
    }

    #[test]
    fn signs_that_mean_something_to_github_are_escaped() {
        assert_eq!(
            command(&finding()),
            "::error file=specs/a%2Cb%3Ac.silex,line=3,endLine=3,col=4,endColumn=9,title=unknown-name\
             ::100%25 wrong:%0Ano, never%0Awrite `x`"
        );
    }

    #[test]
    fn what_is_waived_is_a_notice_with_its_reason() {
        let waived = Finding {
            waived: Some("we agreed".to_owned()),
            at: None,
            ..finding()
        };
        let said = command(&waived);
        assert!(said.starts_with("::notice title=unknown-name::"), "{said}");
        assert!(said.ends_with("%0Awaived: we agreed"), "{said}");
    }
}
