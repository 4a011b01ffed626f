//! What can go wrong between a button and a member, sorted by what the caller does about it.

use db::DbError;
use names::LoginError;

use crate::login_answer::Repeated;
use crate::spent_login::SpentLogin;
use crate::transaction::TransactionId;

/// Why a provider's answer gave no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentifyError {
    /// The provider cannot answer now: no connection, timeout, 5xx, 429, or an unusable answer.
    #[error("the provider does not answer: {0}")]
    Unavailable(String),
    /// The provider refused the code, or our client.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The answer cannot be trusted: a bad signature, a wrong nonce, a different subject.
    #[error("the answer cannot be trusted: {0}")]
    Untrusted(&'static str),
}

/// Why a provider did not confirm that a person is unlinked.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// Asking again may help: no answer, an outage, or a setting of ours that somebody will fix.
    #[error("the provider did not confirm: {0}")]
    Later(String),
    /// Asking again cannot help: what the provider asks for is not there, or not good any more.
    #[error("the provider cannot be asked: {0}")]
    Never(&'static str),
}

impl From<IdentifyError> for UnlinkError {
    /// A provider that did not answer may do so later.
    fn from(error: IdentifyError) -> Self {
        Self::Later(error.to_string())
    }
}

/// Why a notice is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// This provider sends no notices, or is off, or its notices cannot be verified without a key that is not set.
    #[error("no notices are taken from this provider")]
    NotServed,
    /// A field is missing or unreadable.
    #[error("the notice cannot be read")]
    Malformed,
    /// It does not prove that the provider sent it, or it is too old.
    #[error("the notice does not prove where it comes from")]
    Untrusted,
}

/// Why a login cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The provider is off.
    #[error("the provider is not enabled")]
    NotEnabled,
    /// Too many logins from this network are on their way already.
    #[error("too many logins are on their way")]
    TooMany,
    /// The database refused, or could not be reached.
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
    #[error("the provider ended the login: {}", error.as_str())]
    Refused {
        /// What to show.
        error: LoginError,
        /// The login transaction that the callback spent.
        login: SpentLogin,
    },
    /// The provider does not answer.
    #[error("the provider does not answer")]
    ProviderUnavailable {
        /// The login transaction that the callback spent.
        login: SpentLogin,
    },
    /// The same callback came a moment ago, in the same browser.
    #[error("the callback came before")]
    Repeated {
        /// Of which login.
        id: TransactionId,
        /// How far the first one has come.
        first: Repeated,
    },
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl FinishError {
    /// The stable code, for the login page and the audit log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotEnabled => "not_enabled",
            Self::BadCallback { reason } => reason,
            Self::Refused { error, .. } => error.as_str(),
            Self::ProviderUnavailable { .. } => LoginError::ProviderUnavailable.as_str(),
            Self::Repeated { .. } => "state_spent",
            Self::Db(_) => "unavailable",
        }
    }
}
