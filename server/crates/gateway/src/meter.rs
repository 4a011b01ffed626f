//! What is counted for each route.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// The metrics of one route. Looked up once, so that a request only adds to them.
pub(crate) struct Meter {
    route: Arc<str>,
    by_status: RwLock<Vec<(StatusCode, Counter)>>,
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

    /// A request was answered.
    pub(crate) fn answered(&self, status: StatusCode, took: Duration) {
        self.seconds.record(took.as_secs_f64());
        let known = self.by_status.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = known.iter().find(|(known, _)| *known == status) {
            count.increment(1);
            return;
        }
        drop(known);
        let labels = [("route", self.route.to_string()), ("status", status.as_u16().to_string())];
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

/// An open request.
pub(crate) struct Opened(Arc<Meter>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open.decrement(1.0);
    }
}
