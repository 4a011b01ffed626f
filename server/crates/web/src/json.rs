//! JSON bodies, read strictly.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// A JSON body. `T` should deny unknown fields; a member that comes twice is refused by `serde` for every struct.
#[derive(Clone, Copy, Debug)]
pub struct StrictJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refusal(&rejection)),
        }
    }
}

/// The parser's own words may quote the body, which may hold a password, so they stay here.
fn refusal(rejection: &JsonRejection) -> Refusal {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => Refusal::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        JsonRejection::BytesRejection(unread) => Refusal::for_status(unread.status()),
        _ => Refusal::new(
            StatusCode::BAD_REQUEST,
            "VALIDATION_FAILED",
            "The body must be one JSON object with the documented fields, each once and of its type.",
        ),
    }
}
