//! What goes wrong around an account.

use db::DbError;
use limits::{LimitError, LimitExceeded};
use tokens::TokensError;
use web::{FieldProblem, Refusal};

use crate::model::password_error::PasswordError;

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
}

impl From<LimitError> for AccountError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Exceeded(exceeded) => Self::TooMany(exceeded),
            LimitError::Db(error) => Self::Db(error),
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
