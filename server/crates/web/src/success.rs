//! The answer to a successful call: a program gets the envelope of design 3.3, a person's form a redirect to where its
//! [route](crate::routes::Routes::form) leads.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// `{"success":true,"data":…}`.
#[derive(Clone, Debug)]
pub struct Success<T> {
    status: StatusCode,
    data: T,
    leads_to: Option<Cow<'static, str>>,
    headers: HeaderMap,
}

/// The page to which a form leads this time; an extension of the answer.
#[derive(Clone, Debug)]
pub(crate) struct LeadsTo(pub(crate) Cow<'static, str>);

#[derive(Serialize)]
struct Envelope<T> {
    success: bool,
    data: T,
}

impl<T> Success<T> {
    /// An answer with a status of its own.
    pub fn new(status: StatusCode, data: T) -> Self {
        Self { status, data, leads_to: None, headers: HeaderMap::new() }
    }

    /// 200 with this data.
    pub fn ok(data: T) -> Self {
        Self::new(StatusCode::OK, data)
    }

    /// 202: it will be done later, or goes on in a mailbox.
    pub fn accepted(data: T) -> Self {
        Self::new(StatusCode::ACCEPTED, data)
    }

    /// Leads a person's form to another page than its route says.
    #[must_use]
    pub fn leading_to(mut self, page: impl Into<Cow<'static, str>>) -> Self {
        self.leads_to = Some(page.into());
        self
    }

    /// The same with this header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Envelope { success: true, data: self.data })).into_response();
        if let Some(page) = self.leads_to {
            response.extensions_mut().insert(LeadsTo(page));
        }
        response.headers_mut().extend(self.headers);
        response
    }
}
