//! Counts and times of our own answers. The counters of a kind of answer are looked up by their labels once and kept: to make the
//! labels again for each request would take longer than to count it.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Histogram};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;

/// How many kinds are kept. Routes, methods and statuses are few, so none is ever evicted.
const CAPACITY: usize = 4_096;

/// The counters that are in use. They belong to the recorder that is installed when an answer is counted for the first time.
pub struct AnswerCounts(Cache<Kind, Arc<Counters>>);

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    route: Box<str>,
    method: &'static str,
    status: u16,
}

#[derive(Hash)]
struct Asked<'a> {
    route: &'a str,
    method: &'static str,
    status: u16,
}

impl Equivalent<Kind> for Asked<'_> {
    fn equivalent(&self, kind: &Kind) -> bool {
        self.status == kind.status && self.method == kind.method && *self.route == *kind.route
    }
}

struct Counters {
    answers: Counter,
    seconds: Histogram,
}

impl AnswerCounts {
    /// Counts an answer of `route` that took so long.
    pub fn count(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let counters = self.0.get(&Asked { route, method, status }).unwrap_or_else(|| {
            let counters = Arc::new(Counters::of(route, method, status));
            self.0.insert(Kind { route: route.into(), method, status }, Arc::clone(&counters));
            counters
        });
        counters.answers.increment(1);
        counters.seconds.record(took.as_secs_f64());
    }
}

impl Default for AnswerCounts {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Counters {
    fn of(route: &str, method: &'static str, status: u16) -> Self {
        let labels =
            [("route", route.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
        Self {
            answers: metrics::counter!("daemun_http_requests_total", &labels),
            seconds: metrics::histogram!("daemun_http_request_seconds", &labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    #[test]
    fn each_kind_of_answer_is_counted_apart() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let said = recorder.handle();
        let counts = AnswerCounts::default();
        metrics::with_local_recorder(&recorder, || {
            for (route, method, status) in [
                ("/", "GET", 200),
                ("/", "GET", 200),
                ("/", "GET", 304),
                ("/", "HEAD", 200),
                ("/me", "GET", 200),
            ] {
                counts.count(route, method, status, Duration::from_millis(2));
            }
        });
        let said = said.render();
        for (labels, number) in [
            (r#"route="/",method="GET",status="200""#, 2),
            (r#"route="/",method="GET",status="304""#, 1),
            (r#"route="/",method="HEAD",status="200""#, 1),
            (r#"route="/me",method="GET",status="200""#, 1),
        ] {
            assert!(said.contains(&format!("daemun_http_requests_total{{{labels}}} {number}\n")), "{said}");
            assert!(
                said.contains(&format!("daemun_http_request_seconds_count{{{labels}}} {number}\n")),
                "{said}"
            );
        }
    }
}
