//! Log, spans and metrics of every request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use gateway::Passage;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;
use web::{ClientAddress, RequestId};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, every value encoded (S-LOG-3).
    Json,
}

/// Begins to log to standard error. A second call changes nothing.
pub fn init_log(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => log.with_target(false).compact().try_init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
}

/// Begins to count. A second call in one process finds the first one's recorder in place and counts apart from it.
pub fn init_metrics() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    handle
}

/// The route that answered, told by the inner layer to the outer one, which sees the request before it is matched.
#[derive(Clone)]
struct MatchedRoute(MatchedPath);

/// The inner layer: keeps the matched route with the answer.
pub async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(MatchedRoute(route));
    }
    response
}

/// The outer layer: a span with the request id around everything, one line and one count at the end. The path goes
/// into the log without its query, which may hold a code or a state (S-LOG-2).
pub async fn layer(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id =
        request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let network =
        request.extensions().get::<ClientAddress>().map(|client| client.network()).unwrap_or_default();
    let method = method_label(request.method());
    let path: String = request.uri().path().chars().take(200).collect();
    let span = tracing::info_span!("http.request", request_id, method, path, network);
    let response = next.run(request).instrument(span).await;
    // Outside the span, so that the line is flat: its own fields, each once.
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let ms = took.as_secs_f64() * 1000.0;
    // The gate counts its requests itself, by its own routes.
    if let Some(Passage { route, member }) = response.extensions().get::<Passage>() {
        let member = member.as_deref();
        tracing::info!(request_id, method, path, network, route = &**route, status, ms, member, "answered");
        return response;
    }
    let route = response.extensions().get::<MatchedRoute>();
    let route = route.map_or_else(|| "unmatched".to_owned(), |route| route.0.as_str().to_owned());
    tracing::info!(request_id, method, path, network, route, status, ms, "answered");
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("daemun_http_requests_total", &labels).increment(1);
    metrics::histogram!("daemun_http_request_seconds", &labels).record(took.as_secs_f64());
    response
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
