//! The operator's endpoints, on a listener of their own that is not public (S-OPS-2).

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use db::Database;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::event_bus::BusStatus;

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
}

/// `/health/live`, `/health/ready`, `/metrics` and `/openapi.json`.
pub fn router(operations: Operations) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .with_state(operations)
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

async fn openapi(State(operations): State<Operations>) -> Response {
    ([(CONTENT_TYPE, "application/json")], Bytes::clone(&operations.openapi)).into_response()
}
