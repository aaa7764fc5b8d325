//! The behaviours in use, as pages: those that `silex docs` writes, made of the bundle that is loaded,
//! with what was seen of them here.

use axum::response::Redirect;
use minijinja::{Value, context};
use silex_bundle::site;

use super::visit::{Page, PageError, Path, Visit, values};
use crate::store::variants;

/// Where the pages are.
const HERE: &str = "/behaviours/";

/// The pages beside each other: where each is, and what it is called.
const TABS: [(&str, &str); 4] = [
    ("", "Agents and behaviours"),
    ("tools.html", "Tools"),
    ("types.html", "Types"),
    ("changes", "What changed"),
];

/// The tabs around the page of this name.
pub(super) fn tabs(here: &str) -> Value {
    let tab =
        |(file, word)| context! { path => format!("{HERE}{file}"), word, here => here == file };
    TABS.map(tab).into_iter().collect()
}

/// The pages lead to each other by names beside theirs, so this has to end with a slash.
pub(super) async fn begin() -> Redirect {
    Redirect::to(HERE)
}

pub(super) async fn index(visit: Visit) -> Page {
    let bundle = visit.deployment.bundles().current();
    let content = context! { tabs => tabs(""), kind => "bundle", it => values(&site::index(bundle.bundle())) };
    visit.show("index.html", "Behaviours", content).await
}

/// The page of an agent, of a behaviour, of the tools or of the types.
pub(super) async fn page(mut visit: Visit, Path(file): Path<String>) -> Page {
    let loaded = visit.deployment.bundles().current();
    let bundle = loaded.bundle();
    let of = |kind: &str| file.strip_prefix(kind)?.strip_suffix(".html");
    let (template, title, it) = match (of("agent-"), of("behaviour-"), file.as_str()) {
        (Some(name), _, _) => ("agent.html", name, site::agent(bundle, name)),
        (_, Some(name), _) => ("behaviour_in_use.html", name, site::behaviour(bundle, name)),
        (_, _, "tools.html") => ("tools.html", "Tools", Some(site::tools(bundle))),
        (_, _, "types.html") => ("types.html", "Types", Some(site::types(bundle))),
        _ => return Err(PageError::Missing),
    };
    let it = it.ok_or(PageError::Missing)?;
    let used = variants::of_behaviour(&mut visit.reader, title).await?;
    let content = context! {
        tabs => tabs(&file), kind => "bundle", rules_at => "/rules/", used => values(&used), it => values(&it),
    };
    visit.show(template, title, content).await
}
