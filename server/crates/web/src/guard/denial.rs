//! What guards answer when they refuse.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;

use crate::refusal::Refusal;

/// What the sender of a refused request gets.
#[derive(Debug)]
pub enum Denial {
    /// A refusal.
    Refused(Refusal),
    /// A redirect to where they sign in, or prove once more who they are.
    Led(String),
    /// The part's own answer to a request without its proof.
    Answered(Box<Response>),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Answered(response) => *response,
            Self::Led(page) => (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response(),
        }
    }
}
