//! `textDocument/codeAction`

use lsp_types::{CodeAction, CodeActionKind, CodeActionParams};
use silex_compiler::ide::actions::{self, Action, Purpose};

use super::Refused;
use super::place::InFile;
use crate::lsp::findings;
use crate::lsp::packages::Packages;

pub(super) fn at(
    packages: &Packages,
    params: &CodeActionParams,
) -> Result<Vec<CodeAction>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let asked = file.span(params.range);
    let offered = actions::at(file.analysis(), asked).into_iter();
    let actions = offered.map(|action| shown(&file, action));
    let wanted = params.context.only.as_deref();
    Ok(actions.filter(|it| is_wanted(it, wanted)).collect())
}

fn shown(file: &InFile<'_>, action: Action) -> CodeAction {
    let kind = match action.purpose {
        Purpose::Mend | Purpose::Allow => CodeActionKind::QuickFix,
        Purpose::Rewrite => CodeActionKind::RefactorExtract,
        Purpose::All => CodeActionKind::SourceFixAll,
    };
    let finding = action
        .finding
        .and_then(|at| file.analysis().found().get(at));
    CodeAction {
        kind: Some(kind),
        diagnostics: finding.map(|it| vec![findings::shown(file.packages, file.open, it)]),
        is_preferred: (action.purpose == Purpose::Mend).then_some(true),
        edit: Some(file.edit(&action.change)),
        title: action.title,
        ..CodeAction::default()
    }
}

/// Whether an action is of a kind that was asked for, or of one below it.
fn is_wanted(action: &CodeAction, wanted: Option<&[CodeActionKind]>) -> bool {
    let word = |kind: &CodeActionKind| {
        let word = serde_json::to_value(kind).ok();
        word.and_then(|it| it.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let own = action.kind.as_ref().map(word).unwrap_or_default();
    wanted.is_none_or(|wanted| {
        wanted.iter().map(word).any(|it| {
            own == it
                || own
                    .strip_prefix(&it)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    })
}
