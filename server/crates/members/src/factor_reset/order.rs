//! An operator orders that the second factors of a member go. Whatever asks for it, the command line or an administration over HTTP,
//! calls [`FactorResets::order`].

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{Connection, DbError, LentTransaction, Transaction};
use jobs::{JobError, JobQueue, NewJob};
use kernel::{NewId as _, OpaqueToken, Timestamp};
use names::{MemberId, Operation};

use crate::context::Context;
use crate::email::contact::{Notices, has_settled_mailbox, mailboxes_of};
use crate::email::mail_proofs::MailProofs;
use crate::factor_reset::job_kind::FACTOR_RESET;
use crate::factor_reset::store::factor_resets::{self, FactorResetId, NewReset};
use crate::failure::Failure;
use crate::identities::method_count::MethodCount;
use crate::identities::store::identities;
use crate::model::mail_template::MailTemplate;
use crate::model::member::MemberStatus;
use crate::model::store::members;
use crate::password::store::local_accounts;
use crate::revocation::Revocation;
use crate::totp::store::seeds;

/// Why the second factors of a member stay.
#[derive(Debug, thiserror::Error)]
pub enum FactorResetError {
    /// There is nobody with this id.
    #[error("no member has this id")]
    NoMember,
    /// Nobody can sign in to it, and so the owner could not stop it.
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// It goes when its grace is over.
    #[error("the account is to be deleted; its owner alone can keep it")]
    Deleting,
    /// There is nothing to take away.
    #[error("the member has no second factor")]
    NoFactor,
    /// They would be left without any sign-in method.
    #[error("the member has nothing but passkeys to sign in with")]
    OnlyPasskeys,
    /// Somebody who pretends to be the owner would have it without the owner's knowledge.
    #[error(
        "the member has no proven mailbox, or only one that a provider named less than 30 days ago, or no mail is sent here, so they could \
        neither be told nor stop it"
    )]
    NoMailbox,
    /// It was ordered before. A second order changes nothing of the first one, nor of its time.
    #[error("it is ordered already, and takes effect at {0}")]
    Waits(Timestamp),
    /// The database, or an internal error.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for FactorResetError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes second factors away from members who lost them. Cheap to clone.
#[derive(Clone)]
pub struct FactorResets {
    pub(crate) context: Context,
    pub(crate) notices: Notices,
    pub(crate) revocation: Revocation,
    pub(crate) queue: JobQueue,
    pub(crate) proofs: MailProofs,
    pub(crate) counts: MethodCount,
    /// How long the owner can stop it.
    pub(crate) delay: Duration,
    pub(crate) has_mail: bool,
}

impl FactorResets {
    /// Orders that the second factors of a member go, tells them at every mailbox of theirs, and answers when it takes effect. Until
    /// then nothing is different.
    ///
    /// # Errors
    /// As [`FactorResetError`] says; then nothing is ordered.
    pub async fn order(
        &self,
        member: MemberId,
        operation: &Operation,
    ) -> Result<Timestamp, FactorResetError> {
        let order = async |mut tx: LentTransaction| {
            let due = self.order_in(&mut tx, member, operation).await?;
            Ok::<_, FactorResetError>(tx.commit(due))
        };
        self.context.db.transact(order).await
    }

    /// How many hours it takes until an order takes effect.
    pub const fn hours(&self) -> u64 {
        const SECONDS_PER_HOUR: u64 = 60 * 60;
        self.delay.as_secs().div_ceil(SECONDS_PER_HOUR)
    }

    async fn order_in(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        operation: &Operation,
    ) -> Result<Timestamp, FactorResetError> {
        // The member's row first: of two orders at the same moment the second one finds the first.
        if !members::hold(tx, member).await? {
            return Err(match members::find(tx, member).await?.map(|member| member.status) {
                Some(MemberStatus::Disabled) => FactorResetError::Disabled,
                Some(MemberStatus::Deleting) => FactorResetError::Deleting,
                Some(MemberStatus::Active) | None => FactorResetError::NoMember,
            });
        }
        if let Some(waiting) = factor_resets::find_waiting(tx, member).await? {
            return Err(FactorResetError::Waits(waiting.due_at));
        }
        if !seeds::exists(tx, member).await? && !self.counts.has_passkeys(tx, member).await? {
            return Err(FactorResetError::NoFactor);
        }
        if !has_another_way(tx, member).await? {
            return Err(FactorResetError::OnlyPasskeys);
        }
        let now = self.context.clock.now();
        let mailboxes = mailboxes_of(tx, member, now).await?;
        if mailboxes.is_empty() || !self.has_mail || !has_settled_mailbox(tx, member, now).await? {
            return Err(FactorResetError::NoMailbox);
        }
        let (id, token) = (
            FactorResetId::new(&*self.context.clock, &*self.context.randomness),
            OpaqueToken::new(&*self.context.randomness),
        );
        let due_at = now.plus(self.delay);
        let stop = token.hash();
        let reason = operation.reason.as_str();
        let new = NewReset { id, member, stop: &stop, reason, ordered_at: now, due_at };
        factor_resets::insert(tx, new).await?;
        self.enqueue(tx, id, member).await?;
        for mailbox in &mailboxes {
            let template = MailTemplate::FactorResetOrdered { when: due_at, token: token.clone() };
            self.notices.mails.queue(tx, mailbox, self.notices.language, template).await?;
        }
        let ordered = AuditEvent::operated(AuditKind::FactorResetOrdered, operation).about(member.uuid());
        self.context.audit.record(tx, &ordered).await?;
        Ok(due_at)
    }

    async fn enqueue(
        &self,
        tx: &mut Transaction,
        id: FactorResetId,
        member: MemberId,
    ) -> Result<(), FactorResetError> {
        let (id, member) = (id.to_string(), member.to_string());
        let job = NewJob::new(&FACTOR_RESET).idempotency_key(Some(&id)).owner(&member).delay(self.delay);
        match self.queue.enqueue(tx, job.payload(&id)).await {
            Ok(_) => Ok(()),
            Err(JobError::Db(error)) => Err(error.into()),
            Err(JobError::KeyRing(_)) => Err(Failure::Internal("a reset of factors has no secret").into()),
        }
    }
}

/// Whether a member can sign in by something that is no second factor.
pub(crate) async fn has_another_way(connection: &mut Connection, member: MemberId) -> Result<bool, DbError> {
    Ok(local_accounts::find_by_member(connection, member).await?.is_some()
        || !identities::of_member(connection, member).await?.is_empty())
}

/// Shows no member.
impl std::fmt::Debug for FactorResets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FactorResets").field("delay", &self.delay).finish_non_exhaustive()
    }
}
