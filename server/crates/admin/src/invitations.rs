//! Invitations: links that make administrators.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use kernel::{OpaqueToken, Timestamp};
use members::{Context, MemberRoles};
use names::{MemberId, OperatedBy, Operation, Role, Source, path};

use crate::accept_error::AcceptError;
use crate::reason::InvitationInvalid;
use crate::store::invitations;

/// How long a link is valid.
const LIFE: Duration = Duration::from_hours(1);

/// A link that makes an administrator.
#[derive(Debug)]
pub struct Invitation {
    token: OpaqueToken,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// The path and query of the link. A secret: it goes to the operator, and into no log.
    pub fn address(&self) -> String {
        format!("{}?token={}", path::ADMIN_INVITATION, self.token.text())
    }
}

/// Makes invitations and takes them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Invitations {
    context: Context,
    roles: MemberRoles,
}

impl Invitations {
    /// Of these members.
    pub const fn new(context: Context, roles: MemberRoles) -> Self {
        Self { context, roles }
    }

    /// Makes a link for somebody who is to administer; whether there are members already does not matter.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invite(&self, operation: &Operation) -> Result<Invitation, DbError> {
        let token = OpaqueToken::new(&*self.context.randomness);
        let expires_at = self.context.clock.now().plus(LIFE);
        let invite = async |mut tx: LentTransaction| {
            invitations::insert(&mut tx, &token.hash(), &operation.reason, expires_at).await?;
            let invited = AuditEvent::operated(AuditKind::AdministratorInvited, operation);
            self.context.audit.record(&mut tx, &invited).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(invite).await?;
        Ok(Invitation { token, expires_at })
    }

    /// Makes the member an administrator who came with a link. One who is an administrator already leaves the link as it is, so that
    /// a form that is sent twice is answered as the first time.
    ///
    /// # Errors
    /// [`AcceptError`]; then the link stays as good as it was.
    pub async fn accept(
        &self,
        member: MemberId,
        token: &OpaqueToken,
        source: &Source,
    ) -> Result<(), AcceptError> {
        if self.is_administrator(member).await? {
            return Ok(());
        }
        let accept = async |mut tx: LentTransaction| {
            let now = self.context.clock.now();
            let Some(reason) = invitations::spend(&mut tx, &token.hash(), now).await? else {
                return Ok(tx.roll_back(false));
            };
            let operation = Operation { source: source.clone(), by: OperatedBy::CommandLine, reason };
            self.roles.give_within(&mut tx, member, &Role::ADMIN, &operation).await?;
            Ok::<_, AcceptError>(tx.commit(true))
        };
        // The same form may have been sent twice at once.
        if self.context.db.transact(accept).await? || self.is_administrator(member).await? {
            return Ok(());
        }
        let refused = AuditEvent::new(AuditKind::RoleGiven, source).failed("bad_invitation");
        self.context.audit.record_refusal(&refused.about(member.uuid())).await?;
        Err(InvitationInvalid.into())
    }

    async fn is_administrator(&self, member: MemberId) -> Result<bool, DbError> {
        Ok(self.roles.of_member(member).await?.iter().any(|given| given.role == Role::ADMIN))
    }
}
