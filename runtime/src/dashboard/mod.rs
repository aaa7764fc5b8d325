//! The pages where people follow mail and decide drafts.
//!
//! Rendered here from reads of the store; all that a stranger wrote is escaped text. Nothing needs
//! JavaScript: small scripts show changes as they happen, and give keys to what the pages offer.
//!
//! A page is a file here with its template beside it, a line in the routes, and mostly one in `nav`.

mod aside;
mod assets;
mod bundle;
mod changes;
mod compare;
mod decide;
mod draft;
mod drafts;
mod icons;
mod jobs;
mod live;
mod nav;
mod questions;
mod template;
mod thread;
mod threads;
mod timeline;
mod visit;
mod why;

use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::agent::Deployment;

pub use assets::assets;
pub(crate) use live::{Pulse, pulse};

/// Who uses the pages: the name that decisions are noted under. Whoever lets a request in says it.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub(crate) String);

/// The routes of the pages, which are told by a pulse what happens.
pub(crate) fn router(deployment: Deployment, pulse: Pulse) -> Router<Deployment> {
    Router::new()
        .route("/", get(threads::list))
        .route("/threads/{id}", get(thread::show))
        .route("/threads/{id}/live", get(live::thread))
        .route("/threads/{id}/take", post(thread::take))
        .route("/threads/{id}/give-back", post(thread::give_back))
        .route("/drafts", get(drafts::list))
        .route("/drafts/{id}", get(draft::show))
        .route(
            "/drafts/{id}/decide",
            post(decide::decide).get(decide::look),
        )
        .route("/drafts/{id}/why", get(why::draft))
        .route("/rules/{id}", get(why::rule))
        .route("/behaviours", get(bundle::begin))
        .route("/behaviours/", get(bundle::index))
        .route("/behaviours/changes", get(changes::page))
        .route("/behaviours/{file}", get(bundle::page))
        .route("/questions", get(questions::list))
        .route("/questions/{id}/answer", post(questions::answer))
        .route("/aside", get(aside::list))
        .route("/mails/{id}/release", post(aside::release))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{id}/retry", post(jobs::retry))
        .route("/events", get(live::events))
        .layer(Extension(pulse))
        .with_state(deployment)
}
