//! Which case of the [matrix](crate::model::link_matrix) an identity is, as the database knows it.

use db::{DbError, Transaction};
use kernel::Timestamp;
use names::MemberId;
use providers::ProviderIdentity;

use crate::email::store::mail_tokens;
use crate::identities::store::identities::{self, Identity};
use crate::lifecycle::store::sign_ups;
use crate::model::link_situation::{Address, Began, By, Claim, Holder, Situation};
use crate::model::member::MemberStatus;
use crate::model::store::members;

/// The case of `identity`, for a request without a member, or for the member `caller` who links; and the sign-in method, if there is one.
pub(crate) async fn situation(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    caller: Option<MemberId>,
    now: Timestamp,
) -> Result<(Situation, Option<Identity>), DbError> {
    // The address is read before the identity. In the other order, a first sign-in in another tab that commits in between would
    // be visible by its address alone, and the person would be told that somebody else has it.
    let claim = Claim::of(identity);
    let finding = identities::finding(identity.provider, &identity.subject);
    let status = members::finding_status(identity.provider, &identity.subject);
    let (address, [known, status]) = match &identity.email {
        Some(email) => {
            let knowing = identities::knowing(email, now);
            let [address, known, status] = tx.execute_together([knowing, finding, status]).await?;
            (address.rows.first().map_or(Ok(Address::Free), identities::read_address)?, [known, status])
        }
        None => (Address::Free, tx.execute_together([finding, status]).await?),
    };
    let known = identities::read_found(&known.rows)?;
    let holder = match &known {
        None => Holder::Nobody,
        Some(known) if caller == Some(known.member) => Holder::Caller,
        Some(_) => match members::read_status(&status.rows)? {
            Some(MemberStatus::Active) => Holder::Active,
            Some(MemberStatus::Deleting) => Holder::Deleting,
            Some(MemberStatus::Disabled) | None => Holder::Disabled,
        },
    };
    let began = if caller.is_some() { Began::Member } else { Began::Anonymous };
    let by = By::Provider(identity.provider);
    Ok((Situation { by, claim, holder, address, began }, known))
}

/// Discards the sign-up that waits for the address of `identity`, and its mails (S-UP-11). `false` if it no longer waits: its
/// proof arrived at the same time and made a member.
pub(crate) async fn discard_waiting(
    tx: &mut Transaction,
    identity: &ProviderIdentity,
    now: Timestamp,
) -> Result<bool, DbError> {
    let Some(email) = &identity.email else { return Ok(true) };
    if let Some(waiting) = sign_ups::find(tx, email, now).await? {
        mail_tokens::delete_of_owner(tx, &waiting.id.to_string()).await?;
    }
    sign_ups::delete_of_address(tx, email).await
}
