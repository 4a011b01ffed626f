//! From a provider's identity to a member: the one found by `(provider, subject)`, or a new one.

use db::{DbError, Transaction};
use kernel::{Clock, Randomness};
use providers::ProviderIdentity;

use crate::{Member, MemberStatus, Origin, announce, store};

/// Who came in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The member.
    pub member: Member,
    /// Whether this was their first time.
    pub first_time: bool,
}

/// Why somebody with a good identity does not come in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The database. [`DbError::Exists`] means that the same person's first sign-in won a race in another tab: the
    /// same call in a new transaction finds them.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Finds or makes the member of `identity` and announces that they came in, within the caller's transaction.
///
/// # Errors
/// As [`SignInError`] says.
pub async fn sign_in(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    origin: &Origin,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<SignedIn, SignInError> {
    let signed_in = find_or_make(tx, identity, clock, randomness).await?;
    announce::signed_in(tx, (&signed_in, identity.provider), origin, clock, randomness).await?;
    Ok(signed_in)
}

async fn find_or_make(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<SignedIn, SignInError> {
    let Some(member) = store::find_by_identity(tx, identity).await? else {
        let member = store::insert(tx, identity, clock, randomness).await?;
        return Ok(SignedIn { member, first_time: true });
    };
    if member.status == MemberStatus::Disabled {
        return Err(SignInError::Disabled);
    }
    store::touch_identity(tx, identity, clock.now()).await?;
    Ok(SignedIn { member, first_time: false })
}
