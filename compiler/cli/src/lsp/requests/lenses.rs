//! `textDocument/codeLens`: what the commands do is the editor's, with the requests of `silex/…`.

use lsp_types::{CodeLens, CodeLensParams, Command};
use serde_json::json;
use silex_compiler::ide::lenses::{self, Lens};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn of_file(
    packages: &Packages,
    params: &CodeLensParams,
) -> Result<Vec<CodeLens>, Refused> {
    let uri = &params.text_document.uri;
    let Some(file) = InFile::of(packages, uri) else {
        return Ok(Vec::new());
    };
    let all = lenses::of_file(file.analysis(), file.file).into_iter();
    let lenses = all.map(|(span, lens)| {
        let (title, command, name) = match lens {
            Lens::Preview(name) => ("preview prompt".to_owned(), "silex.previewPrompt", name),
            Lens::Variants(name, 1) => ("one variant".to_owned(), "silex.showVariants", name),
            Lens::Variants(name, count) => {
                (format!("{count} variants"), "silex.showVariants", name)
            }
            Lens::Run(name) => ("run example".to_owned(), "silex.runExample", name),
        };
        CodeLens {
            range: file.range(span),
            command: Some(Command {
                title,
                tooltip: None,
                command: command.to_owned(),
                arguments: Some(vec![json!(uri), json!(name)]),
            }),
            data: None,
        }
    });
    Ok(lenses.collect())
}
