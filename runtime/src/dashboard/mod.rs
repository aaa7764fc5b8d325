//! The pages where people follow mail and decide drafts.
//!
//! Rendered here from reads of the store; all that a stranger wrote is escaped text. Nothing needs
//! JavaScript: a small script only shows changes as they happen.

mod acts;
mod live;
mod pages;
mod way;

use std::sync::OnceLock;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use minijinja::{Environment, Value, context};

use crate::agent::Deployment;
use crate::store::StoreError;

/// Who uses the pages: the name that decisions are noted under. Whoever lets a request in says it.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub(crate) String);

/// The routes of the pages.
pub fn router(deployment: Deployment) -> Router<Deployment> {
    Router::new()
        .route("/", get(pages::threads))
        .route("/threads/{id}", get(pages::thread))
        .route("/drafts", get(pages::drafts))
        .route("/drafts/{id}", get(pages::draft))
        .route("/drafts/{id}/decide", post(acts::decide))
        .route("/threads/{id}/take", post(acts::take))
        .route("/threads/{id}/give-back", post(acts::give_back))
        .route("/questions", get(pages::questions))
        .route("/questions/{id}/answer", post(acts::answer))
        .route("/aside", get(pages::aside))
        .route("/mails/{id}/release", post(acts::release))
        .route("/jobs", get(pages::jobs))
        .route("/jobs/{id}/retry", post(acts::retry))
        .route("/events", get(live::events))
        .route(
            "/style.css",
            get(|| async { asset("text/css", include_str!("assets/style.css")) }),
        )
        .route(
            "/live.js",
            get(|| async { asset("text/javascript", include_str!("assets/live.js")) }),
        )
        .with_state(deployment)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response()
}

/// A request that cannot be answered as it is.
#[derive(Debug)]
enum PageError {
    /// There is no such thing.
    Missing,
    /// The store, or what it holds.
    Store(StoreError),
    /// The page itself is wrong.
    Page(minijinja::Error),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<minijinja::Error> for PageError {
    fn from(error: minijinja::Error) -> Self {
        Self::Page(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Missing => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
            Self::Store(StoreError::Conflict(why)) => {
                (StatusCode::CONFLICT, format!("{why}\n")).into_response()
            }
            Self::Store(error) => {
                tracing::error!(%error, "a page could not read the store");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the store does not answer: try again\n",
                )
                    .into_response()
            }
            Self::Page(error) => {
                tracing::error!(%error, "a page could not be rendered");
                (StatusCode::INTERNAL_SERVER_ERROR, "the page is broken\n").into_response()
            }
        }
    }
}

/// A page with what every page shows.
fn page(
    deployment: &Deployment,
    name: &str,
    title: &str,
    content: Value,
) -> Result<Html<String>, PageError> {
    let bundle = deployment.bundles().current();
    let frame = context! {
        title => title,
        package => bundle.bundle().package.as_str(),
        digest => bundle.digest().get(..8),
        scripted => deployment.edge.models.is_scripted(),
        ..content
    };
    Ok(Html(templates().get_template(name)?.render(frame)?))
}

fn templates() -> &'static Environment<'static> {
    static TEMPLATES: OnceLock<Environment<'static>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let mut environment = Environment::new();
        for (name, text) in [
            ("frame.html", include_str!("pages/frame.html")),
            ("threads.html", include_str!("pages/threads.html")),
            ("thread.html", include_str!("pages/thread.html")),
            ("drafts.html", include_str!("pages/drafts.html")),
            ("draft.html", include_str!("pages/draft.html")),
            ("questions.html", include_str!("pages/questions.html")),
            ("aside.html", include_str!("pages/aside.html")),
            ("jobs.html", include_str!("pages/jobs.html")),
        ] {
            if let Err(error) = environment.add_template(name, text) {
                tracing::error!(%error, name, "a page does not parse");
            }
        }
        environment.add_filter("when", when);
        environment.add_filter("truncated", |text: &str| {
            text.chars().take(120).collect::<String>()
        });
        environment
    })
}

/// A time for people, in UTC.
fn when(ms: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.strftime("%b %-d, %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_parses() {
        for name in [
            "threads",
            "thread",
            "drafts",
            "draft",
            "questions",
            "aside",
            "jobs",
        ] {
            assert!(
                templates().get_template(&format!("{name}.html")).is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn what_a_stranger_wrote_is_text() {
        let mail = context! { from_name => "<script>alert(1)</script>", state => "quarantined", body => "</pre><img src=x>", received_at => 0 };
        let page = templates()
            .get_template("aside.html")
            .unwrap()
            .render(context! { mails => [mail] })
            .unwrap();
        assert!(
            !page.contains("<script>alert") && !page.contains("<img"),
            "{page}"
        );
    }
}
