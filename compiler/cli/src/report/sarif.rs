//! Findings as one document in SARIF 2.1.0, which code scanning takes.
//!
//! Columns are counted in characters, which SARIF calls code points and must be told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Finding, Level, Place};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// All findings of a run.
pub(super) fn document(found: &[Finding]) -> String {
    let mut rules = BTreeMap::new();
    for finding in found {
        rules
            .entry(finding.code.as_str())
            .or_insert(finding.means.as_str());
    }
    let codes: Vec<_> = rules.keys().copied().collect();
    let results: Vec<_> = found.iter().map(|it| result(it, &codes)).collect();
    let rules: Vec<_> = rules
        .into_iter()
        .map(|(code, means)| rule(code, means))
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "silex",
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ROOT": { "description": { "text": "the folder in which `silex` was run" } } },
            "results": results,
        }],
    });
    format!("{document:#}")
}

fn rule(code: &str, means: &str) -> Value {
    let means = if means.is_empty() { code } else { means };
    json!({
        "id": code,
        "shortDescription": { "text": means },
        "help": { "text": means },
    })
}

fn result(finding: &Finding, codes: &[&str]) -> Value {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let text = match finding.help.as_str() {
        "" => finding.message.clone(),
        help => format!("{}\n{help}", finding.message),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": { "text": text },
    });
    if let Some(index) = codes.iter().position(|code| *code == finding.code) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(at) = &finding.at {
        result["locations"] = json!([{ "physicalLocation": location(at) }]);
    }
    if !finding.related.is_empty() {
        let related = finding.related.iter().enumerate().map(|(id, (at, text))| {
            let mut related = json!({ "id": id, "physicalLocation": location(at) });
            if !text.is_empty() {
                related["message"] = json!({ "text": text });
            }
            related
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some((at, replacement, title)) = &finding.fix {
        result["fixes"] = json!([{
            "description": { "text": title },
            "artifactChanges": [{
                "artifactLocation": artifact(at),
                "replacements": [{
                    "deletedRegion": region(at),
                    "insertedContent": { "text": replacement },
                }],
            }],
        }]);
    }
    if let Some(why) = &finding.waived {
        result["suppressions"] = json!([{ "kind": "external", "justification": why }]);
    }
    result
}

fn location(at: &Place) -> Value {
    json!({ "artifactLocation": artifact(at), "region": region(at) })
}

fn artifact(at: &Place) -> Value {
    json!({ "uri": uri(&at.file), "uriBaseId": "ROOT" })
}

fn region(at: &Place) -> Value {
    json!({
        "startLine": at.line, "startColumn": at.column,
        "endLine": at.end_line, "endColumn": at.end_column,
    })
}

/// A path as a relative reference: what has a meaning in an URI is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
