//! What a provider says of a member's address, where it says something else than before.
//!
//! The person with the account at the provider can have it say so, also one who could not show the member's second factor. So
//! the mailbox of before is told for a while what happens to the account, and the new one is not enough by itself to be told of a reset.

use db::{DbError, Transaction};
use names::EmailAddress;
use providers::ProviderIdentity;

use crate::context::Context;
use crate::email::former_mailbox;
use crate::identities::store::identities::{self, Identity};
use crate::model::link_situation::Claim;

/// Notes that another address is vouched for than before, beside what is written of the identity.
pub(crate) async fn note_change(
    context: &Context,
    tx: &mut Transaction,
    known: &Identity,
    said: &ProviderIdentity,
) -> Result<(), DbError> {
    let (before, now) = (known.vouched(), vouched(said));
    if before.as_ref() == now {
        return Ok(());
    }
    if now.is_some() {
        identities::vouch_since(tx, known.id, context.clock.now()).await?;
    }
    former_mailbox::keep_vouched(context, tx, known).await
}

fn vouched(said: &ProviderIdentity) -> Option<&EmailAddress> {
    said.email.as_ref().filter(|_| Claim::of(said) == Claim::Proven)
}
