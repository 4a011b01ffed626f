//! Identities as they are stored: with the grant that their provider gave, sealed.

use std::sync::Arc;

use db::Transaction;
use kernel::{KeyRing, NewId as _};
use names::MemberId;
use providers::ProviderIdentity;

use crate::context::Context;
use crate::failure::Failure;
use crate::identities::store::identities::{self, NewIdentity};
use crate::identities::unlink_job;
use crate::model::identity_id::IdentityId;

/// Stores identities. Cheap to clone.
#[derive(Clone)]
pub struct Grants {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl Grants {
    /// Gives the member the identity as another sign-in method. [`DbError::Exists`] when somebody has it.
    pub(crate) async fn add_identity(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        identity: &ProviderIdentity,
    ) -> Result<(), Failure> {
        let id = IdentityId::new(&*self.context.clock, &*self.context.randomness);
        let grant = self.seal_grant(id, identity)?;
        let new = NewIdentity { id, member, identity, grant_sealed: grant };
        identities::insert(tx, new, self.context.clock.now()).await?;
        // They signed in again before the provider was told to end the grant.
        Ok(unlink_job::cancel(tx, identity.provider, &identity.subject).await?)
    }

    pub(crate) fn seal_grant(
        &self,
        id: IdentityId,
        identity: &ProviderIdentity,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(grant) = &identity.grant else { return Ok(None) };
        let plain = grant.expose().as_bytes();
        let sealed =
            self.key_ring.seal(identities::PURPOSE, &id.to_string(), plain, &*self.context.randomness);
        sealed.map(Some).map_err(|_| Failure::Internal("a grant cannot be sealed"))
    }
}
