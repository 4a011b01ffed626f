//! Roles: who gives them and removes them.

use std::collections::BTreeSet;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{MailNotice, MemberId, Operation, Role};
use tokens::{Tokens, TokensError};

use crate::context::Context;
use crate::email::contact::Notices;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::roles::store::member_roles::{self, GivenRole};

pub(crate) mod store {
    pub(crate) mod member_roles;
}

/// How many roles a member can have, so that their tokens stay small enough for headers.
const MAX_ROLES: i64 = 16;

/// Why a member's roles stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum RoleChangeError {
    /// There is no such member.
    #[error("there is no such member")]
    NoMember,
    /// Every member has it.
    #[error("every member has ROLE_USER; it can neither be given nor taken away")]
    Everybodys,
    /// Nobody has configured it.
    #[error("there is no role {0}; write it into `[roles] names` first, or give one of {1}")]
    Unknown(Role, String),
    /// It was removed a short while ago, and tokens with it may still be on their way.
    #[error(
        "the role was taken away a moment ago, and its last tokens are refused until {0}; give it again after that"
    )]
    TakenLately(Timestamp),
    /// They have as many as a token can say.
    #[error("the member has {MAX_ROLES} roles already; take one away first")]
    TooMany,
    /// Nobody else could administer.
    #[error(
        "this is the last administrator; give ROLE_ADMIN to somebody else first, or use the command line"
    )]
    LastAdministrator,
    /// The database refuses.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service refuses.
    #[error(transparent)]
    Tokens(#[from] TokensError),
}

/// Gives members roles and removes them. Cheap to clone.
#[derive(Clone)]
pub struct MemberRoles {
    context: Context,
    tokens: Tokens,
    notices: Notices,
    /// Those that can be given.
    names: BTreeSet<Role>,
}

impl MemberRoles {
    /// With the roles that are configured alongside the built-in ones.
    pub fn new(context: Context, tokens: Tokens, notices: Notices, names: &[Role]) -> Self {
        let names = names.iter().cloned().chain(Role::BUILT_IN).filter(|role| *role != Role::USER).collect();
        Self { context, tokens, notices, names }
    }

    /// Those that can be given, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &Role> {
        self.names.iter()
    }

    /// Whether a member can be given this role at all.
    ///
    /// # Errors
    /// [`RoleChangeError::Everybodys`] and [`RoleChangeError::Unknown`].
    pub fn check(&self, role: &Role) -> Result<(), RoleChangeError> {
        refuse_everybodys(role)?;
        if self.names.contains(role) {
            return Ok(());
        }
        let known = self.names.iter().map(Role::as_str).collect::<Vec<_>>().join(", ");
        Err(RoleChangeError::Unknown(role.clone(), known))
    }

    /// Gives a member a role. `false` when they have it. Sessions know within half a minute, and apps with their next token.
    ///
    /// # Errors
    /// [`RoleChangeError`]; then nothing was changed.
    pub async fn give(
        &self,
        member: MemberId,
        role: &Role,
        operation: &Operation,
    ) -> Result<bool, RoleChangeError> {
        let give = async |mut tx: LentTransaction| {
            let given = self.give_within(&mut tx, member, role, operation).await?;
            Ok::<_, RoleChangeError>(tx.commit(given))
        };
        self.context.db.transact(give).await
    }

    /// [`Self::give`] within the caller's transaction.
    ///
    /// # Errors
    /// [`RoleChangeError`].
    pub async fn give_within(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        role: &Role,
        operation: &Operation,
    ) -> Result<bool, RoleChangeError> {
        self.check(role)?;
        if !members::hold_any(tx, member).await? {
            return Err(RoleChangeError::NoMember);
        }
        if member_roles::has(tx, member, role).await? {
            return Ok(false);
        }
        if let Some(until) = self.tokens.revoker.role_ended_until(tx, member, role).await? {
            return Err(RoleChangeError::TakenLately(until));
        }
        if member_roles::count(tx, member).await? >= MAX_ROLES {
            return Err(RoleChangeError::TooMany);
        }
        member_roles::insert(tx, member, role, self.context.clock.now()).await?;
        self.note(tx, member, AuditEvent::operated(AuditKind::RoleGiven, operation).on(role.as_str()))
            .await?;
        Ok(true)
    }

    /// Takes a role from a member. `false` when they do not have it. Their access tokens with it are refused everywhere within a
    /// second; they stay signed in, and go on without it.
    ///
    /// # Errors
    /// [`RoleChangeError`]; then nothing was changed.
    pub async fn take(
        &self,
        member: MemberId,
        role: &Role,
        operation: &Operation,
    ) -> Result<bool, RoleChangeError> {
        refuse_everybodys(role)?;
        let take = async |mut tx: LentTransaction| {
            if !members::hold_any(&mut tx, member).await? {
                return Err(RoleChangeError::NoMember);
            }
            let taken = AuditEvent::operated(AuditKind::RoleTaken, operation).on(role.as_str());
            if self.is_last(&mut tx, member, role, operation).await? {
                let refused = taken.failed("last_administrator").about(member.uuid());
                self.context.audit.record(&mut tx, &refused).await?;
                return Ok(tx.commit(Err(RoleChangeError::LastAdministrator)));
            }
            if !member_roles::delete(&mut tx, member, role).await? {
                return Ok(tx.roll_back(Ok(false)));
            }
            self.tokens.revoker.revoke_role(&mut tx, member, role).await?;
            self.note(&mut tx, member, taken).await?;
            Ok(tx.commit(Ok(true)))
        };
        let taken = self.context.db.transact(take).await??;
        if taken {
            self.tokens.feed.know_at_once().await;
        }
        Ok(taken)
    }

    /// Whether nobody could administer in a browser any more without this member, which the command line alone may bring about.
    async fn is_last(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        role: &Role,
        operation: &Operation,
    ) -> Result<bool, DbError> {
        if *role != Role::ADMIN || operation.is_at_the_command_line() {
            return Ok(false);
        }
        self.is_last_administrator(tx, member).await
    }

    /// Whether a member is the only one with `ROLE_ADMIN` who may sign in. It stays true until the caller commits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_last_administrator(
        &self,
        tx: &mut Transaction,
        member: MemberId,
    ) -> Result<bool, DbError> {
        Ok(member_roles::has(tx, member, &Role::ADMIN).await?
            && !member_roles::another_has(tx, member, &Role::ADMIN).await?)
    }

    async fn note(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        event: AuditEvent<'_>,
    ) -> Result<(), DbError> {
        self.context.audit.record(tx, &event.about(member.uuid())).await?;
        let notice = MailTemplate::Notice(MailNotice::RolesChanged);
        self.notices.tell_owner_of(tx, member, notice, self.notices.language).await
    }

    /// The roles of a member.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_member(&self, member: MemberId) -> Result<Vec<GivenRole>, DbError> {
        member_roles::of_member(&mut *self.context.db.read().await?, member).await
    }

    /// Those who have a role, in the order of their ids: at most `limit`, from the first after `after` on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holders(
        &self,
        role: &Role,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<Vec<GivenRole>, DbError> {
        member_roles::holders(&mut *self.context.db.read().await?, role, after, limit).await
    }
}

/// Shows no member.
impl std::fmt::Debug for MemberRoles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberRoles").field("names", &self.names).finish_non_exhaustive()
    }
}

fn refuse_everybodys(role: &Role) -> Result<(), RoleChangeError> {
    if *role == Role::USER { Err(RoleChangeError::Everybodys) } else { Ok(()) }
}
