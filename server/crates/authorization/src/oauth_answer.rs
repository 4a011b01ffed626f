//! Answers in the shapes that OAuth gives them, which the document of all endpoints (`daemun openapi`) describes by these types.

use std::borrow::Cow;
use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use web::openapi::{Answer, Operation};

/// The error that a client gets (RFC 6749 section 5.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct OAuthError<'a> {
    pub(crate) error: Cow<'a, str>,
    pub(crate) error_description: Cow<'a, str>,
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

/// An answer that sends the browser on, or refuses as all endpoints do: to a person.
pub(crate) struct LeadsOn(Response);

impl From<Response> for LeadsOn {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl IntoResponse for LeadsOn {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for LeadsOn {
    fn describe(operation: &mut Operation) {
        operation.leads_on();
    }
}
