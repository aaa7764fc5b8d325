//! `textDocument/documentLink`

use lsp_types::{DocumentLink, DocumentLinkParams, Uri};
use silex_compiler::ide::links::{self, Link};

use super::Refused;
use super::place::InFile;
use crate::lsp::findings;
use crate::lsp::packages::Packages;

pub(super) fn of_file(
    packages: &Packages,
    params: &DocumentLinkParams,
) -> Result<Vec<DocumentLink>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let all = links::of_file(file.analysis(), file.file).into_iter();
    let links = all.filter_map(|(span, link)| {
        let target = match link {
            Link::File(to) => file.uri(to)?,
            Link::Page(code) => findings::page(&code),
            Link::Address(address) => Uri(address),
        };
        Some(DocumentLink {
            range: file.range(span),
            target: Some(target),
            tooltip: None,
            data: None,
        })
    });
    Ok(links.collect())
}
