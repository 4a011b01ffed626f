//! The trace that some work belongs to (W3C Trace Context): one id for everything that a request causes, in every program that
//! takes part in it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Uuid;

/// The fields of a `traceparent` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent<'a> {
    /// The id of the trace: 32 hexadecimal digits.
    pub trace: &'a str,
    /// The id of the sender's span: 16 hexadecimal digits.
    pub span: &'a str,
    /// Whether the sender may have recorded the span. Other flags are not passed on (section 3.2.2.5).
    pub sampled: bool,
}

impl<'a> TraceParent<'a> {
    /// Parses a `traceparent` (section 3.2); `None` when it is malformed. A later version may have further fields at its end.
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split('-');
        let (version, trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let is_hex = |text: &str, len: usize| {
            text.len() == len
                && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        // An id of zeros means "none" (section 3.2.2.3).
        let is_id = |text: &str, len| is_hex(text, len) && text.bytes().any(|byte| byte != b'0');
        let known = is_hex(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
        let flags = u8::from_str_radix(flags, 16).ok().filter(|_| is_hex(flags, 2))?;
        (known && is_id(trace, 32) && is_id(span, 16)).then_some(Self {
            trace,
            span,
            sampled: flags & 1 == 1,
        })
    }
}

tokio::task_local! {
    /// The trace that the task works for.
    static CURRENT: Option<Trace>;
}

/// The trace that a request belongs to (W3C Trace Context), and whether it is sampled.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    id: u128,
    sampled: bool,
}

impl Trace {
    /// The trace of a `traceparent`.
    pub fn of_traceparent(line: &str) -> Option<Self> {
        TraceParent::parse(line).and_then(Self::of_parent)
    }

    /// The trace of these fields.
    pub fn of_parent(TraceParent { trace, sampled, .. }: TraceParent<'_>) -> Option<Self> {
        Some(Self { id: u128::from_str_radix(trace, 16).ok()?, sampled })
    }

    /// A new trace with the id of the work that begins it. It is not sampled: we record no traces.
    pub const fn of_uuid(id: Uuid) -> Self {
        Self { id: id.as_u128(), sampled: false }
    }

    /// The `traceparent` of a span of this trace.
    pub fn traceparent(self, span: u64) -> String {
        format!("00-{:032x}-{span:016x}-{:02x}", self.id, u8::from(self.sampled))
    }

    /// Runs `work` so that [`Trace::current`] returns `trace` within it.
    pub fn within<F: Future>(trace: Option<Self>, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(trace, work)
    }

    /// The trace that the current task works for.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|trace| *trace).ok().flatten()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_under_another_span() {
        let line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = Trace::of_traceparent(line).unwrap();
        assert_eq!(trace.traceparent(7), "00-0af7651916cd43dd8448eb211c80319c-0000000000000007-01");
        assert_eq!(Trace::of_traceparent(&trace.traceparent(7)), Some(trace));
        assert_eq!(Trace::of_traceparent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"), None);
        // Flags that nobody knows yet are not passed on.
        for (flags, passed_on) in [("00", "00"), ("02", "00"), ("ff", "01")] {
            let line = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
            assert!(Trace::of_traceparent(&line).unwrap().traceparent(7).ends_with(&format!("-{passed_on}")));
        }
    }

    #[test]
    fn work_knows_its_trace_and_no_other() {
        let trace = Trace::of_uuid(Uuid::from_u128(7));
        assert_eq!(Trace::current(), None);
        let mut within = std::pin::pin!(Trace::within(Some(trace), async { Trace::current() }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(within.as_mut().poll(&mut context), std::task::Poll::Ready(Some(trace)));
        assert_eq!(Trace::current(), None);
    }
}
