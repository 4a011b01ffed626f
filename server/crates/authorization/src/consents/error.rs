//! Why something about consents could not be done, and the refusal that each case becomes.

use axum::response::{IntoResponse, Response};
use db::DbError;
use tokens::TokensError;
use web::Refusal;

/// Why something about consents could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// A form field is wrong.
    #[error("a form was refused")]
    Form(Refusal),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service failed: its keys, or the database.
    #[error(transparent)]
    Tokens(#[from] TokensError),
}

impl ConsentError {
    /// What is left of it for those who only read, so that nothing but the database can fail.
    pub fn into_db(self) -> DbError {
        match self {
            Self::Db(error) | Self::Tokens(TokensError::Db(error)) => error,
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "consents cannot be read");
                DbError::Unreadable { column: "consents" }
            }
        }
    }
}

impl IntoResponse for ConsentError {
    fn into_response(self) -> Response {
        let refusal = match &self {
            Self::Form(refusal) => refusal.clone(),
            Self::Db(DbError::Unavailable(_)) | Self::Tokens(TokensError::Db(DbError::Unavailable(_))) => {
                Refusal::unavailable()
            }
            Self::Db(_) | Self::Tokens(_) => Refusal::internal(),
        };
        if refusal.status().is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "a request about consents failed");
        }
        refusal.into_response()
    }
}
