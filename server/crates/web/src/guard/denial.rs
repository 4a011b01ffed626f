//! What guards answer when they refuse.

use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use names::ErrorCode;

use crate::challenge;
use crate::refusal::Refusal;

/// What the sender of a refused request gets.
#[derive(Debug)]
pub enum Denial {
    /// A refusal.
    Refused(Refusal),
    /// A refusal to an access token that does not allow what this scope does.
    Scope(&'static str),
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
            Self::Refused(refusal) => {
                let challenge = challenge::of_refusal(&refusal);
                challenged(refusal, challenge)
            }
            Self::Scope(scope) => {
                challenged(Refusal::of(ErrorCode::InsufficientScope), challenge::insufficient_scope(scope))
            }
            Self::Answered(response) => *response,
            Self::Led(page) => (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response(),
        }
    }
}

/// A refusal that says how its sender could show who they are.
fn challenged(refusal: Refusal, challenge: Option<HeaderValue>) -> Response {
    let mut response = refusal.into_response();
    if let Some(challenge) = challenge {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
