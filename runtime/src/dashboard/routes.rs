//! The routes of the pages, each with the least role that may use it: the one place that says so.
//!
//! A route without a role cannot be written, and what is no route is answered to nobody.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::visit::told;
use crate::agent::Deployment;
use crate::people::{Person, Role};

/// What the pages answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// How it is asked.
    pub method: Method,
    /// Where, with `{…}` for what varies.
    pub path: &'static str,
    /// The least role that may ask.
    pub role: Role,
}

/// Routes that are put together.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) router: Router<Deployment>,
    pub(super) all: Vec<Route>,
}

impl Routes {
    /// A page, for those who have at least this role.
    pub(super) fn get<H, T>(self, role: Role, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Deployment>,
        T: 'static,
    {
        self.with(Method::GET, role, path, get(handler))
    }

    /// What is done, by those who have at least this role.
    pub(super) fn post<H, T>(self, role: Role, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Deployment>,
        T: 'static,
    {
        self.with(Method::POST, role, path, post(handler))
    }

    fn with(
        mut self,
        method: Method,
        role: Role,
        path: &'static str,
        handler: MethodRouter<Deployment>,
    ) -> Self {
        let guarded = handler.route_layer(from_fn(move |request: Request, next: Next| {
            admitted(role, request, next)
        }));
        self.router = self.router.route(path, guarded);
        self.all.push(Route { method, path, role });
        self
    }
}

/// Lets a request through whose person has the role. One without a person is nobody's.
async fn admitted(role: Role, request: Request, next: Next) -> Response {
    let person = request.extensions().get::<Person>();
    match person.map(|person| person.role) {
        Some(theirs) if theirs >= role => next.run(request).await,
        Some(theirs) => told(
            StatusCode::FORBIDDEN,
            "This is not yours to do",
            &format!(
                "It takes the role {}, and yours is {}. An operator can give you another.",
                role.word(),
                theirs.word()
            ),
        ),
        None => told(StatusCode::UNAUTHORIZED, "Nobody is signed in", ""),
    }
}
