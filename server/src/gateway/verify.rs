//! `GET /auth/verify`: the gateway's check alone, for a proxy that is in front of services itself.

use axum::response::{IntoResponse as _, Response};
use gateway::Verified;
use web::guard::Proven;

/// Answers the proxy, whose request the guard has let pass.
pub async fn get(Proven { proof, .. }: Proven<Verified>) -> Response {
    proof.into_response()
}
