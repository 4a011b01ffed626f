//! The operator's endpoints, on a listener of their own that is not public (S-OPS-2).

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use db::Database;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::PrometheusHandle;
use web::Refusal;
use web::headers::SecurityHeaders;
use web::request_limits::RequestLimits;

use crate::event_bus::BusStatus;
use crate::http::panics::answer_panics;
use crate::listeners::{self, Listeners};

/// Text that is made when it is needed.
pub type Document = LazyLock<Bytes, Box<dyn FnOnce() -> Bytes + Send>>;

/// What the endpoints look at.
#[derive(Clone)]
pub struct Operations {
    /// The database that must answer for the program to be ready.
    pub db: Database,
    /// What is known of the bus, for a line of its own.
    pub bus: BusStatus,
    /// The metrics.
    pub metrics: PrometheusHandle,
    /// What `daemun openapi` prints: made when it is asked for the first time, since few programs are asked, and making it would hold up
    /// each start.
    pub openapi: Arc<Document>,
    /// What `daemun check` asks for.
    pub listeners: Listeners,
}

/// What holds for each request, as on the public listener: being reached by fewer people makes no sender harmless.
pub struct Surroundings {
    /// What a request may cost (S-RATE-5).
    pub limits: RequestLimits,
    /// What every answer says (S-HDR-10).
    pub security: SecurityHeaders,
}

/// `/health/live`, `/health/ready`, `/metrics`, `/openapi.json` and `/listeners`.
pub fn router(operations: Operations, around: Surroundings) -> Router {
    // No path here takes a body.
    let limits = RequestLimits { larger_bodies: &[], ..around.limits };
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .route(listeners::PATH, get(listeners))
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async { Refusal::for_status(StatusCode::METHOD_NOT_ALLOWED) })
        .with_state(operations)
        .layer(answer_panics())
        .layer(from_fn_with_state(limits, web::request_limits::layer))
        .layer(from_fn_with_state(around.security, web::headers::layer))
}

/// Ready means that the database answers and takes writes: without them nobody could sign in. An outage takes a replica
/// out of rotation; it does not end it.
async fn ready(State(operations): State<Operations>) -> Response {
    let answers = async {
        let mut reader = operations.db.read().await?;
        db::query("SELECT 1").execute(&mut *reader).await?;
        Ok::<_, db::DbError>(())
    };
    if answers.await.is_err() {
        return not_ready("the database does not answer\n");
    }
    match operations.db.check_writes().await {
        // No request needs the bus: events wait in the outbox while it is away.
        Ok(()) => match operations.bus.line() {
            Some(line) => format!("ready\n{line}\n").into_response(),
            None => "ready\n".into_response(),
        },
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database takes no writes");
            not_ready("the database takes no writes\n")
        }
    }
}

fn not_ready(why: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

async fn metrics(State(operations): State<Operations>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], operations.metrics.render())
        .into_response()
}

async fn listeners(State(operations): State<Operations>) -> String {
    operations.listeners.told()
}

async fn openapi(State(operations): State<Operations>) -> Response {
    ([(CONTENT_TYPE, "application/json")], Bytes::clone(&operations.openapi)).into_response()
}
