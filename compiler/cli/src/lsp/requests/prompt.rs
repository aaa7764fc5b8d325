//! `silex/renderPrompt`, `silex/variants`, `silex/why`: prompts while their specs are written.

use lsp_types::{Position, TextDocumentIdentifier};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use silex_compiler::ide::Analysis;
use silex_compiler::ide::prompt::{self, Preview, Segment};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

/// Which prompt is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
    text_document: TextDocumentIdentifier,
    /// Qualified; else that at the position.
    behaviour: Option<String>,
    position: Option<Position>,
    /// The hash of a variant; else the first.
    variant: Option<String>,
    /// Inputs that count before those of the variant.
    #[serde(default)]
    inputs: Map<String, Value>,
    /// The number of a condition: the prompt is that in which it turns out the other way.
    toggle: Option<usize>,
}

/// A prompt, each part with what it comes from.
pub(super) fn render(packages: &Packages, params: &Params) -> Result<Value, Refused> {
    let (file, name) = asked(packages, params)?;
    let preview = preview(file.analysis(), &name, params).map_err(Refused::because)?;
    shown(&file, &preview)
}

fn preview(analysis: &Analysis, name: &str, params: &Params) -> Result<Preview, String> {
    let variant = params.variant.as_deref();
    let mut inputs = prompt::inputs(analysis, name, variant, &params.inputs)?;
    if let Some(condition) = params.toggle {
        inputs = prompt::toggled(analysis, name, &inputs, condition)?;
    }
    prompt::render(analysis, name, inputs)
}

/// The distinct prompts of a behaviour.
pub(super) fn variants(packages: &Packages, params: &Params) -> Result<Value, Refused> {
    let (file, name) = asked(packages, params)?;
    let listing = prompt::variants(file.analysis(), &name).map_err(Refused::because)?;
    let variants = listing.variants.iter().map(|it| {
        json!({
            "hash": it.hash,
            "tokens": { "least": it.tokens.least, "most": it.tokens.most },
            "adds": it.adds,
            "when": it.witness.to_string(),
            "inputs": it.context,
            "text": it.text,
        })
    });
    Ok(json!({
        "behaviour": name,
        "count": listing.count.to_string(),
        "exact": listing.exact,
        "all": listing.all,
        "tokenizer": listing.tokenizer.name(),
        "always": listing.always,
        "variants": variants.collect::<Vec<_>>(),
    }))
}

/// Why the line at a position is in a prompt, or is not.
pub(super) fn why(packages: &Packages, params: &Params) -> Result<Value, Refused> {
    let (file, name) = asked(packages, params)?;
    let position = params
        .position
        .ok_or_else(|| Refused::because("a position is needed"))?;
    let place = file.place(position);
    prompt::why(file.analysis(), place, &name, &params.inputs).map_err(Refused::because)
}

fn asked<'p>(packages: &'p Packages, params: &Params) -> Result<(InFile<'p>, String), Refused> {
    let file = InFile::of(packages, &params.text_document.uri);
    let file =
        file.ok_or_else(|| Refused::because("the file belongs to no package that is open"))?;
    let here = || {
        let place = file.place(params.position?);
        prompt::behaviour_at(file.analysis(), place)
    };
    let name = params.behaviour.clone().or_else(here);
    let name = name.ok_or_else(|| Refused::because("there is no behaviour here"))?;
    Ok((file, name))
}

/// The prompt with the places of its lines as the editor has them.
fn shown(file: &InFile<'_>, preview: &Preview) -> Result<Value, Refused> {
    let mut value = serde_json::to_value(preview).map_err(|it| Refused::because(it.to_string()))?;
    let at = |segment: &Segment| json!(file.location(segment.at.into()));
    for (number, part) in preview.parts.iter().enumerate() {
        if let Some(segment) = &part.segment {
            value["parts"][number]["segment"]["location"] = at(segment);
        }
    }
    for (number, missing) in preview.absent.iter().enumerate() {
        value["absent"][number]["segment"]["location"] = at(&missing.segment);
    }
    Ok(value)
}
