//! `textDocument/signatureHelp`

use lsp_types::{
    ActiveParameter, Documentation, ParameterInformation, ParameterInformationLabel, SignatureHelp,
    SignatureHelpParams, SignatureInformation,
};
use silex_compiler::ide::signature;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn at(
    packages: &Packages,
    params: &SignatureHelpParams,
) -> Result<Option<SignatureHelp>, Refused> {
    let at = InFile::at(packages, &params.text_document_position_params);
    let found = at.and_then(|(file, place)| signature::at(file.analysis(), place));
    Ok(found.map(|it| {
        let params = it.params.into_iter().map(|label| ParameterInformation {
            label: ParameterInformationLabel::String(label),
            documentation: None,
        });
        let active = ActiveParameter::Int(u32::try_from(it.active).unwrap_or(u32::MAX));
        SignatureHelp {
            signatures: vec![SignatureInformation {
                label: it.label,
                documentation: Some(Documentation::String(it.docs)),
                parameters: Some(params.collect()),
                active_parameter: None,
            }],
            active_signature: Some(0),
            active_parameter: Some(active),
        }
    }))
}
