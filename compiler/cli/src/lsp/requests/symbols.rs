//! `textDocument/documentSymbol`, `workspace/symbol`

use lsp_types::{
    BaseSymbolInformation, DocumentSymbolParams, SymbolKind, WorkspaceSymbol,
    WorkspaceSymbolLocation, WorkspaceSymbolParams,
};
use serde_json::{Value, json};
use silex_compiler::ide::symbols::{self, Outline, Outlined};
use silex_compiler::resolve::Kind;

use super::Refused;
use super::place::InFile;
use crate::lsp::findings;
use crate::lsp::packages::Packages;

pub(super) fn of_file(
    packages: &Packages,
    params: &DocumentSymbolParams,
) -> Result<Vec<Value>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let all = symbols::of_file(file.analysis(), file.file);
    Ok(all.iter().map(|it| nested(&file, it)).collect())
}

fn nested(file: &InFile<'_>, of: &Outline) -> Value {
    let inside: Vec<Value> = of.inside.iter().map(|it| nested(file, it)).collect();
    json!({
        "name": of.name,
        "detail": of.detail,
        "kind": kind(of.kind),
        "range": file.range(of.whole),
        "selectionRange": file.range(of.at),
        "children": inside,
    })
}

pub(super) fn named(
    packages: &Packages,
    params: &WorkspaceSymbolParams,
) -> Result<Vec<WorkspaceSymbol>, Refused> {
    let mut found = Vec::new();
    for open in packages.opened() {
        for (it, around) in symbols::named(&open.analysis, &params.query) {
            let Some(location) = findings::location(packages, open, it.at) else {
                continue;
            };
            found.push(WorkspaceSymbol {
                location: WorkspaceSymbolLocation::Location(location),
                data: None,
                base_symbol_information: BaseSymbolInformation {
                    name: it.name,
                    kind: kind(it.kind),
                    tags: None,
                    container_name: around,
                },
            });
        }
    }
    Ok(found)
}

pub(super) fn kind(of: Outlined) -> SymbolKind {
    match of {
        Outlined::Declaration(Kind::Constant) => SymbolKind::Constant,
        Outlined::Declaration(Kind::Enum) => SymbolKind::Enum,
        Outlined::Declaration(Kind::Record | Kind::Entity) => SymbolKind::Struct,
        Outlined::Declaration(Kind::Tool | Kind::Behaviour) => SymbolKind::Function,
        Outlined::Declaration(Kind::Ruleset) => SymbolKind::Interface,
        Outlined::Declaration(Kind::Model) => SymbolKind::Object,
        Outlined::Declaration(Kind::Agent) => SymbolKind::Class,
        Outlined::Declaration(Kind::Example) => SymbolKind::Event,
        Outlined::Field => SymbolKind::Field,
        Outlined::Case => SymbolKind::EnumMember,
        Outlined::Part => SymbolKind::Property,
    }
}
