//! What is wrong with a package, as the editor shows it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{
    Code, CodeDescription, Diagnostic as Shown, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, PublishDiagnosticsParams, Uri,
};
use silex_compiler::diagnostic::{Diagnostic, Severity};

use super::packages::{Open, Packages};
use super::uris;

/// What the editor must be told: of each file of which something else is found now, and of each that
/// was edited.
pub(super) fn changed(packages: &mut Packages) -> Vec<PublishDiagnosticsParams> {
    let mut found: Vec<BTreeMap<PathBuf, Vec<Shown>>> = Vec::new();
    for open in packages.opened() {
        found.push(if open.changed {
            by_file(packages, open)
        } else {
            BTreeMap::new()
        });
    }
    let mut told = Vec::new();
    for (open, found) in packages.all().zip(&mut found) {
        if !std::mem::take(&mut open.changed) {
            continue;
        }
        let edited = std::mem::take(&mut open.edited);
        let gone = open.told.keys().filter(|path| !found.contains_key(*path));
        let gone: Vec<PathBuf> = gone.chain(&edited).cloned().collect();
        for path in gone {
            if open.is_own(&path) {
                found.entry(path).or_default();
            }
        }
        for (path, shown) in std::mem::take(found) {
            let before = open.told.get(&path);
            if edited.contains(&path) || before.is_none_or(|before| *before != shown) {
                told.push((path.clone(), shown.clone()));
            }
            if shown.is_empty() {
                open.told.remove(&path);
            } else {
                open.told.insert(path, shown);
            }
        }
    }
    let version = |path: &PathBuf| packages.documents.get(path).map(|it| it.version);
    let params = told
        .into_iter()
        .map(|(path, diagnostics)| PublishDiagnosticsParams {
            version: version(&path),
            uri: uris::uri(&path),
            diagnostics,
        });
    params.collect()
}

/// What is found in the package's own files.
fn by_file(packages: &Packages, open: &Open) -> BTreeMap<PathBuf, Vec<Shown>> {
    let mut files: BTreeMap<PathBuf, Vec<Shown>> = BTreeMap::new();
    for finding in open.analysis.found() {
        let path = open.path(finding.span().file);
        if let Some(path) = path.filter(|path| open.is_own(path)) {
            let shown = shown(packages, open, finding);
            files.entry(path).or_default().push(shown);
        }
    }
    files
}

/// A finding as the protocol has it.
pub(super) fn shown(packages: &Packages, open: &Open, finding: &Diagnostic) -> Shown {
    let span = finding.span();
    let related = finding.labels.iter().skip(1).filter_map(|label| {
        let location = location(packages, open, label.span)?;
        Some(DiagnosticRelatedInformation {
            location,
            message: label.text.clone(),
        })
    });
    let related: Vec<DiagnosticRelatedInformation> = related.collect();
    Shown {
        range: packages.lines(open, span.file).range(span),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(finding.code.to_owned())),
        code_description: Some(CodeDescription {
            href: page(finding.code),
        }),
        source: Some("silex".to_owned()),
        message: Message::String(message(finding)),
        tags: is_unnecessary(finding.code).then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// Where a part of a package's text is; nowhere in the standard library.
pub(super) fn location(
    packages: &Packages,
    open: &Open,
    span: silex_compiler::source::Span,
) -> Option<Location> {
    Some(Location {
        uri: uris::uri(&open.path(span.file)?),
        range: packages.lines(open, span.file).range(span),
    })
}

/// What is wrong, what is said at its place, and what to do.
fn message(finding: &Diagnostic) -> String {
    let mut text = finding.message.clone();
    let at = finding.labels.first().map_or("", |label| &label.text);
    if !at.is_empty() {
        text.push_str(&format!("\n{at}"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

/// The page that `silex explain` prints.
pub(super) fn page(code: &str) -> Uri {
    let folder = if silex_compiler::lint::find(code).is_some() {
        "lint/rules"
    } else {
        "explain/pages"
    };
    let file = if folder == "lint/rules" {
        code.replace('-', "_")
    } else {
        code.to_owned()
    };
    let repository = env!("CARGO_PKG_REPOSITORY");
    Uri(format!(
        "{repository}/blob/main/compiler/core/src/{folder}/{file}.md"
    ))
}

/// Whether what is found can be taken out, so that an editor may show it pale.
fn is_unnecessary(code: &str) -> bool {
    code.starts_with("unused-")
        || code.starts_with("unreachable-")
        || [
            "never-active",
            "shadowed",
            "idle-line",
            "duplicate-arm",
            "unread-field",
        ]
        .contains(&code)
}
