//! Parts of a file that lead to another: the module of a `use`, and addresses in prose.

use super::Analysis;
use super::definition;
use super::names::{self, Symbol};
use crate::source::{FileId, Span};

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// To a file of the package.
    File(FileId),
    /// To the page of a lint or an error.
    Page(String),
    /// Into the web.
    Address(String),
}

/// The links of a file.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<(Span, Link)> {
    let Some((id, module)) = analysis.module(file) else {
        return Vec::new();
    };
    let names = analysis.names();
    let mut links = Vec::new();
    for it in names::of_module(&names, id, module) {
        if let Symbol::Module(name) = &it.symbol {
            let found = definition::module(analysis, name);
            links.extend(found.map(|(_, module)| (it.span, Link::File(module.file.id))));
        } else if let Symbol::Lint(code) = it.symbol
            && crate::explain::page(&code).is_some()
        {
            links.push((it.span, Link::Page(code)));
        }
    }
    links.extend(addresses(file, analysis.text(file)));
    links
}

/// Addresses of the web.
fn addresses(file: FileId, text: &str) -> Vec<(Span, Link)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("https://") {
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>)]}".contains(c));
        let address = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ',', ';']);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span {
            file,
            start: offset(start),
            end: offset(start + address.len()),
        };
        found.push((span, Link::Address(address.to_owned())));
    }
    found
}
