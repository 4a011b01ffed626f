//! A panic is an internal error: it is answered like any other, and says nothing (S-LOG-8).

use std::any::Any;

use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use web::Refusal;

/// The layer that answers panics of the handlers behind it.
pub fn answer_panics() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(|_| Refusal::internal().into_response())
}
