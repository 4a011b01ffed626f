//! How errors of flows are answered.

use axum::response::{IntoResponse as _, Response};
use web::Refuse;

/// The answer, with what an operator should know of it in the log.
pub(crate) fn refused(error: &impl Refuse) -> Response {
    let refusal = error.refusal();
    if error.is_limit() {
        tracing::warn!(event = "limit_hit", limit = refusal.code(), "a request about posts was refused");
    } else if refusal.status().is_server_error() {
        tracing::error!(error = error as &dyn std::error::Error, "a request about posts failed");
    }
    refusal.into_response()
}

/// The error of an endpoint: the error of a flow that handlers can answer with.
macro_rules! endpoint_error {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident $reasons:tt) => {
        web::flow_error! { $(#[$meta])* $visibility enum $name $reasons }

        impl axum::response::IntoResponse for $name {
            fn into_response(self) -> axum::response::Response {
                $crate::answer::refused(&self)
            }
        }
    };
}
pub(crate) use endpoint_error;
