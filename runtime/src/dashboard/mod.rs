//! The pages where people follow mail and decide drafts.
//!
//! Rendered here from reads of the store; all that a stranger wrote is escaped text. Nothing needs
//! JavaScript: small scripts show changes as they happen, and give keys to what the pages offer.
//!
//! A page is a file here with its template beside it, a line in the routes, and mostly one in `nav`.

mod account;
mod aside;
mod assets;
mod audit;
mod bundle;
mod campaigns;
mod changes;
mod chart;
mod compare;
mod contacts;
pub(crate) mod cookie;
mod decide;
mod draft;
mod drafts;
mod icons;
mod jobs;
mod live;
mod mail;
mod nav;
mod numbers;
mod paging;
mod questions;
mod reviewers;
mod routes;
mod sign_in;
mod template;
mod thread;
mod threads;
mod timeline;
mod visit;
mod why;

use axum::{Extension, Router};

use crate::agent::Deployment;
use crate::people::Role::{Operator, Reviewer, Viewer};

pub use assets::assets;
pub(crate) use live::{Pulse, pulse};
pub(crate) use paging::address;
pub use routes::Route;
use routes::Routes;
pub use sign_in::doors;
pub(crate) use visit::told;

/// The routes of the pages, which are told by a pulse what happens.
pub(crate) fn router(pulse: Pulse) -> Router<Deployment> {
    let router = all().router.layer(Extension(numbers::Counted::default()));
    router.layer(Extension(pulse))
}

/// What the pages answer, and to whom.
#[must_use]
pub fn routes() -> Vec<Route> {
    all().all
}

fn all() -> Routes {
    Routes::default()
        .get(Viewer, "/", threads::list)
        .get(Viewer, "/threads/{id}", thread::show)
        .get(Viewer, "/threads/{id}/live", live::thread)
        .post(Reviewer, "/threads/{id}/take", thread::take)
        .post(Reviewer, "/threads/{id}/give-back", thread::give_back)
        .get(Viewer, "/drafts", drafts::list)
        .get(Viewer, "/drafts/{id}", draft::show)
        .post(Reviewer, "/drafts/{id}/decide", decide::decide)
        .get(Viewer, "/drafts/{id}/decide", decide::look)
        .get(Viewer, "/drafts/{id}/why", why::draft)
        .get(Viewer, "/rules/{id}", why::rule)
        .get(Viewer, "/behaviours", bundle::begin)
        .get(Viewer, "/behaviours/", bundle::index)
        .get(Viewer, "/behaviours/changes", changes::page)
        .get(Viewer, "/behaviours/{file}", bundle::page)
        .get(Viewer, "/questions", questions::list)
        .post(Reviewer, "/questions/{id}/answer", questions::answer)
        .get(Viewer, "/mails/{id}", mail::show)
        .get(Viewer, "/mails/{id}/frame", mail::frame)
        .get(
            Reviewer,
            "/mails/{id}/attachments/{place}",
            mail::attachment,
        )
        .get(Viewer, "/aside", aside::list)
        .post(Operator, "/aside/redrive", aside::redrive_all)
        .post(Operator, "/mails/{id}/release", aside::release)
        .post(Operator, "/mails/{id}/redrive", aside::redrive)
        .get(Viewer, "/jobs", jobs::list)
        .get(Viewer, "/jobs/{id}", jobs::show)
        .post(Operator, "/jobs/{id}/retry", jobs::retry)
        .post(Operator, "/jobs/{id}/cancel", jobs::cancel)
        .post(Operator, "/jobs/pause", jobs::pause)
        .post(Operator, "/jobs/resume", jobs::resume)
        .get(Viewer, "/campaigns", campaigns::list)
        .get(Viewer, "/campaigns/{agent}/{name}", campaigns::show)
        .get(
            Operator,
            "/campaigns/{agent}/{name}/rehearsal",
            campaigns::rehearse,
        )
        .get(Viewer, "/contacts", contacts::list)
        .get(Viewer, "/contacts/{address}", contacts::show)
        .post(Operator, "/contacts/{address}/revert", contacts::revert)
        .get(Viewer, "/suppressed", contacts::suppressed)
        .post(Operator, "/suppressed/add", contacts::suppress)
        .post(Operator, "/suppressed/remove", contacts::allow)
        .get(Viewer, "/reviewers", reviewers::list)
        .post(Operator, "/reviewers/set", reviewers::set)
        .post(Operator, "/reviewers/{name}/away", reviewers::away)
        .post(Operator, "/reviewers/{name}/back", reviewers::back)
        .post(Operator, "/reviewers/{name}/remove", reviewers::remove)
        .get(Viewer, "/numbers", numbers::show)
        .get(Viewer, "/audit", audit::list)
        .post(Operator, "/audit/verify", audit::verify)
        .get(Viewer, "/you", account::show)
        .post(Viewer, "/you/password", account::password)
        .post(Viewer, "/sign-out", sign_in::out)
        .post(Viewer, "/sign-out/everywhere", sign_in::out_everywhere)
        .get(Viewer, "/events", live::events)
}
