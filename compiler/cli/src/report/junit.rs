//! Findings as the XML of JUnit, which build servers show as tests.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Level};

/// A test: something that was looked at, and what was found wrong with it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What is shown above it: a file, a class of changes.
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) found: Vec<Finding>,
}

/// A test for each finding; one that passes if there are none.
pub(super) fn by_finding(found: &[Finding]) -> Vec<Case> {
    let cases = found.iter().map(|finding| {
        let (group, line) = match &finding.at {
            Some(at) => (at.file.clone(), format!(":{}", at.line)),
            None => ("silex".to_owned(), String::new()),
        };
        Case {
            name: format!("{}{line}", finding.code),
            group,
            found: vec![finding.clone()],
        }
    });
    let cases: Vec<_> = cases.collect();
    if cases.is_empty() {
        return vec![Case {
            group: "silex".to_owned(),
            name: "nothing to complain about".to_owned(),
            found: Vec::new(),
        }];
    }
    cases
}

/// All tests of a run. A test fails for an error; what else was found stands in its output.
pub(crate) fn document(cases: &[Case]) -> String {
    let mut suite = TestSuite::new("silex");
    for case in cases {
        let fails = |it: &&Finding| it.level == Level::Error && it.waived.is_none();
        let failures: Vec<_> = case.found.iter().filter(fails).collect();
        let mut status = TestCaseStatus::success();
        if let Some(first) = failures.first() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let all: Vec<_> = failures.iter().map(|it| told(it)).collect();
            status
                .set_message(first.message.as_str())
                .set_type(first.code.as_str())
                .set_description(all.join("\n\n"));
        }
        let mut test = TestCase::new(case.name.as_str(), status);
        test.set_classname(case.group.as_str());
        let other: Vec<_> = case
            .found
            .iter()
            .filter(|it| !fails(it))
            .map(told)
            .collect();
        if !other.is_empty() {
            test.set_system_out(other.join("\n\n"));
        }
        suite.add_test_case(test);
    }
    let mut report = Report::new("silex");
    report.add_test_suite(suite);
    // Writing to memory does not fail.
    report.to_string().unwrap_or_default()
}

fn told(finding: &Finding) -> String {
    let at = finding.at.as_ref();
    let at = at.map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column));
    let help = match finding.help.as_str() {
        "" => String::new(),
        help => format!("\n{help}"),
    };
    let waived = finding
        .waived
        .as_ref()
        .map(|why| format!("\nwaived: {why}"));
    format!(
        "{}{} ({}){help}{}",
        at.unwrap_or_default(),
        finding.message,
        finding.code,
        waived.unwrap_or_default()
    )
}
