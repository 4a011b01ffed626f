//! Errors that no caller can avoid.

use db::DbError;
use tokens::TokensError;
use web::{Refusal, Refuse};

/// The database, the token service, or an internal error.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service failed: its keys, or the database.
    #[error(transparent)]
    Tokens(TokensError),
    /// An internal error.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<TokensError> for Failure {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Db(error) => Self::Db(error),
            other => Self::Tokens(other),
        }
    }
}

impl Refuse for Failure {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Db(DbError::Unavailable(_)) | Self::Tokens(TokensError::Db(DbError::Unavailable(_))) => {
                Refusal::unavailable()
            }
            Self::Db(_) | Self::Tokens(_) | Self::Internal(_) => Refusal::internal(),
        }
    }
}
