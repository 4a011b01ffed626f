//! The one shape of a refusal: a status, a stable code, a sentence, and the fields that are wrong.
//!
//! Calls get it as JSON (design: `{"success":false,"error":{"code","message"}}`). It also travels with the response
//! as a [`RefusalMark`], from which the composition makes a page for a person who navigates.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use limits::LimitExceeded;
use serde::Serialize;

/// A request that is not served, and why, in words that may leave the house.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    fields: Vec<FieldProblem>,
    retry_after: Option<Duration>,
}

/// One field of the input that is wrong, and what is allowed there.
#[derive(Clone, Debug, Serialize)]
pub struct FieldProblem {
    /// The field's name as it was sent.
    pub field: Cow<'static, str>,
    /// What is allowed.
    pub allowed: Cow<'static, str>,
    /// Which of several rules of the field is broken, as a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl FieldProblem {
    /// A field of which only one thing can be wrong.
    pub fn new(field: impl Into<Cow<'static, str>>, allowed: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), allowed: allowed.into(), reason: None }
    }
}

/// What a response says about its refusal to the layers around it.
#[derive(Clone, Debug)]
pub struct RefusalMark {
    /// The status. That of the response may be another: a refused form is answered by a redirect.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// The fields that are wrong.
    pub fields: Vec<FieldProblem>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with a status, a code of the registry and a sentence for developers.
    pub const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message: Cow::Borrowed(message), fields: Vec::new(), retry_after: None }
    }

    /// 400 for input that names the field and what is allowed there.
    pub fn field(field: &'static str, allowed: impl Into<Cow<'static, str>>) -> Self {
        Self::fields(vec![FieldProblem::new(field, allowed)])
    }

    /// 400 for input of which several fields may be wrong: all at once, so that nobody corrects them one by one.
    pub fn fields(fields: Vec<FieldProblem>) -> Self {
        let mut refusal =
            Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", "A field is not as allowed.");
        refusal.fields = fields;
        refusal
    }

    /// 404.
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Nothing was found at this address.")
    }

    /// 503 for a database that cannot be reached: trying again helps, and nobody is signed out.
    pub const fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "AUTH_UNAVAILABLE",
            "The service cannot answer at the moment. Try again shortly.",
        )
        .retry_after(Duration::from_secs(2))
    }

    /// 500 for an internal error. The cause is in the log under the request id.
    pub const fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "Something went wrong on the server. Its log has the details under this request id.",
        )
    }

    /// The usual refusal for a status that a layer or library gave without a body of ours.
    pub fn for_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "METHOD_NOT_ALLOWED", "This method is not allowed at this address.")
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
                Self::new(status, "TIMEOUT", "The request took too long.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "BODY_TOO_LARGE", "The body is larger than allowed.")
            }
            StatusCode::URI_TOO_LONG => {
                Self::new(status, "URL_TOO_LONG", "The address is longer than allowed.")
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                Self::new(status, "HEADERS_TOO_LARGE", "The headers are larger than allowed.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(status, "MEDIA_TYPE_UNSUPPORTED", "This media type is not supported here.")
            }
            StatusCode::FORBIDDEN => Self::new(status, "FORBIDDEN", "This is not allowed."),
            StatusCode::UNAUTHORIZED => Self::new(status, "NOT_SIGNED_IN", "Sign in first."),
            StatusCode::TOO_MANY_REQUESTS => {
                Self::new(status, "TOO_MANY_REQUESTS", "Too many requests. Try again later.")
            }
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(),
            other if other.is_server_error() => Self::internal(),
            other => Self::new(other, "BAD_REQUEST", "The request is malformed."),
        }
    }

    /// Tells the caller [when to try again](retry_after).
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same in words that depend on the configuration.
    #[must_use]
    pub fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// What a response says that is refused for this, whatever its own status.
    pub fn mark(&self) -> RefusalMark {
        RefusalMark {
            status: self.status,
            code: self.code,
            fields: self.fields.clone(),
            retry_after: self.retry_after,
        }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    success: bool,
    error: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldProblem],
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Body { code: self.code, message: &self.message, fields: &self.fields };
        let mut response = (self.status, Json(Envelope { success: false, error: body })).into_response();
        response.extensions_mut().insert(RefusalMark {
            status: self.status,
            code: self.code,
            fields: self.fields,
            retry_after: self.retry_after,
        });
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after(wait));
        }
        response
    }
}

/// 429, with the time to wait.
impl From<LimitExceeded> for Refusal {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::for_status(StatusCode::TOO_MANY_REQUESTS).retry_after(exceeded.retry_after)
    }
}

/// The value of `Retry-After`, which has whole seconds (RFC 9110 section 10.2.3). All that is ever written there is made here.
pub fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(wait))
}

/// Rounded up, since a try that comes too early would be refused again; and at least one, since `Retry-After: 0` asks for the
/// next try at once.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_rate_4_nobody_is_told_to_come_back_too_early() {
        for (millis, seconds) in
            [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (29_999, "30"), (30_000, "30")]
        {
            let refusal = Refusal::from(LimitExceeded { retry_after: Duration::from_millis(millis) });
            let response = refusal.into_response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[header::RETRY_AFTER], seconds, "{millis} ms");
        }
    }
}
