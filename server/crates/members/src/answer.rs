//! How errors are answered that no caller can avoid.

use axum::response::{IntoResponse, Response};
use web::flow_error::refused;

use crate::failure::Failure;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refused(&self)
    }
}
