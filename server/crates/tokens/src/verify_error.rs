//! Why an access token is refused.

use names::ErrorCode;
use web::Refusal;

use crate::error::TokensError;

/// Why an access token is refused. The four cases are the gateway's codes; a reason is for our log and holds nothing
/// that the sender wrote (S-LOG-3).
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not ours, not for this audience, or malformed.
    #[error("an access token was refused: {0}")]
    Invalid(&'static str),
    /// It has expired. A new one helps.
    #[error("an access token has expired")]
    Expired,
    /// Its session, family or member was signed out.
    #[error("an access token was revoked")]
    Revoked,
    /// We cannot tell: keys or database are unavailable. Retrying later helps, and nobody is signed out.
    #[error("an access token cannot be verified at the moment")]
    Unavailable(#[source] Option<TokensError>),
}

impl VerifyError {
    const fn error(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::TokenInvalid,
            Self::Expired => ErrorCode::TokenExpired,
            Self::Revoked => ErrorCode::TokenRevoked,
            Self::Unavailable(_) => ErrorCode::Unavailable,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.error().as_str()
    }

    /// Counts a token that is not ours: many of them are an attack, or a service that has other keys (S-LOG-7).
    pub(crate) fn count(&self) {
        if let Self::Invalid(reason) = self {
            metrics::counter!("daemun_tokens_refused_total", "reason" => *reason).increment(1);
        }
    }

    /// The refusal: 401, or 503 when we cannot tell.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Unavailable(_) => Refusal::unavailable(),
            _ => Refusal::of(self.error()),
        }
    }
}
