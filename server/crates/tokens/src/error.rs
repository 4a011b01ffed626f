//! The errors of this part.

use db::DbError;
use kernel::KeyRingError;

/// Why something about tokens could not be done. A refused token is not an error here: see
/// [`VerifyError`](crate::verify_error::VerifyError) and [`Redemption`](crate::redeem::Redemption).
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A stored value cannot be opened.
    #[error(transparent)]
    Sealed(#[from] KeyRingError),
    /// No signing key has been read yet: [`Tokens::start`](crate::tokens::Tokens::start) did not run, or did not succeed.
    #[error("no signing key has been read yet")]
    NoSigningKey,
    /// The access token would be larger than verifiers take: too many scopes or roles.
    #[error("an access token would be larger than 4 KiB")]
    TooLarge,
    /// More was asked for than the token allows that is exchanged.
    #[error("a token cannot be exchanged for one that allows more")]
    ScopeTooWide,
    /// The family's absolute end has come.
    #[error("the family of refresh tokens has reached its end")]
    FamilyOver,
    /// An internal error or of the cryptographic library.
    #[error("{0}")]
    Internal(&'static str),
}

/// An invalid setting. The text says what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`tokens.{key}`: {allowed}")]
pub struct SettingsError {
    /// The setting, as in the configuration's section `[tokens]`.
    pub key: &'static str,
    /// The values that are allowed, as a sentence for operators.
    pub allowed: &'static str,
}
