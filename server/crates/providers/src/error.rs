//! What can go wrong between a button and a member, sorted by what the caller does about it.

use db::DbError;
use web::ReturnTo;

/// Why a provider's answer gave no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentifyError {
    /// The provider cannot answer now: no connection, time-out, 5xx, 429, or something that is no answer at all.
    #[error("the provider does not answer: {0}")]
    Unavailable(String),
    /// The provider refused the code, or our client.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// What came must not be believed: a bad signature, another nonce, another subject.
    #[error("the answer is not to be believed: {0}")]
    Untrusted(&'static str),
}

/// Why a login cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The provider is off.
    #[error("the provider is not enabled")]
    NotEnabled,
    /// Too many logins are on their way already.
    #[error("too many logins are on their way")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The secrets of the login cannot be sealed.
    #[error(transparent)]
    Seal(#[from] kernel::KeyRingError),
}

/// Why a login does not end in an identity.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The provider is off.
    #[error("the provider is not enabled")]
    NotEnabled,
    /// Not something that a person's click at a provider leads to: forged, replayed, late, or from another browser.
    #[error("the callback was refused: {reason}")]
    BadCallback {
        /// A code for the audit log.
        reason: &'static str,
    },
    /// The person or the provider said no.
    #[error("the provider ended the login: {code}")]
    Refused {
        /// What to show.
        code: &'static str,
        /// Where the person wanted to go.
        return_to: ReturnTo,
    },
    /// The provider does not answer.
    #[error("the provider does not answer")]
    ProviderUnavailable {
        /// Where the person wanted to go.
        return_to: ReturnTo,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl FinishError {
    /// The stable code, for the login page and the audit log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEnabled => "not_enabled",
            Self::BadCallback { reason } => reason,
            Self::Refused { code, .. } => code,
            Self::ProviderUnavailable { .. } => "provider_unavailable",
            Self::Db(_) => "unavailable",
        }
    }
}
