//! What can go wrong when a browser comes back from a provider, to sign in or to link.

use db::DbError;
use members::{ChangedMeanwhile, Failure, LinkError, RenewalError, SignInError};

use crate::error::{SessionsError, endpoint_error};
use crate::reason::{
    AccountDisabled, AddressHasAccount, BadCallback, CallbackUnderWay, SignedInAlready, UnknownProvider,
};

endpoint_error! {
    /// Why a browser that comes back from a provider is not signed in, or nothing is linked.
    pub(crate) enum CallbackError {
        UnknownProvider(UnknownProvider);
        BadCallback(BadCallback);
        SignedInAlready(SignedInAlready);
        UnderWay(CallbackUnderWay);
        AccountDisabled(AccountDisabled);
        AddressHasAccount(AddressHasAccount);
        ChangedMeanwhile(ChangedMeanwhile);
        Link(LinkError);
        Renewal(RenewalError);
        Failed(SessionsError) from DbError, Failure;
    }
    sign_in: BadCallback, AccountDisabled, AddressHasAccount, ChangedMeanwhile, Link, Renewal;
}

impl CallbackError {
    /// Whether another request changed the account at the same time, so that a second try finds it as it is now.
    pub(crate) const fn lost_a_race(&self) -> bool {
        matches!(
            self,
            Self::ChangedMeanwhile(_)
                | Self::Failed(SessionsError::Db(DbError::Exists(_)))
                | Self::Link(
                    LinkError::ChangedMeanwhile(_) | LinkError::Failed(Failure::Db(DbError::Exists(_)))
                )
        )
    }
}

impl From<SignInError> for CallbackError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Disabled => AccountDisabled.into(),
            SignInError::AddressHasAccount => AddressHasAccount.into(),
            SignInError::ChangedMeanwhile(changed) => changed.into(),
            SignInError::Failed(failure) => failure.into(),
        }
    }
}
