//! What goes wrong around an account, and the refusal that each case becomes. The one place that maps them.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use db::DbError;
use http::StatusCode;
use limits::{LimitError, LimitExceeded};
use tokens::TokensError;
use web::{FieldProblem, Refusal};

use crate::password::password_hasher::HashingError;
use crate::password::password_policy::PasswordError;

/// Why a request about an account is not served.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nobody signs in by this address and password. Unknown, wrong, without password, disabled, not proven: it does not
    /// say which (S-ACC-6).
    #[error("address and password do not open an account")]
    BadCredentials,
    /// A token or code that is unknown, spent, over, or for something else.
    #[error("a token or code of a mail was refused")]
    BadProof,
    /// Several sign-ups with different passwords wait for this address: the person who proves it must say the password. The
    /// token stays good.
    #[error("the proof must name the password")]
    PasswordNeeded,
    /// The address has an account.
    #[error("the address has an account")]
    Taken,
    /// The new password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Fields are missing or wrong.
    #[error("fields are not as allowed")]
    Fields(Vec<FieldProblem>),
    /// The body, or how it came.
    #[error("the request was refused")]
    Refused(Refusal),
    /// Too many tries.
    #[error("too many tries")]
    TooMany(LimitExceeded),
    /// Too many passwords are being worked on.
    #[error("too many passwords are being worked on")]
    Busy,
    /// The caller is nobody.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The current password is wrong.
    #[error("the present password is another one")]
    WrongPassword,
    /// The account has no password yet.
    #[error("the account has no password")]
    NoPassword,
    /// The account has a password already.
    #[error("the account has a password")]
    HasPassword,
    /// The account was changed by another request in the meantime.
    #[error("the account was changed meanwhile")]
    ChangedMeanwhile,
    /// The last sign-in method cannot be taken away.
    #[error("it is the last sign-in method")]
    LastSignInMethod,
    /// The identity is another member's sign-in method.
    #[error("the identity is another member's")]
    IdentityTaken,
    /// There is nothing here.
    #[error("there is nothing here")]
    NotFound,
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

impl AccountError {
    /// The code in the audit log.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::BadProof => "bad_proof",
            Self::PasswordNeeded => "password_needed",
            Self::Taken => "address_taken",
            Self::WrongPassword => "wrong_password",
            Self::LastSignInMethod => "last_way_in",
            Self::IdentityTaken => "identity_taken",
            _ => "refused",
        }
    }

    /// The refusal, without anything internal in it.
    pub fn refusal(&self) -> Refusal {
        let bad = |code, message| Refusal::new(StatusCode::BAD_REQUEST, code, message);
        let conflict = |code, message| Refusal::new(StatusCode::CONFLICT, code, message);
        match self {
            Self::BadCredentials => Refusal::new(
                StatusCode::UNAUTHORIZED,
                "AUTH_BAD_CREDENTIALS",
                "The email address or the password is wrong.",
            ),
            Self::BadProof => bad(
                "MAIL_PROOF_INVALID",
                "This link or code was used before or has expired. Ask for a new mail.",
            ),
            Self::PasswordNeeded => {
                bad("PASSWORD_NEEDED", "Send the password that the account is to have as well.")
            }
            Self::Taken => conflict("AUTH_EMAIL_DUPLICATE", "This email address already has an account."),
            Self::Password(error) => Refusal::fields(vec![FieldProblem {
                reason: Some(reason(*error)),
                ..FieldProblem::new("password", allowed(*error))
            }]),
            Self::Fields(fields) => Refusal::fields(fields.clone()),
            Self::Refused(refusal) => refusal.clone(),
            Self::TooMany(exceeded) => Refusal::from(*exceeded),
            Self::Busy => Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "BUSY",
                "Too many people are signing in at the moment. Try again shortly.",
            )
            .retry_after(Duration::from_secs(3)),
            Self::NotSignedIn => Refusal::for_status(StatusCode::UNAUTHORIZED),
            Self::WrongPassword => bad("CURRENT_PASSWORD_WRONG", "The current password is wrong."),
            Self::NoPassword => conflict("PASSWORD_NOT_SET", "This account has no password yet."),
            Self::HasPassword => conflict("PASSWORD_SET", "This account has a password. Change it instead."),
            Self::ChangedMeanwhile => conflict(
                "ACCOUNT_CHANGED",
                "The account was changed in the meantime. Load it again, then retry.",
            ),
            Self::LastSignInMethod => conflict(
                "LAST_WAY_IN",
                "This is the only sign-in method of the account. Link another one first.",
            ),
            Self::IdentityTaken => conflict("IDENTITY_TAKEN", "This identity belongs to another account."),
            Self::NotFound => Refusal::not_found(),
            Self::Db(DbError::Unavailable(_)) | Self::Tokens(TokensError::Db(DbError::Unavailable(_))) => {
                Refusal::unavailable()
            }
            Self::Db(_) | Self::Tokens(_) | Self::Internal(_) => Refusal::internal(),
        }
    }
}

/// What is allowed where a password was not taken.
fn allowed(error: PasswordError) -> Cow<'static, str> {
    match error {
        PasswordError::Length { least, most } => {
            format!("{least} to {most} characters; a sentence is easy to remember").into()
        }
        PasswordError::Leaked => {
            "not close to leaked passwords, which are easy to guess; a sentence of several words is safe"
                .into()
        }
        PasswordError::Context => "not made of this site's name, the address or the nickname".into(),
    }
}

/// The code of the rule that a password breaks; pages explain each in its own words.
const fn reason(error: PasswordError) -> &'static str {
    match error {
        PasswordError::Length { .. } => "PASSWORD_LENGTH",
        PasswordError::Leaked => "PASSWORD_LEAKED",
        PasswordError::Context => "PASSWORD_CONTEXT",
    }
}

impl From<LimitError> for AccountError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
        }
    }
}

impl From<HashingError> for AccountError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Internal(why) => Self::Internal(why),
        }
    }
}

impl From<TokensError> for AccountError {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Db(error) => Self::Db(error),
            other => Self::Tokens(other),
        }
    }
}

impl From<Refusal> for AccountError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let refusal = self.refusal();
        if matches!(self, Self::TooMany(_) | Self::Busy) {
            tracing::warn!(event = "limit_hit", limit = refusal.code(), "an account request was refused");
        } else if refusal.status().is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "an account request failed");
        }
        refusal.into_response()
    }
}
