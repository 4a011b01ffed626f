//! Invitations: links that make administrators.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use http::HeaderMap;
use kernel::{OpaqueToken, Timestamp};
use members::{Context, MemberRoles, Renewed};
use names::{MemberId, OperatedBy, Operation, Role, Source, path};
use sessions::SessionRenewals;

use crate::accept_error::AcceptError;
use crate::reason::InvitationInvalid;
use crate::store::invitations;

/// How long a link is valid.
const LINK_LIFETIME: Duration = Duration::from_hours(1);

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

/// Who takes an invitation, in which browser.
#[derive(Clone, Copy)]
pub(crate) struct Taker<'a> {
    pub(crate) member: MemberId,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) renewals: &'a SessionRenewals,
}

/// Makes invitations and takes them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Invitations {
    context: Context,
    roles: MemberRoles,
}

impl Invitations {
    /// Gives the role of an accepted invitation with `roles`.
    pub const fn new(context: Context, roles: MemberRoles) -> Self {
        Self { context, roles }
    }

    /// Makes a link for somebody who is to administer; whether there are members already does not matter.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn invite(&self, operation: &Operation) -> Result<Invitation, DbError> {
        let token = OpaqueToken::new(&*self.context.randomness);
        let expires_at = self.context.clock.now().plus(LINK_LIFETIME);
        let invite = async |mut tx: LentTransaction| {
            invitations::insert(&mut tx, &token.hash(), &operation.reason, expires_at).await?;
            let invited = AuditEvent::operated(AuditKind::AdministratorInvited, operation);
            self.context.audit.record(&mut tx, &invited).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(invite).await?;
        Ok(Invitation { token, expires_at })
    }

    /// Makes the member an administrator who came with a link. Their session may do more from then on, so it gets a new secret
    /// (S-COOKIE-5). One who is an administrator already spends the link as well: nobody else can use it then. A form that is sent twice
    /// is answered as the first time.
    ///
    /// # Errors
    /// [`AcceptError`]; then the link stays as good as it was.
    pub(crate) async fn accept(
        &self,
        taker: Taker<'_>,
        token: &OpaqueToken,
        source: &Source,
    ) -> Result<Option<Renewed>, AcceptError> {
        let Taker { member, headers, renewals } = taker;
        if self.is_administrator(member).await? {
            self.spend(token).await?;
            return Ok(None);
        }
        let accept = async |mut tx: LentTransaction| {
            let now = self.context.clock.now();
            let Some(reason) = invitations::spend(&mut tx, &token.hash(), now).await? else {
                return Ok(tx.roll_back(None));
            };
            let operation = Operation { source: source.clone(), by: OperatedBy::CommandLine, reason };
            self.roles.give_within(&mut tx, member, &Role::ADMIN, &operation).await?;
            let renewed = renewals.renew(&mut tx, headers).await?;
            Ok::<_, AcceptError>(tx.commit(Some(renewed)))
        };
        let renewed = self.context.db.transact(accept).await?;
        // The same form may have been sent twice at once.
        if renewed.is_some() || self.is_administrator(member).await? {
            return Ok(renewed);
        }
        let refused = AuditEvent::new(AuditKind::RoleGiven, source).failed("bad_invitation");
        self.context.audit.record_refusal(&refused.about(member.uuid())).await?;
        Err(InvitationInvalid.into())
    }

    async fn spend(&self, token: &OpaqueToken) -> Result<(), DbError> {
        let spend = async |mut tx: LentTransaction| {
            invitations::spend(&mut tx, &token.hash(), self.context.clock.now()).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(spend).await
    }

    async fn is_administrator(&self, member: MemberId) -> Result<bool, DbError> {
        Ok(self.roles.of_member(member).await?.iter().any(|given| given.role == Role::ADMIN))
    }
}
