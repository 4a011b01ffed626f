//! The request id: one name for everything that a request caused, in the answer, in each log line, in the audit log.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use kernel::{Clock, Randomness};

/// The header that carries the id, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request at hand; an extension of every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// An id that came from outside: taken if it is 8 to 64 letters, digits, `-`, `_` or `.` (S-LOG-5).
    pub fn from_outside(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((8..=64).contains(&text.len()) && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// A new id.
    pub fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        Self(kernel::new_uuid(clock, randomness).as_hyphenated().to_string().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where new ids come from.
#[derive(Clone, Debug)]
pub struct RequestIds {
    /// The time in the id.
    pub clock: Arc<dyn Clock>,
    /// The chance in the id.
    pub randomness: Arc<dyn Randomness>,
}

/// The layer: finds or makes the id, hands it on, and puts it into the answer.
pub async fn layer(State(ids): State<RequestIds>, mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(HEADER)
        .and_then(RequestId::from_outside)
        .unwrap_or_else(|| RequestId::new(&*ids.clock, &*ids.randomness));
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_log_5_only_short_and_safe_ids_come_in() {
        for good in ["0198c5a2-7c3e", "req_12345678", "a.b-c_d.12"] {
            assert!(RequestId::from_outside(&HeaderValue::from_static(good)).is_some(), "{good}");
        }
        for bad in ["", "short", "with space in it", "quote\"in-it-here", "semi;colon-here"] {
            assert!(RequestId::from_outside(&HeaderValue::from_static(bad)).is_none(), "{bad}");
        }
        assert!(RequestId::from_outside(&HeaderValue::from_str(&"a".repeat(10_240)).unwrap()).is_none());
    }
}
