//! `GET /auth/verify`: the gateway's check alone, for a proxy that is in front of services itself.

use axum::extract::{Request, State};
use axum::response::Response;
use gateway::Gateway;

/// Answers the proxy.
pub async fn get(State(gateway): State<Gateway>, request: Request) -> Response {
    gateway.verify(request).await
}
