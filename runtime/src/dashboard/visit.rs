//! A request for a page: who asks, a reader of the store for all that it shows, and the frame
//! around it.

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::de::DeserializeOwned;

use super::{nav, template};
use crate::agent::Deployment;
use crate::people::{Person, Role};
use crate::store::{Reader, StoreError, census, events};

/// What a handler of a page gives.
pub(super) type Page = Result<Html<String>, PageError>;

/// Somebody who does something, or for whom something is done before their page is read.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) deployment: Deployment,
    pub(super) person: Person,
    path: String,
}

impl FromRequestParts<Deployment> for Caller {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        deployment: &Deployment,
    ) -> Result<Self, Response> {
        let person = Extension::<Person>::from_request_parts(parts, deployment).await;
        let Extension(person) = person.map_err(IntoResponse::into_response)?;
        Ok(Self {
            deployment: deployment.clone(),
            person,
            path: parts.uri.path().to_owned(),
        })
    }
}

impl Caller {
    /// What time it is, in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.deployment.clock().now_ms()
    }

    /// The name that is noted with what they do.
    pub(super) fn name(&self) -> String {
        self.person.name.clone()
    }

    /// Reads a page for them.
    pub(super) async fn visit(self) -> Result<Visit, StoreError> {
        Ok(Visit {
            reader: self.deployment.store().read().await?,
            deployment: self.deployment,
            person: self.person,
            path: self.path,
        })
    }
}

/// Somebody who asks for a page. While it is put together, nothing takes a second reader: there are few.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) deployment: Deployment,
    pub(super) person: Person,
    pub(super) reader: Reader,
    path: String,
}

impl FromRequestParts<Deployment> for Visit {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        deployment: &Deployment,
    ) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, deployment).await?;
        let visit = caller.visit().await;
        visit.map_err(|error| PageError::from(error).into_response())
    }
}

impl Visit {
    /// What time it is, in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.deployment.clock().now_ms()
    }

    /// The page of a template, with the frame around it.
    pub(super) async fn show(self, template: &str, title: &str, content: Value) -> Page {
        let Self {
            deployment,
            person,
            mut reader,
            path,
        } = self;
        let waiting = census::waiting(&mut reader).await?;
        let newest = events::newest(&mut reader).await?;
        // Others read while the page is put together.
        drop(reader);
        let bundle = deployment.bundles().current();
        let page = context! {
            title, newest,
            now => deployment.clock().now_ms(),
            nav => values(&nav::groups(&path, &waiting)),
            is_own => path == "/you",
            role => person.role.word(),
            decides => person.role >= Role::Reviewer,
            operates => person.role >= Role::Operator,
            signed_in => person.session.is_some(),
            csrf => person.proof(&deployment),
            person => person.name,
            package => bundle.bundle().package.as_str(),
            digest => bundle.digest().get(..8),
            scripted => deployment.edge.models.is_scripted(),
            ..content
        };
        Ok(Html(template::render(template, page)?))
    }
}

/// What varies in the address of a page. One that cannot be is no page.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Deployment> for Path<T> {
    type Rejection = PageError;

    async fn from_request_parts(
        parts: &mut Parts,
        deployment: &Deployment,
    ) -> Result<Self, PageError> {
        let read = axum::extract::Path::from_request_parts(parts, deployment).await;
        let axum::extract::Path(path) = read.map_err(|_| PageError::Missing)?;
        Ok(Self(path))
    }
}

/// What serialises, for a template.
pub(super) fn values<T: serde::Serialize>(value: &T) -> Value {
    Value::from(Serde(value))
}

/// A request that cannot be answered as it is.
#[derive(Debug)]
pub(super) enum PageError {
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
        let (status, title, says) = match self {
            Self::Missing => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "What it was about may be gone, or the address is not whole.".to_owned(),
            ),
            Self::Store(StoreError::Conflict(why)) => {
                (StatusCode::CONFLICT, "Nothing was changed", why)
            }
            Self::Store(error) => {
                tracing::error!(%error, "a page could not read the store");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer",
                    "Nothing is lost by that. Try again in a moment.".to_owned(),
                )
            }
            Self::Page(error) => {
                tracing::error!(%error, "a page could not be rendered");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "This page is broken",
                    "The log says why. The other pages work.".to_owned(),
                )
            }
        };
        told(status, title, &says)
    }
}

/// A page that says why there is no other.
pub(crate) fn told(status: StatusCode, title: &str, says: &str) -> Response {
    match template::render("error.html", context! { title, says }) {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => (status, format!("{title}\n")).into_response(),
    }
}
