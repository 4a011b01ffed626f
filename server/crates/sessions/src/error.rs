//! Errors that no caller can avoid, and how errors of flows are answered.

use axum::response::{IntoResponse, Response};
use db::DbError;
use members::Failure;
use tokens::TokensError;
use web::{Refusal, Refuse};

/// The database, the token service, or an internal error.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
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

impl SessionsError {
    /// The refusal, with nothing internal in it.
    pub fn refusal(&self) -> Refusal {
        match self {
            // Without keys no token can be made; they come back with the database.
            Self::Db(DbError::Unavailable(_))
            | Self::Tokens(TokensError::Db(DbError::Unavailable(_)) | TokensError::NoSigningKey) => {
                Refusal::unavailable()
            }
            Self::Db(_) | Self::Tokens(_) | Self::Internal(_) => Refusal::internal(),
        }
    }

    /// The refusal, with its cause in the log.
    pub fn refuse(&self) -> Refusal {
        refused(self, REQUEST)
    }
}

impl Refuse for SessionsError {
    fn refusal(&self) -> Refusal {
        Self::refusal(self)
    }
}

impl IntoResponse for SessionsError {
    fn into_response(self) -> Response {
        self.refuse().into_response()
    }
}

impl From<TokensError> for SessionsError {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Db(error) => Self::Db(error),
            other => Self::Tokens(other),
        }
    }
}

impl From<Failure> for SessionsError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Db(error) => Self::Db(error),
            Failure::Tokens(error) => Self::Tokens(error),
            Failure::Internal(why) => Self::Internal(why),
        }
    }
}

/// For the port with which accounts renew a session.
impl From<SessionsError> for Failure {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::Db(error) => Self::Db(error),
            SessionsError::Tokens(error) => Self::Tokens(error),
            SessionsError::Internal(why) => Self::Internal(why),
        }
    }
}

/// What the log calls a refused sign-in, and any other refused request.
pub(crate) const SIGN_IN: &str = "sign_in";
pub(crate) const REQUEST: &str = "request_refused";

/// The refusal, with its cause in the log.
pub(crate) fn refused(error: &impl Refuse, event: &'static str) -> Refusal {
    let refusal = error.refusal();
    if refusal.status().is_server_error() {
        tracing::error!(error = error as &dyn std::error::Error, "a session request failed");
    } else {
        tracing::warn!(event, outcome = "failure", reason = %error, "a session request was refused");
    }
    refusal
}

/// Declares the error of an endpoint: the error of a flow that handlers can answer with. For a sign-in it names the reasons for
/// which somebody was not let in.
macro_rules! endpoint_error {
    (
        $(#[$meta:meta])* $visibility:vis enum $name:ident $reasons:tt
        $(sign_in: $($variant:ident),+;)?
    ) => {
        web::flow_error! { $(#[$meta])* $visibility enum $name $reasons }

        impl axum::response::IntoResponse for $name {
            fn into_response(self) -> axum::response::Response {
                let event = $crate::error::REQUEST;
                $(let event = if matches!(&self, $(Self::$variant(_))|+) { $crate::error::SIGN_IN } else { event };)?
                axum::response::IntoResponse::into_response($crate::error::refused(&self, event))
            }
        }
    };
}
pub(crate) use endpoint_error;
