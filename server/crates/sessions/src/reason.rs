//! The reasons for which requests about sessions are refused, and what HTTP says of each. Which of them can happen in a flow is
//! in the flow's own error.

use limits::LimitExceeded;
use names::ErrorCode;
use web::{Refusal, Refuse};

/// No such provider, or it is switched off.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("there is no such provider")]
pub(crate) struct UnknownProvider;

impl Refuse for UnknownProvider {
    fn refusal(&self) -> Refusal {
        Refusal::not_found()
    }
}

/// A callback that does not belong to this browser, this provider, or this time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a login callback was refused: {0}")]
pub(crate) struct BadCallback(pub(crate) &'static str);

impl Refuse for BadCallback {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::LoginExpired)
    }
}

/// A callback that was used up, in a browser that is signed in.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a login callback was used up, and its browser is signed in")]
pub(crate) struct SignedInAlready;

impl Refuse for SignedInAlready {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::SignedInAlready)
    }
}

/// The same callback is still being worked on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the same login callback is still being worked on")]
pub(crate) struct CallbackUnderWay;

impl Refuse for CallbackUnderWay {
    fn refusal(&self) -> Refusal {
        Refusal::unavailable()
    }
}

/// Too many sign-ins were begun, here or in all.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many sign-ins were begun")]
pub(crate) struct TooManySignIns(pub(crate) LimitExceeded);

impl Refuse for TooManySignIns {
    fn refusal(&self) -> Refusal {
        Refusal::from(self.0)
    }
}

/// What was sent, or a field of it, is wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a form was refused")]
pub(crate) struct BadForm(Refusal);

impl From<Refusal> for BadForm {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl Refuse for BadForm {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

/// A refresh token that is not good, for whatever reason.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a refresh token was refused: {0}")]
pub(crate) struct RefreshRefused(pub(crate) &'static str);

impl Refuse for RefreshRefused {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::RefreshInvalid)
    }
}

/// An operator disabled the account, so nothing signs it in: 403.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the account is disabled")]
pub(crate) struct AccountDisabled;

impl Refuse for AccountDisabled {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::Forbidden)
    }
}

/// The address has an account with another sign-in method: its owner signs in with that, and links this one then.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the address has an account with another sign-in method")]
pub(crate) struct AddressHasAccount;

impl Refuse for AddressHasAccount {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::AddressTaken)
    }
}
