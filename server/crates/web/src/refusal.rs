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
use names::{ErrorCode, ErrorDescription, FieldReason};
use serde::Serialize;

use crate::identified::Identified;

/// Why a request is not served, in words that may leave the program.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    error: ErrorCode,
    message: Cow<'static, str>,
    fields: Vec<FieldProblem>,
    retry_after: Option<Duration>,
    challenge: Option<String>,
    sender: Option<Box<Identified>>,
}

/// One field of the input that is wrong, and what is allowed there.
#[derive(Clone, Debug, Serialize)]
pub struct FieldProblem {
    /// The field's name as it was sent.
    pub field: Cow<'static, str>,
    /// The values that are allowed, as a sentence for developers.
    pub allowed: Cow<'static, str>,
    /// Which of several rules of the field is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<FieldReason>,
}

impl FieldProblem {
    /// A field of which only one thing can be wrong.
    pub fn new(field: impl Into<Cow<'static, str>>, allowed: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), allowed: allowed.into(), reason: None }
    }
}

/// What a response tells the layers around it about its refusal.
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
    /// Whether a protocol gives the answer its shape, which no layer may change.
    pub is_final: bool,
    /// Whose request is refused, if that is known.
    pub sender: Option<Identified>,
}

impl RefusalMark {
    /// Notes in a response that is a refusal whom it refuses, unless that is known there already.
    pub fn note_sender(response: &mut Response, sender: Identified) {
        if let Some(mark) = response.extensions_mut().get_mut::<Self>()
            && mark.sender.is_none()
        {
            mark.sender = Some(sender);
        }
    }
}

impl Refusal {
    /// The refusal for an error, with the status and the message of its description.
    pub fn of(error: ErrorCode) -> Self {
        let ErrorDescription { status, message, .. } = error.description();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            error,
            message: Cow::Borrowed(message),
            fields: Vec::new(),
            retry_after: None,
            challenge: None,
            sender: None,
        }
    }

    /// 400 for input that names the field and what is allowed there.
    pub fn field(field: &'static str, allowed: impl Into<Cow<'static, str>>) -> Self {
        Self::fields(vec![FieldProblem::new(field, allowed)])
    }

    /// 400 for input of which several fields may be wrong: all at once, so that they need not be corrected one by one.
    pub fn fields(fields: Vec<FieldProblem>) -> Self {
        Self { fields, ..Self::of(ErrorCode::ValidationFailed) }
    }

    /// 404 for what is not there, or is not the caller's to see.
    pub fn not_found() -> Self {
        Self::of(ErrorCode::NotFound)
    }

    /// 503 for a database that cannot be reached: trying again helps, and nobody is signed out.
    pub fn unavailable() -> Self {
        Self::of(ErrorCode::Unavailable).retry_after(Duration::from_secs(2))
    }

    /// 500 for an internal error. The cause is in the log under the request id.
    pub fn internal() -> Self {
        Self::of(ErrorCode::InternalError)
    }

    /// The usual refusal for a status that a layer or library gave without a body of ours.
    pub fn for_status(status: StatusCode) -> Self {
        let error = match status {
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => ErrorCode::Timeout,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
            StatusCode::URI_TOO_LONG => ErrorCode::UrlTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ErrorCode::HeadersTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::MediaTypeUnsupported,
            StatusCode::FORBIDDEN => ErrorCode::Forbidden,
            StatusCode::UNAUTHORIZED => ErrorCode::NotSignedIn,
            StatusCode::TOO_MANY_REQUESTS => ErrorCode::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => return Self::unavailable(),
            other if other.is_server_error() => return Self::internal(),
            _ => ErrorCode::BadRequest,
        };
        Self::of(error).with_status(status)
    }

    /// The same under a status that depends on the request.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Tells the caller [when to try again](retry_after).
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What the sender is to present with the next step, in the body as `challenge`.
    #[must_use]
    pub fn challenging(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// The same, with who is known to have sent the request.
    #[must_use]
    pub fn sent_by(mut self, sender: Identified) -> Self {
        self.sender = Some(Box::new(sender));
        self
    }

    /// The same in words that depend on the configuration.
    #[must_use]
    pub fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The mark for a response that is refused for this, whatever its own status.
    pub fn mark(&self) -> RefusalMark {
        RefusalMark {
            status: self.status,
            code: self.code(),
            fields: self.fields.clone(),
            retry_after: self.retry_after,
            is_final: false,
            sender: self.sender.as_deref().cloned(),
        }
    }

    /// The status of the response.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.error.as_str()
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
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code();
        let challenge = self.challenge.as_deref();
        let body = Body { code, message: &self.message, fields: &self.fields, challenge };
        let mut response = (self.status, Json(Envelope { success: false, error: body })).into_response();
        response.extensions_mut().insert(RefusalMark {
            status: self.status,
            code,
            fields: self.fields,
            retry_after: self.retry_after,
            is_final: false,
            sender: self.sender.map(|sender| *sender),
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

/// The value of `Retry-After`, which has whole seconds (RFC 9110 section 10.2.3). Every such field is made here.
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
