//! Why a page cannot be drawn, and what its reader gets instead.

use axum::response::{IntoResponse, Response};
use members::AccountError;
use sessions::SessionsError;
use web::Refusal;

/// Why a page cannot be drawn.
pub(super) enum NoPage {
    /// Nothing was found at this address.
    Nothing,
    /// The accounts do not say.
    Accounts(AccountError),
    /// The sessions do not say.
    Sessions(SessionsError),
}

impl From<AccountError> for NoPage {
    fn from(error: AccountError) -> Self {
        Self::Accounts(error)
    }
}

impl From<SessionsError> for NoPage {
    fn from(error: SessionsError) -> Self {
        Self::Sessions(error)
    }
}

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        match self {
            Self::Nothing => Refusal::not_found().into_response(),
            Self::Accounts(error) => error.into_response(),
            Self::Sessions(error) => error.into_response(),
        }
    }
}
