//! Which trace a request belongs to (W3C Trace Context).

use http::{HeaderMap, HeaderName};
use kernel::id::Uuid;
use kernel::{Trace, TraceParent};

use crate::request_id::RequestId;

/// The header field.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What came, if it is one line that can be read.
pub fn traceparent(headers: &HeaderMap) -> Option<TraceParent<'_>> {
    let mut lines = headers.get_all(TRACEPARENT).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => TraceParent::parse(line.to_str().ok()?),
        _ => None,
    }
}

/// The trace that the request came with; or else one that begins with its id, as far as we made that.
pub fn of_request(headers: &HeaderMap, id: &RequestId) -> Option<Trace> {
    let came = traceparent(headers).and_then(Trace::of_parent);
    came.or_else(|| Uuid::try_parse(id.as_str()).ok().filter(|id| !id.is_nil()).map(Trace::of_uuid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const ID: &str = "0198c5a2-7c3e-7abc-8def-0123456789ab";
    const CAME: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn trace(lines: &[&'static str], id: &'static str) -> Option<String> {
        let headers = lines.iter().map(|line| (TRACEPARENT, HeaderValue::from_static(line))).collect();
        let id = RequestId::from_outside(&HeaderValue::from_static(id)).unwrap();
        Some(of_request(&headers, &id)?.traceparent(1))
    }

    #[test]
    fn a_request_is_in_the_trace_that_it_came_with_or_in_one_of_its_own() {
        let own = "00-0198c5a27c3e7abc8def0123456789ab-0000000000000001-00";
        let came = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
        assert_eq!(trace(&[CAME], ID).as_deref(), Some(came));
        assert_eq!(trace(&[], ID).as_deref(), Some(own));
        assert_eq!(trace(&["00-nonsense"], ID).as_deref(), Some(own));
        assert_eq!(trace(&[CAME, CAME], ID).as_deref(), Some(own));
        assert_eq!(trace(&[], "somebody.s_request"), None, "an id from outside that is none of ours");
    }
}
