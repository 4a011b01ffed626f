//! The request id, which is in the answer, in each log line and in the audit log.

use std::sync::Arc;

use axum::extract::Request;
use http::{HeaderName, HeaderValue};
use kernel::{Clock, IdReserve, Randomness};

/// The header that carries the id, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request; an extension of every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

tokio::task_local! {
    /// The id of the request that the task works on.
    static CURRENT: RequestId;
}

impl RequestId {
    /// An id from outside: accepted if it is 8 to 64 letters, digits, `-`, `_` or `.` (S-LOG-5).
    pub fn from_outside(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((8..=64).contains(&text.len()) && text.bytes().all(safe)).then(|| Self(value.clone()))
    }

    /// A new id.
    pub fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        let mut text = [0; 36];
        kernel::new_uuid(clock, randomness).as_hyphenated().encode_lower(&mut text);
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as the value of a header.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Does `work` under this id, so that [`RequestId::current`] knows it.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// The id of the current request, for log lines; `None` outside of any request.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// Where new ids come from.
#[derive(Debug)]
pub struct RequestIds {
    clock: Arc<dyn Clock>,
    randomness: IdReserve,
}

impl RequestIds {
    /// Ids made with this clock and this randomness.
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness: IdReserve::new(randomness) }
    }

    /// Finds or makes the id of a request, and adds it as an extension.
    pub fn note(&self, request: &mut Request) -> RequestId {
        let id = request
            .headers()
            .get(HEADER)
            .and_then(RequestId::from_outside)
            .unwrap_or_else(|| RequestId::new(&*self.clock, &self.randomness));
        request.extensions_mut().insert(id.clone());
        id
    }
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
