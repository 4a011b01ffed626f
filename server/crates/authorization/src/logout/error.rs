//! Why a request to sign out cannot be served.

use axum::response::{IntoResponse, Response};
use db::DbError;
use names::ErrorCode;
use sessions::SessionsError;
use tokens::TokensError;
use web::Refusal;

/// Why nothing can be done.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// A `POST` without a form.
    #[error("a request to sign out by POST has no form in its body")]
    NoForm,
    /// The body could not be read.
    #[error("the body of a request to sign out could not be read")]
    Body(Refusal),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The tokens.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The session could not be read or started.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

impl LogoutError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NoForm => Refusal::of(ErrorCode::LogoutRequestInvalid),
            Self::Body(refusal) => refusal.clone(),
            Self::Sessions(error) => error.refusal(),
            Self::Db(DbError::Unavailable(_)) | Self::Tokens(TokensError::Db(DbError::Unavailable(_))) => {
                Refusal::unavailable()
            }
            Self::Db(_) | Self::Tokens(_) => Refusal::internal(),
        }
    }
}

impl IntoResponse for LogoutError {
    fn into_response(self) -> Response {
        let refusal = self.refusal();
        if refusal.status().is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "a request to sign out failed");
        }
        refusal.into_response()
    }
}
