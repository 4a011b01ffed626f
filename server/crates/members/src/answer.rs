//! How what nobody can help is answered.

use axum::response::{IntoResponse, Response};
use web::flow_error::refused;

use crate::failure::Failure;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refused(&self)
    }
}
