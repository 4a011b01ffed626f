//! One line in the log and one count for every request.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use admin::OwnRoute;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use gateway::{CLIENT_LEFT, Passage};
use http::uri::PathAndQuery;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use web::{ClientAddress, RequestId};

use crate::access_line::AccessLine;
use crate::answer_counts::AnswerCounts;
use crate::{log, metrics_catalogue};

/// How often measured times are counted.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

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
    while end.run_until_cancelled(tokio::time::sleep(FLUSH_INTERVAL)).await.is_some() {
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

/// Where answers are written down and counted.
pub struct AnswerLog {
    counts: AnswerCounts,
    own: Arc<[OwnRoute]>,
}

impl AnswerLog {
    /// For a program with these routes of its own.
    pub fn new(own: Arc<[OwnRoute]>) -> Self {
        Self { counts: AnswerCounts::default(), own }
    }

    /// The request that has come just now. At the gateway, its way will be in `passage`.
    pub fn begin<'a>(
        &'a self,
        request: &Request,
        id: &'a RequestId,
        client: ClientAddress,
        passage: &'a Passage,
    ) -> RequestLog<'a> {
        let (method, target) = (method_label(request.method()), request.uri().path_and_query().cloned());
        RequestLog { log: self, at: Instant::now(), method, target, id, client, passage, is_answered: false }
    }

    /// The pattern of the route of our own at a path, for a request that no answer tells it of.
    fn own_route(&self, path: &str) -> Option<&'static str> {
        let found = self.own.iter().map(|route| route.path).filter(|pattern| is_pattern_of(pattern, path));
        found.min_by_key(|pattern| pattern.matches('{').count())
    }
}

/// Whether a path has the form of a pattern such as `/members/{id}` or `/pkg/{*file}`.
fn is_pattern_of(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        match segments.next() {
            Some(_) if part.starts_with("{*") => return true,
            Some(segment) if part.starts_with('{') && !segment.is_empty() => {}
            Some(segment) if segment == part => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

/// A request as it came, for its line and its count.
pub struct RequestLog<'a> {
    log: &'a AnswerLog,
    at: Instant,
    method: &'static str,
    target: Option<PathAndQuery>,
    id: &'a RequestId,
    client: ClientAddress,
    passage: &'a Passage,
    is_answered: bool,
}

impl RequestLog<'_> {
    /// Says how it was answered.
    pub fn answered(mut self, response: &Response) {
        self.is_answered = true;
        let matched = response.extensions().get::<MatchedRoute>().map(MatchedRoute::as_str);
        self.say(matched, response.status().as_u16());
    }

    fn say(&self, own_route: Option<&str>, status: u16) {
        let (took, passed) = (self.at.elapsed(), self.passage.route());
        let route = passed.or(own_route).unwrap_or("unmatched");
        let line = AccessLine {
            request_id: self.id.as_str(),
            method: self.method,
            path: self.path(),
            network: self.client,
            route,
            status,
            ms: took.as_secs_f64() * 1000.0,
            member: self.passage.member(),
        };
        log_line(&line);
        // The gateway counts its requests itself, by its own routes.
        if passed.is_none() {
            self.log.counts.count(route, self.method, status, took);
        }
    }

    /// The path goes into the log without its query, which may hold a code or a state (S-LOG-2).
    fn path(&self) -> &str {
        let path = self.target.as_ref().map_or("", PathAndQuery::path);
        path.char_indices().nth(200).map_or(path, |(end, _)| &path[..end])
    }
}

/// The server drops the answer of a client that is gone. What it asked for may have been done all the same, so it has its line.
impl Drop for RequestLog<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            let path = self.target.as_ref().map_or("", PathAndQuery::path);
            self.say(self.log.own_route(path), CLIENT_LEFT);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_nobody_answered_is_named_by_its_path() {
        let route = |path| OwnRoute { method: "GET", path, guard: String::new() };
        let paths = ["/", "/members/{id}", "/members/me", "/members/{id}/posts", "/pkg/{*file}"];
        let log = AnswerLog::new(paths.map(route).into());
        for (path, pattern) in [
            ("/", Some("/")),
            ("/members/7", Some("/members/{id}")),
            ("/members/me", Some("/members/me")),
            ("/members/7/posts", Some("/members/{id}/posts")),
            ("/pkg/a/b.js", Some("/pkg/{*file}")),
            ("/members/", None),
            ("/members/7/8", None),
            ("/other", None),
        ] {
            assert_eq!(log.own_route(path), pattern, "{path}");
        }
    }
}
