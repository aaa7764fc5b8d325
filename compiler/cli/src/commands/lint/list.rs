//! `silex lint --list`: all lints, with their levels.

use std::path::Path;

use serde_json::json;
use silex_compiler::lint::{LINTS, level};

use crate::report::Output;
use crate::style::{bold, dim};
use crate::{Ended, Failure, files, report};

/// Shows the lints at the levels of the package in a folder, or at their own if there is none.
pub(super) fn show(folder: &Path, output: Output) -> Result<Ended, Failure> {
    let path = folder.join("silex.yaml");
    let text = if path.is_file() {
        String::from_utf8_lossy(&files::bytes(&path)?).into_owned()
    } else {
        String::new()
    };
    let manifest = files::manifest(&text);
    let width = LINTS.iter().map(|lint| lint.code.len()).max().unwrap_or(0);
    if output == Output::Markdown {
        report::print("| code | level | it finds |\n| --- | --- | --- |");
    }
    for lint in LINTS {
        let (code, level, summary) = (lint.code, level(&manifest, lint).word(), lint.summary());
        report::print(&match output {
            Output::Json => json!({ "code": code, "level": level, "summary": summary }).to_string(),
            Output::Markdown => format!("| `{code}` | {level} | {summary} |"),
            Output::Text | Output::Github | Output::Sarif | Output::Junit => format!(
                "{}{}  {level:5}  {}",
                bold(code),
                " ".repeat(width - code.len()),
                dim(summary)
            ),
        });
    }
    Ok(Ended::Clean)
}
