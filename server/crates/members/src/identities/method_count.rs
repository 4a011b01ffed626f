//! How many sign-in methods a member has: one of them must stay (S-ACC-14).

use std::sync::Arc;

use db::{Connection, DbError};
use names::MemberId;

use crate::identities::store::identities;
use crate::passkeys::store::passkeys;
use crate::password::store::local_accounts;

/// Counts sign-in methods. Anything that removes one locks the member's row first, so that two concurrent removals do not each
/// count on the other's method.
#[derive(Clone, Debug)]
pub(crate) struct MethodCount {
    /// The domain whose passkeys count; `None` where passkeys are switched off. Passkeys of other domains cannot be used.
    pub(crate) rp_id: Option<Arc<str>>,
}

impl MethodCount {
    /// Identities at providers, the password, and passkeys that can be used here.
    pub(crate) async fn count(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<usize, DbError> {
        let others = Self::count_others(connection, member).await?;
        Ok(others + self.count_passkeys(connection, member).await?)
    }

    /// Whether the member has a sign-in method that is no passkey.
    pub(crate) async fn has_more_than_passkeys(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<bool, DbError> {
        Ok(Self::count_others(connection, member).await? > 0)
    }

    async fn count_others(connection: &mut Connection, member: MemberId) -> Result<usize, DbError> {
        let linked = identities::of_member(connection, member).await?.len();
        let account = local_accounts::find_by_member(connection, member).await?;
        let password = account.is_some_and(|account| account.has_password());
        Ok(linked + usize::from(password))
    }

    /// Whether the member has a passkey that can be used here.
    pub(crate) async fn has_passkeys(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<bool, DbError> {
        Ok(self.count_passkeys(connection, member).await? > 0)
    }

    async fn count_passkeys(&self, connection: &mut Connection, member: MemberId) -> Result<usize, DbError> {
        match &self.rp_id {
            Some(rp_id) => passkeys::count(connection, member, rp_id).await,
            None => Ok(0),
        }
    }
}
