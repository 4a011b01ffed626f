//! How errors of flows are answered.

use axum::response::{IntoResponse, Response};
use web::Refuse;

use crate::failure::Failure;
use crate::reason::NotFound;

/// The answer; what an operator should know goes to the log.
pub(crate) fn refused(error: &impl Refuse) -> Response {
    let refusal = error.refusal();
    if error.is_limit() {
        tracing::warn!(event = "limit_hit", limit = refusal.code(), "an account request was refused");
    } else if refusal.status().is_server_error() {
        tracing::error!(error = error as &dyn std::error::Error, "an account request failed");
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

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refused(&self)
    }
}

impl IntoResponse for NotFound {
    fn into_response(self) -> Response {
        refused(&self)
    }
}
