//! One line in the log and one count for every request.

use std::time::{Duration, Instant, SystemTime};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use gateway::Passage;
use http::uri::PathAndQuery;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use web::{ClientAddress, RequestId};

use crate::access_line::AccessLine;
use crate::answer_counts::AnswerCounts;
use crate::{log, metrics_catalogue};

/// How often measured times are counted.
const PAUSE: Duration = Duration::from_secs(5);

/// Begins to count. A second call in one process finds the first one's recorder in place and counts apart from it.
pub fn init_metrics() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    metrics_catalogue::describe();
    handle
}

/// Keeps what was measured small until `end`. Each measured time takes room until it is counted, and where nobody asks for
/// the metrics, only this counts it.
pub async fn keep_up(metrics: PrometheusHandle, end: CancellationToken) {
    while end.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some() {
        metrics.run_upkeep();
    }
}

/// The route that answered, told by the inner layer to the one who sees the request before it is matched.
#[derive(Clone)]
enum MatchedRoute {
    Matched(MatchedPath),
    Exact(&'static str),
}

impl MatchedRoute {
    fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Exact(path) => path,
        }
    }
}

/// Keeps the path of a route that was found without the router.
pub fn note_path(response: &mut Response, path: &'static str) {
    response.extensions_mut().insert(MatchedRoute::Exact(path));
}

/// The inner layer: keeps the matched route with the answer.
pub async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(MatchedRoute::Matched(route));
    }
    response
}

/// A request as it came, for its line and its count.
pub struct RequestLog {
    at: Instant,
    method: &'static str,
    target: Option<PathAndQuery>,
    client: ClientAddress,
}

impl RequestLog {
    /// The request that has come just now.
    pub fn of(request: &Request, client: ClientAddress) -> Self {
        let (method, target) = (method_label(request.method()), request.uri().path_and_query().cloned());
        Self { at: Instant::now(), method, target, client }
    }

    /// Says how it was answered.
    pub fn answered(&self, id: &RequestId, response: &Response, counts: &AnswerCounts) {
        let took = self.at.elapsed();
        let passage = response.extensions().get::<Passage>();
        let matched = response.extensions().get::<MatchedRoute>();
        let route = match (passage, matched) {
            (Some(passage), _) => &*passage.route,
            (None, Some(matched)) => matched.as_str(),
            (None, None) => "unmatched",
        };
        let line = AccessLine {
            request_id: id.as_str(),
            method: self.method,
            path: self.path(),
            network: self.client,
            route,
            status: response.status().as_u16(),
            ms: took.as_secs_f64() * 1000.0,
            member: passage.and_then(|passage| passage.member.as_deref()),
        };
        log_line(&line);
        // The gateway counts its requests itself, by its own routes.
        if passage.is_none() {
            counts.count(route, self.method, response.status().as_u16(), took);
        }
    }

    /// The path goes into the log without its query, which may hold a code or a state (S-LOG-2).
    fn path(&self) -> &str {
        let path = self.target.as_ref().map_or("", PathAndQuery::path);
        path.char_indices().nth(200).map_or(path, |(end, _)| &path[..end])
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log has the machine's time, also where the program's clock is moved"
)]
fn log_line(line: &AccessLine<'_>) {
    if !tracing::enabled!(Level::INFO) {
        return;
    }
    let Some(lines) = log::json() else { return trace(line) };
    lines.add(|waiting| {
        let begin = waiting.len();
        if line.write(SystemTime::now(), module_path!(), waiting).is_err() {
            waiting.truncate(begin);
        }
    });
}

fn trace(line: &AccessLine<'_>) {
    let AccessLine { request_id, method, path, network, route, status, ms, member } = *line;
    tracing::info!(request_id, method, path, ?network, route, status, ms, member, "answered");
}

/// Methods are free text in HTTP; a metric's label must not be.
fn method_label(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
