//! `textDocument/semanticTokens/full`

use lsp_types::{
    Position, SemanticToken, SemanticTokens, SemanticTokensLegend, SemanticTokensParams,
};
use silex_compiler::ide::tokens::{self, Colour};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

/// The protocol's words for what a word is, in the order of their numbers.
const TYPES: [&str; 16] = [
    "comment",
    "string",
    "number",
    "regexp",
    "keyword",
    "operator",
    "struct",
    "enum",
    "enumMember",
    "property",
    "parameter",
    "variable",
    "function",
    "class",
    "decorator",
    "namespace",
];

pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.iter().map(|it| (*it).to_owned()).collect(),
        token_modifiers: vec!["declaration".to_owned(), "readonly".to_owned()],
    }
}

pub(super) fn of_file(
    packages: &Packages,
    params: &SemanticTokensParams,
) -> Result<Option<SemanticTokens>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(None);
    };
    let mut last = Position {
        line: 0,
        character: 0,
    };
    let mut data = Vec::new();
    for word in tokens::of_file(file.analysis(), file.file) {
        let range = file.range(word.span);
        // The protocol has no words of several lines.
        if range.start.line != range.end.line {
            continue;
        }
        let same_line = range.start.line == last.line;
        let before = if same_line { last.character } else { 0 };
        let readonly = u32::from(word.colour == Colour::Constant);
        data.push(SemanticToken {
            delta_line: range.start.line - last.line,
            delta_start: range.start.character - before,
            length: range.end.character - range.start.character,
            token_type: number(word.colour),
            token_modifiers_bitset: u32::from(word.declares) | readonly << 1,
        });
        last = range.start;
    }
    Ok(Some(SemanticTokens {
        result_id: None,
        data,
    }))
}

fn number(colour: Colour) -> u32 {
    match colour {
        Colour::Comment => 0,
        Colour::Text => 1,
        Colour::Number => 2,
        Colour::Regex => 3,
        Colour::Keyword => 4,
        Colour::Operator => 5,
        Colour::Record => 6,
        Colour::Enum => 7,
        Colour::Case => 8,
        Colour::Field => 9,
        Colour::Parameter => 10,
        Colour::Variable | Colour::Constant => 11,
        Colour::Function => 12,
        Colour::Class => 13,
        Colour::Part => 14,
        Colour::Namespace => 15,
    }
}
