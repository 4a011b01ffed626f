//! Who needs a second factor: members with a role of `second_factor.required_for`.

use std::sync::Arc;

use db::{Connection, Database, DbError};
use names::{MemberId, Role};

use crate::identities::method_count::MethodCount;
use crate::model::member::Member;
use crate::model::store::members;
use crate::totp::store::seeds;

/// Knows who lacks what they need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequiredFactors {
    /// For whom.
    pub(crate) roles: Arc<[Role]>,
    pub(crate) counts: MethodCount,
}

impl RequiredFactors {
    /// Whether a member needs a second factor and has none: neither one-time codes nor a passkey that can be used here. The database is
    /// asked for those alone who need one.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn are_lacking(&self, connection: &mut Connection, member: &Member) -> Result<bool, DbError> {
        Ok(self.concern(member)
            && !seeds::exists(connection, member.id).await?
            && !self.counts.has_passkeys(connection, member.id).await?)
    }

    /// The same where nothing else is read by the same connection.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn are_lacking_in(&self, db: &Database, member: &Member) -> Result<bool, DbError> {
        Ok(self.concern(member) && self.are_lacking(&mut *db.read().await?, member).await?)
    }

    /// Whether anybody can lack what they need.
    pub fn concern_somebody(&self) -> bool {
        !self.roles.is_empty()
    }

    fn concern(&self, member: &Member) -> bool {
        self.roles.iter().any(|role| member.has_role(role.as_str()))
    }

    /// The same of a member who is not looked up yet.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn are_lacking_of(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<bool, DbError> {
        if self.roles.is_empty() {
            return Ok(false);
        }
        match members::find(connection, member).await? {
            Some(member) => self.are_lacking(connection, &member).await,
            None => Ok(false),
        }
    }
}
