//! The refusal that each error around an account becomes. The one place that maps them.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use db::DbError;
use http::StatusCode;
use tokens::TokensError;
use web::{FieldProblem, Refusal};

use crate::error::AccountError;
use crate::model::password_error::PasswordError;

impl AccountError {
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
