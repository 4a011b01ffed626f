//! The end of an account: `POST /api/users/me/delete` signs everybody out at once. Signing in within the grace cancels it, and so
//! does the link in the mail ([`crate::lifecycle::keep_account`]); then the cleaner erases everything.

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{MemberId, Operation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::BadBody;
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::lifecycle::schedule::{DeletionSchedule, OrderedBy};
use crate::lifecycle::status::StatusChangeError;
use crate::model::member::MemberStatus;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::reason::{LastAdministrator, NotSignedIn};
use crate::repeat::{AnsweredForms, Sent};
use crate::roles::MemberRoles;

endpoint_error! {
    /// Why an account is not going to be deleted.
    pub enum DeletionError {
        Body(BadBody) from Refusal;
        NotSignedIn(NotSignedIn);
        LastAdministrator(LastAdministrator);
        Failed(Failure) from DbError;
    }
}

/// Schedules the deletion of accounts for their members. Cheap to clone.
#[derive(Clone)]
pub struct Deletions {
    pub(crate) context: Context,
    pub(crate) schedule: DeletionSchedule,
    pub(crate) answered: AnsweredForms,
    pub(crate) roles: MemberRoles,
}

impl Deletions {
    /// Schedules the deletion of the account of a caller with a fresh sign-in, and returns when it will be erased. Sessions and
    /// tokens end at once (S-ACC-15).
    ///
    /// # Errors
    /// [`DeletionError::NotSignedIn`] when they are no active member any more, [`DeletionError::LastAdministrator`] when nobody else could
    /// administer.
    pub async fn request_deletion(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        context: &RequestContext,
    ) -> Result<Timestamp, DeletionError> {
        let schedule = async |mut tx: LentTransaction| {
            let event = AuditEvent::new(AuditKind::DeletionRequest, &context.source);
            if self.is_last_administrator(&mut tx, caller.member, event).await? {
                return Ok(tx.commit(Err(LastAdministrator)));
            }
            let when =
                self.schedule.schedule_deletion(&mut tx, caller.member, OrderedBy::Owner(context)).await?;
            let when = when.ok_or(NotSignedIn)?;
            self.answered.remember(&mut tx, Sent::Delete, caller.member, context).await?;
            Ok::<_, DeletionError>(tx.commit(Ok(when)))
        };
        let when = self.context.db.transact(schedule).await??;
        self.schedule.revocation.read_feed().await?;
        Ok(when)
    }

    /// Schedules the deletion of an account for an operator, and returns when it will be erased. Its owner is told, and can keep it as if
    /// they had asked for it. An account that waits for its end already is left as it is.
    ///
    /// # Errors
    /// [`StatusChangeError`]; then nothing was changed.
    pub async fn order(
        &self,
        member: MemberId,
        operation: &Operation,
    ) -> Result<Timestamp, StatusChangeError> {
        let schedule = async |mut tx: LentTransaction| {
            let event = AuditEvent::operated(AuditKind::DeletionOrdered, operation);
            if !operation.is_at_the_command_line()
                && self.is_last_administrator(&mut tx, member, event).await?
            {
                return Ok(tx.commit(Err(StatusChangeError::LastAdministrator)));
            }
            let by = OrderedBy::Operator(operation);
            if let Some(when) = self.schedule.schedule_deletion(&mut tx, member, by).await? {
                return Ok(tx.commit(Ok(when)));
            }
            let found = members::find(&mut tx, member).await?;
            Err(match found.map(|member| member.status) {
                None => StatusChangeError::NoMember,
                Some(MemberStatus::Disabled) => StatusChangeError::Disabled,
                Some(MemberStatus::Deleting | MemberStatus::Active) => StatusChangeError::Deleting,
            })
        };
        let when = self.context.db.transact(schedule).await??;
        self.schedule.revocation.know_at_once().await;
        Ok(when)
    }

    /// Whether nobody could administer any more without this member, which `event` then says was refused. It stays true until the caller
    /// commits: the member is held before it is asked, so that of two who go at once one waits for the other.
    async fn is_last_administrator(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        event: AuditEvent<'_>,
    ) -> Result<bool, DbError> {
        let is_there = members::hold(tx, member).await?;
        if !is_there || !self.roles.is_last_administrator(tx, member).await? {
            return Ok(false);
        }
        let refused = event.failed("last_administrator").about(member.uuid());
        self.context.audit.record(tx, &refused).await?;
        Ok(true)
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteBody {}

#[derive(Serialize, ToSchema)]
pub(crate) struct Scheduled {
    #[serde(flatten)]
    next: Next,
    /// When the account will be erased; not repeated to a browser that asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_at: Option<String>,
}

/// Has the caller's account deleted.
pub(crate) async fn post(
    caller: Option<Fresh<Caller>>,
    State(deletions): State<Deletions>,
    context: RequestContext,
    body: Result<StrictBody<DeleteBody>, Refusal>,
) -> Result<Success<Scheduled>, DeletionError> {
    let Some(caller) = caller else {
        // The first request of this browser ended the session, and its answer was lost.
        let answered = deletions.answered.find(Sent::Delete, &context).await?;
        let again = Scheduled { next: Step::SignIn.into(), delete_at: None };
        return answered.map(|_| Success::ok(again)).ok_or(NotSignedIn.into());
    };
    // Who asks comes first: a stranger is not told what the body should be (S-BFF-7).
    body?;
    let when = deletions.request_deletion(&caller, &context).await?;
    Ok(Success::ok(Scheduled { next: Step::SignIn.into(), delete_at: Some(when.to_string()) }))
}
