//! What the pages are dressed with and helped by, built into the program. It tells nothing about
//! anybody, so that it is served to everyone, also before they have signed in.

use std::sync::OnceLock;

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

/// A file of the pages: its name, its media type and its text.
struct Asset(&'static str, &'static str, &'static str);

/// All of them.
static ASSETS: &[Asset] = &[
    Asset("style.css", "text/css", STYLE),
    Asset("live.js", "text/javascript", include_str!("assets/live.js")),
    Asset(
        "watch.js",
        "text/javascript",
        include_str!("assets/watch.js"),
    ),
    Asset("keys.js", "text/javascript", include_str!("assets/keys.js")),
];

/// The tokens first, then what is made of them.
const STYLE: &str = concat!(
    include_str!("assets/tokens.css"),
    include_str!("assets/frame.css"),
    include_str!("assets/parts.css"),
    include_str!("assets/bundle.css"),
    include_str!("assets/charts.css"),
);

/// Serves the files.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    let Some(Asset(_, kind, text)) = ASSETS.iter().find(|asset| asset.0 == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Under the digest of this program's files it is theirs for good; another program has another.
    let keep = match query.as_deref() == Some(digest()) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, keep)];
    (headers, *text).into_response()
}

/// Where a page finds a file.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{name}?{}", digest())
}

/// Over all files.
fn digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let mut all = Sha256::new();
        for Asset(name, _, text) in ASSETS {
            all.update(name);
            all.update(text);
        }
        hex::encode(&all.finalize()[..6])
    })
}
