//! Why an authorization request ends on a page of ours.

use axum::response::{IntoResponse, Response};
use db::DbError;
use limits::{LimitError, LimitExceeded};
use sessions::SessionsError;
use tokens::TokensError;
use web::Refusal;

use super::page_error::PageError;

/// Why nobody is sent on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorizeFailure {
    /// The client or the redirect URI is not known to be valid.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The body could not be read.
    #[error("the body of an authorization request could not be read")]
    Body(Refusal),
    /// One network has stored too many requests.
    #[error("too many authorization requests were begun from one network")]
    TooMany(LimitExceeded),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service failed: its keys, or the database.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The session could not be read or started.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// An internal error.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<LimitError> for AuthorizeFailure {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
        }
    }
}

impl AuthorizeFailure {
    /// The refusal, without anything internal in it.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::Page(error) => error.refusal(),
            Self::Body(refusal) => refusal.clone(),
            Self::TooMany(exceeded) => Refusal::from(*exceeded),
            Self::Db(DbError::Unavailable(_)) | Self::Tokens(TokensError::Db(DbError::Unavailable(_))) => {
                Refusal::unavailable()
            }
            Self::Sessions(error) => error.refusal(),
            Self::Db(_) | Self::Tokens(_) | Self::Internal(_) => Refusal::internal(),
        }
    }

    /// The answer, and a line in the log for the developer who looks for the request id that the page shows.
    pub(crate) fn answer(&self, request_id: &str) -> Response {
        self.refuse(request_id).into_response()
    }

    /// The same as a refusal.
    pub(crate) fn refuse(&self, request_id: &str) -> Refusal {
        let refusal = self.refusal();
        if refusal.status().is_server_error() {
            let error = self as &dyn std::error::Error;
            tracing::error!(error, request_id, "an authorization request failed");
        } else {
            let reason = self.to_string();
            tracing::warn!(
                event = "authorization_refused",
                request_id,
                reason,
                "an authorization request was refused"
            );
        }
        refusal
    }
}
