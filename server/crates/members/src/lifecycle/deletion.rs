//! The end of an account: `POST /api/users/me/delete` signs everybody out at once. Signing in within the grace cancels it, and so
//! does the link in the mail ([`crate::lifecycle::keep_account`]); then the cleaner erases everything.

use axum::extract::State;
use db::{DbError, LentTransaction};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::BadBody;
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::lifecycle::schedule::DeletionSchedule;
use crate::next::{Next, Step};
use crate::reason::NotSignedIn;
use crate::repeat::{AnsweredForms, Sent};

endpoint_error! {
    /// Why an account is not going to be deleted.
    pub enum DeletionError {
        Body(BadBody) from Refusal;
        NotSignedIn(NotSignedIn);
        Failed(Failure) from DbError;
    }
}

/// Schedules the deletion of accounts for their members. Cheap to clone.
#[derive(Clone)]
pub struct Deletions {
    pub(crate) context: Context,
    pub(crate) schedule: DeletionSchedule,
    pub(crate) answered: AnsweredForms,
}

impl Deletions {
    /// Schedules the deletion of the account of a caller with a fresh sign-in, and returns when it will be erased. Sessions and
    /// tokens end at once (S-ACC-15).
    ///
    /// # Errors
    /// [`DeletionError::NotSignedIn`] when they are no active member any more.
    pub async fn request_deletion(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        context: &RequestContext,
    ) -> Result<Timestamp, DeletionError> {
        let schedule = async |mut tx: LentTransaction| {
            let when = self.schedule.schedule_deletion(&mut tx, caller.member, context).await?;
            let when = when.ok_or(NotSignedIn)?;
            self.answered.remember(&mut tx, Sent::Delete, caller.member, context).await?;
            Ok::<_, DeletionError>(tx.commit(when))
        };
        let when = self.context.db.transact(schedule).await?;
        self.schedule.revocation.read_feed().await?;
        Ok(when)
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
