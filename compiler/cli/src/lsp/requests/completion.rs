//! `textDocument/completion`

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, CompletionList, CompletionParams,
    Documentation, InsertTextFormat, MarkupContent, MarkupKind, TextEdit,
};
use silex_compiler::ide::completion::{self, Proposal, Proposed};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn at(
    packages: &Packages,
    params: &CompletionParams,
) -> Result<CompletionList, Refused> {
    let mut list = CompletionList::default();
    if let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) {
        let found = completion::at(file.analysis(), place);
        let items = found.into_iter().enumerate();
        list.items = items.map(|(at, it)| item(&file, at, it)).collect();
    }
    Ok(list)
}

fn item(file: &InFile<'_>, at: usize, proposal: Proposal) -> CompletionItem {
    let snippet = proposal.insert.contains("$0");
    let markup = |value: String| {
        Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        })
    };
    let detail = match &proposal.import {
        Some(import) => format!("{} ({})", proposal.detail, import.title),
        None => proposal.detail,
    };
    let import = proposal.import.map(|fix| TextEdit {
        range: file.range(fix.span),
        new_text: fix.replacement,
    });
    CompletionItem {
        kind: Some(kind(proposal.kind)),
        detail: Some(detail).filter(|it| !it.is_empty()),
        documentation: Some(proposal.docs).filter(|it| !it.is_empty()).map(markup),
        sort_text: Some(format!("{at:04}")),
        insert_text_format: snippet.then_some(InsertTextFormat::Snippet),
        text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit {
            range: file.range(proposal.replaces),
            new_text: proposal.insert,
        })),
        additional_text_edits: import.map(|edit| vec![edit]),
        label: proposal.label,
        ..CompletionItem::default()
    }
}

fn kind(of: Proposed) -> CompletionItemKind {
    match of {
        Proposed::Keyword => CompletionItemKind::Keyword,
        Proposed::Type => CompletionItemKind::Struct,
        Proposed::Field => CompletionItemKind::Field,
        Proposed::Case => CompletionItemKind::EnumMember,
        Proposed::Variable => CompletionItemKind::Variable,
        Proposed::Constant => CompletionItemKind::Constant,
        Proposed::Function | Proposed::Behaviour => CompletionItemKind::Function,
        Proposed::Tool => CompletionItemKind::Method,
        Proposed::Declaration => CompletionItemKind::Class,
        Proposed::Part => CompletionItemKind::Property,
        Proposed::Module => CompletionItemKind::Module,
        Proposed::Lint => CompletionItemKind::Value,
    }
}
