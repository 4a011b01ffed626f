//! What goes wrong around a session, and the refusal that each case becomes. The one place that maps them.

use axum::response::{IntoResponse, Response};
use db::DbError;
use http::StatusCode;
use limits::LimitExceeded;
use members::{
    ChangedMeanwhile, Failure, LinkError, NotSignedIn, PasswordSignInError, RenewalError, SignInError,
};
use tokens::TokensError;
use web::{Refusal, Refuse as _};

/// Why a request about sessions is not served.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// No such provider, or it is switched off.
    #[error("there is no such provider")]
    UnknownProvider,
    /// A callback that does not belong to this browser, this provider, or this time.
    #[error("a login callback was refused: {0}")]
    BadCallback(&'static str),
    /// A callback that was used up, in a browser that is signed in.
    #[error("a login callback was used up, and its browser is signed in")]
    SignedInAlready,
    /// The same callback is still being worked on.
    #[error("the same login callback is still being worked on")]
    CallbackUnderWay,
    /// Too many sign-ins were begun, here or in all.
    #[error("too many sign-ins were begun")]
    TooManySignIns(LimitExceeded),
    /// A form field is wrong.
    #[error("a form was refused")]
    Form(Refusal),
    /// A refresh token that is not good, for whatever reason.
    #[error("a refresh token was refused: {0}")]
    RefreshRefused(&'static str),
    /// Nobody signs in by this e-mail and password.
    #[error(transparent)]
    PasswordSignIn(PasswordSignInError),
    /// An identity does not become a sign-in method.
    #[error(transparent)]
    Link(LinkError),
    /// The account was changed by another request in the meantime.
    #[error(transparent)]
    ChangedMeanwhile(#[from] ChangedMeanwhile),
    /// The session has ended or was renewed meanwhile.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The account is disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The address has an account with another sign-in method: its owner signs in with that, and links this one then.
    #[error("the address has an account with another sign-in method")]
    AddressHasAccount,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service.
    #[error(transparent)]
    Tokens(TokensError),
    /// An internal error.
    #[error("{0}")]
    Internal(&'static str),
}

impl SessionsError {
    /// Whether another request changed the account in the same moment, so that a second try finds it as it is now.
    pub(crate) const fn lost_a_race(&self) -> bool {
        matches!(self, Self::Db(DbError::Exists(_)) | Self::ChangedMeanwhile(_))
    }

    /// The refusal, without anything internal in it.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::UnknownProvider => Refusal::not_found(),
            Self::BadCallback(_) => Refusal::new(
                StatusCode::BAD_REQUEST,
                "LOGIN_EXPIRED",
                "This login has expired or belongs to another browser. Start again.",
            ),
            Self::SignedInAlready => Refusal::new(
                StatusCode::BAD_REQUEST,
                "SIGNED_IN_ALREADY",
                "This login was completed before, and you are signed in. Continue from the main page.",
            ),
            Self::CallbackUnderWay => Refusal::unavailable(),
            Self::TooManySignIns(exceeded) => Refusal::from(*exceeded),
            Self::Form(refusal) => refusal.clone(),
            Self::PasswordSignIn(error) => error.refusal(),
            Self::Link(error) => error.refusal(),
            Self::ChangedMeanwhile(error) => error.refusal(),
            Self::NotSignedIn(error) => error.refusal(),
            Self::RefreshRefused(_) => Refusal::new(
                StatusCode::UNAUTHORIZED,
                "AUTH_REFRESH_INVALID",
                "The refresh token is not valid. Sign in again.",
            ),
            Self::AccountDisabled => Refusal::for_status(StatusCode::FORBIDDEN),
            Self::AddressHasAccount => Refusal::for_status(StatusCode::CONFLICT),
            // Without keys no token can be made; they come back with the database.
            Self::Db(DbError::Unavailable(_))
            | Self::Tokens(TokensError::Db(DbError::Unavailable(_)) | TokensError::NoSigningKey) => {
                Refusal::unavailable()
            }
            Self::Db(DbError::Exists(_) | DbError::Unreadable { .. } | DbError::Internal(_))
            | Self::Tokens(_)
            | Self::Internal(_) => Refusal::internal(),
        }
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

impl From<PasswordSignInError> for SessionsError {
    fn from(error: PasswordSignInError) -> Self {
        match error {
            PasswordSignInError::Failed(failure) => failure.into(),
            other => Self::PasswordSignIn(other),
        }
    }
}

impl From<LinkError> for SessionsError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Failed(failure) => failure.into(),
            LinkError::ChangedMeanwhile(changed) => changed.into(),
            other => Self::Link(other),
        }
    }
}

/// For the port with which accounts renew a session.
impl From<SessionsError> for RenewalError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::NotSignedIn(error) => Self::NotSignedIn(error),
            SessionsError::Db(error) => error.into(),
            SessionsError::Tokens(error) => error.into(),
            SessionsError::Internal(why) => Failure::Internal(why).into(),
            _ => Failure::Internal("a session cannot be renewed").into(),
        }
    }
}

impl From<SignInError> for SessionsError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Disabled => Self::AccountDisabled,
            SignInError::AddressHasAccount => Self::AddressHasAccount,
            SignInError::ChangedMeanwhile(error) => Self::ChangedMeanwhile(error),
            SignInError::Failed(failure) => failure.into(),
        }
    }
}

impl SessionsError {
    /// Whether somebody tried to sign in, as opposed to a sign-out or a token that was refused.
    const fn is_sign_in(&self) -> bool {
        matches!(
            self,
            Self::PasswordSignIn(_)
                | Self::Link(_)
                | Self::ChangedMeanwhile(_)
                | Self::NotSignedIn(_)
                | Self::BadCallback(..)
                | Self::AccountDisabled
                | Self::AddressHasAccount
                | Self::TooManySignIns(..)
        )
    }

    /// The refusal, with its cause in the log.
    pub fn refuse(&self) -> Refusal {
        let refusal = self.refusal();
        if refusal.status().is_server_error() {
            tracing::error!(error = self as &dyn std::error::Error, "a session request failed");
        } else {
            let event = if self.is_sign_in() { "sign_in" } else { "request_refused" };
            tracing::warn!(event, outcome = "failure", reason = %self, "a session request was refused");
        }
        refusal
    }
}

impl IntoResponse for SessionsError {
    fn into_response(self) -> Response {
        self.refuse().into_response()
    }
}
