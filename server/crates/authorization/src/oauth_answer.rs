//! Answers in the shapes that OAuth gives them, which the document of all endpoints (`daemun openapi`) describes by these types.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use serde::Serialize;
use utoipa::ToSchema;
use web::RefusalMark;
use web::openapi::{Answer, Operation};

/// The error that a client gets (RFC 6749 section 5.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct OAuthError<'a> {
    pub(crate) error: Cow<'a, str>,
    pub(crate) error_description: Cow<'a, str>,
}

/// The answer with an error, in its final shape: no page is made of it, whatever the `Accept` of the request says (S-AS-18).
pub(crate) fn refused(
    status: StatusCode,
    error: &'static str,
    description: &str,
    retry_after: Option<Duration>,
) -> Response {
    let body = OAuthError { error: error.into(), error_description: description.into() };
    let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response();
    let mark =
        RefusalMark { status, code: error, fields: Vec::new(), retry_after, is_final: true, sender: None };
    response.extensions_mut().insert(mark);
    if let Some(wait) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, web::refusal::retry_after(wait));
    }
    response
}

/// An answer to a client: what `A` describes where it went well, an [`OAuthError`] where not.
pub(crate) struct OAuthAnswer<A>(Response, PhantomData<fn() -> A>);

impl<A> From<Response> for OAuthAnswer<A> {
    fn from(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<A> IntoResponse for OAuthAnswer<A> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<A: Answer> Answer for OAuthAnswer<A> {
    fn describe(operation: &mut Operation) {
        A::describe(operation);
        operation.refuses::<OAuthError<'_>>();
    }
}
