//! What is counted for each route.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::time::Instant;

/// The status under which a request is counted whose client left before there was an answer.
pub const CLIENT_LEFT: u16 = 499;

/// The metrics of one route. Looked up once, so that a request only adds to them.
pub(crate) struct Meter {
    route: Arc<str>,
    by_status: RwLock<Vec<(u16, Counter)>>,
    seconds: Histogram,
    upstream_seconds: Histogram,
    open: Gauge,
}

impl Meter {
    pub(crate) fn new(route: &Arc<str>) -> Self {
        let label = || route.to_string();
        Self {
            route: Arc::clone(route),
            by_status: RwLock::default(),
            seconds: histogram!("daemun_gateway_seconds", "route" => label()),
            upstream_seconds: histogram!("daemun_gateway_upstream_seconds", "route" => label()),
            open: gauge!("daemun_gateway_open", "route" => label()),
        }
    }

    /// A request came; it is open until the value is dropped.
    pub(crate) fn opened(self: &Arc<Self>) -> Opened {
        self.open.increment(1.0);
        Opened(Arc::clone(self))
    }

    /// A request that came at `began` waits for its answer.
    pub(crate) const fn pending(&self, began: Instant) -> Pending<'_> {
        Pending { meter: self, began, is_answered: false }
    }

    fn count(&self, status: u16, took: Duration) {
        self.seconds.record(took.as_secs_f64());
        let known = self.by_status.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = known.iter().find(|(known, _)| *known == status) {
            count.increment(1);
            return;
        }
        drop(known);
        let labels = [("route", self.route.to_string()), ("status", status.to_string())];
        let count = counter!("daemun_gateway_requests_total", &labels);
        count.increment(1);
        self.by_status.write().unwrap_or_else(PoisonError::into_inner).push((status, count));
    }

    /// The upstream took so long to its answer's head.
    pub(crate) fn upstream_took(&self, took: Duration) {
        self.upstream_seconds.record(took.as_secs_f64());
    }

    /// A try at an upstream failed.
    pub(crate) fn failed(&self, why: &'static str) {
        counter!("daemun_gateway_upstream_failures_total", "route" => self.route.to_string(), "why" => why)
            .increment(1);
    }
}

/// A request that is not answered yet.
pub(crate) struct Pending<'a> {
    meter: &'a Meter,
    began: Instant,
    is_answered: bool,
}

impl Pending<'_> {
    /// Counts the request with the status that it got and how long it took.
    pub(crate) fn answered(mut self, status: StatusCode) {
        self.is_answered = true;
        self.meter.count(status.as_u16(), self.began.elapsed());
    }
}

/// The server drops a request whose client is gone. Its service may have done it all the same.
impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            let status = if std::thread::panicking() { 500 } else { CLIENT_LEFT };
            self.meter.count(status, self.began.elapsed());
        }
    }
}

/// An open request: until the end of its answer's body, or of its WebSocket.
pub(crate) struct Opened(Arc<Meter>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open.decrement(1.0);
    }
}
