//! `textDocument/prepareCallHierarchy`, `callHierarchy/…Calls`

use lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
    CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, Range,
};
use serde_json::{Value, json};
use silex_compiler::ide::calls::{self, CallSite, Callable};
use silex_compiler::ide::symbols::Outlined;

use super::Refused;
use super::place::InFile;
use super::symbols;
use crate::lsp::packages::Packages;

pub(super) fn prepare(
    packages: &Packages,
    params: &CallHierarchyPrepareParams,
) -> Result<Vec<CallHierarchyItem>, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(Vec::new());
    };
    let found = calls::at(file.analysis(), place);
    Ok(found.and_then(|it| item(&file, &it)).into_iter().collect())
}

pub(super) fn incoming(
    packages: &Packages,
    params: &CallHierarchyIncomingCallsParams,
) -> Result<Vec<CallHierarchyIncomingCall>, Refused> {
    let Some((file, name)) = asked(packages, &params.item) else {
        return Ok(Vec::new());
    };
    let sites = calls::incoming(file.analysis(), name).into_iter();
    let calls = sites.filter_map(|site| {
        Some(CallHierarchyIncomingCall {
            from: item(&file, &site.other)?,
            from_ranges: ranges(&file, &site),
        })
    });
    Ok(calls.collect())
}

pub(super) fn outgoing(
    packages: &Packages,
    params: &CallHierarchyOutgoingCallsParams,
) -> Result<Vec<CallHierarchyOutgoingCall>, Refused> {
    let Some((file, name)) = asked(packages, &params.item) else {
        return Ok(Vec::new());
    };
    let sites = calls::outgoing(file.analysis(), name).into_iter();
    let calls = sites.filter_map(|site| {
        Some(CallHierarchyOutgoingCall {
            to: item(&file, &site.other)?,
            from_ranges: ranges(&file, &site),
        })
    });
    Ok(calls.collect())
}

/// The file and the qualified name of an item that was given out before.
fn asked<'a>(packages: &'a Packages, item: &'a CallHierarchyItem) -> Option<(InFile<'a>, &'a str)> {
    let name = item.data.as_ref().and_then(Value::as_str)?;
    Some((InFile::of(packages, &item.uri)?, name))
}

fn item(file: &InFile<'_>, of: &Callable) -> Option<CallHierarchyItem> {
    let whole = file.location(of.whole)?;
    Some(CallHierarchyItem {
        name: of.name.rsplit('.').next().unwrap_or_default().to_owned(),
        kind: symbols::kind(Outlined::Declaration(of.kind)),
        tags: None,
        detail: Some(of.kind.to_string()),
        uri: whole.uri,
        range: whole.range,
        selection_range: file.location(of.at)?.range,
        data: Some(json!(of.name)),
    })
}

fn ranges(file: &InFile<'_>, site: &CallSite) -> Vec<Range> {
    let places = site.places.iter();
    places
        .filter_map(|span| Some(file.location(*span)?.range))
        .collect()
}
