//! Work that is done after the answer, so that the time of the answer says nothing about an account (S-MAIL-9), and that is not
//! lost with the process.
//!
//! Before the answer a job is enqueued, the same for every address. It is completed in the transaction of its work, which is
//! therefore done once: at once by the process that answered, or later by a worker that finds it left.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use db::{DbError, LentTransaction, Transaction};
use jobs::{Completed, Job, JobError, JobKind, JobQueue, NewJob};
use kernel::{Purpose, Trace};
use names::{Language, Source};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use web::{RequestContext, flow_error};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::model::mail_wish::MailWish;
use crate::model::prepared_sign_up::PreparedSignUp;
use crate::reason::Busy;

/// Up to this age, the process that answered is still working on it.
const OWN_WORK_PERIOD: Duration = Duration::from_secs(5);
/// A later mail would surprise more than help.
const MAX_AGE: Duration = Duration::from_hours(1);

const PURPOSE: Purpose = Purpose::new("answered-request");

/// A request that was answered and whose work is still to be done. All of it is secret: it has addresses and password hashes.
pub static ANSWERED_REQUEST: JobKind = JobKind {
    name: "answered-request",
    purpose: PURPOSE,
    sealed_for: |job| job.id.clone(),
    longest_wait: Some(MAX_AGE),
    keep_done: None,
    keep_dead: Some(MAX_AGE),
    can_be_retried: |_| false,
    holds: "what was answered and is still to be done: requests for a new password, sign-ups; **sealed**",
    kept: "a moment; an hour if it cannot be done",
    erasure: "stays its time",
};

/// What was asked for.
#[derive(Serialize, Deserialize)]
pub(crate) enum AnsweredRequest {
    /// A mail to choose a new password.
    Reset(MailWish),
    /// The mail of a sign-up, once more.
    ProofAgain(MailWish),
    /// To keep a sign-up until its mailbox is proven.
    SignUp(PreparedSignUp),
}

/// What the secret of a job holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Written<R> {
    request: R,
    english: bool,
    request_id: String,
    address: IpAddr,
    network: String,
    user_agent: String,
    /// A version before this one wrote none.
    #[serde(default)]
    trace: Option<Trace>,
}

impl<R> Written<R> {
    fn new(request: R, context: &RequestContext) -> Self {
        let Source { request_id, network, user_agent, .. } = context.source.clone();
        let (address, english) = (context.address(), context.language == Language::English);
        Self { request, english, request_id, address, network, user_agent, trace: context.trace }
    }

    /// The request as it was stored, and the context of the person who sent it.
    pub(crate) fn read(self) -> (R, RequestContext) {
        let Self { request, english, request_id, address, network, user_agent, trace } = self;
        let source = Source::request(&request_id, network, &user_agent);
        let language = if english { Language::English } else { Language::Korean };
        (request, RequestContext { source, network: Some(address.into()), language, browser: None, trace })
    }
}

/// How many requests may be worked on after they were answered.
const MAX_AFTER_ANSWER: usize = 256;

flow_error! {
    /// Why nothing is put off until after the answer.
    pub enum DeferError {
        Busy(Busy);
        Failed(Failure) from DbError;
    }
}

/// A flow whose work goes on after its answer.
pub(crate) trait Deferred: Send + Sync + 'static {
    /// What the work needs to know.
    type Request: Send + Sync + 'static;

    /// Does the work, within the transaction that completes the job.
    fn perform(
        &self,
        tx: &mut Transaction,
        request: &Self::Request,
        context: &RequestContext,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Where work goes on after the answer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AfterAnswer {
    pub(crate) context: Context,
    pub(crate) queue: JobQueue,
    /// The program waits for them when it ends.
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

impl AfterAnswer {
    pub(crate) fn new(context: Context, queue: JobQueue, tasks: TaskTracker) -> Self {
        Self { context, queue, tasks, places: Arc::new(Semaphore::new(MAX_AFTER_ANSWER)) }
    }

    /// Enqueues a request as `written` has it, and has `flow` do it after the answer.
    ///
    /// # Errors
    /// [`DeferError::Busy`] when too many are being done; or when the database refuses.
    pub(crate) async fn defer<D: Deferred<Request: Clone>>(
        &self,
        flow: D,
        request: D::Request,
        written: fn(D::Request) -> AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), DeferError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Busy)?;
        let unwritable = Failure::Internal("a request cannot be written down");
        let as_written = Written::new(written(request.clone()), context);
        let Ok(plain) = serde_json::to_vec(&as_written).map(Zeroizing::new) else {
            return Err(unwritable.into());
        };
        let write = async |mut tx: LentTransaction| {
            let new = NewJob::new(&ANSWERED_REQUEST).secret(Some(&plain)).delay(OWN_WORK_PERIOD);
            let job = self.queue.enqueue(&mut tx, new).await?;
            Ok::<_, JobError>(tx.commit(job))
        };
        let job = match self.context.db.transact(write).await {
            Ok(Some(job)) => job,
            Ok(None) | Err(JobError::KeyRing(_)) => return Err(unwritable.into()),
            Err(JobError::Db(error)) => return Err(error.into()),
        };
        let (own, context) = (self.clone(), context.clone());
        self.tasks.spawn(async move {
            let _held = place;
            if let Err(error) = own.fulfil(&flow, &job, &request, &context).await {
                tracing::error!(error = &error as &dyn std::error::Error, "work after an answer failed");
            }
        });
        Ok(())
    }

    /// Does an enqueued request. Two sign-ups at once for one new address meet at its unique index; the second
    /// then finds the row of the first.
    pub(crate) async fn fulfil<D: Deferred>(
        &self,
        flow: &D,
        job: &Job,
        request: &D::Request,
        context: &RequestContext,
    ) -> Result<Completed, Failure> {
        match self.try_to_fulfil(flow, job, request, context).await {
            Err(Failure::Db(DbError::Exists(_))) => self.try_to_fulfil(flow, job, request, context).await,
            result => result,
        }
    }

    async fn try_to_fulfil<D: Deferred>(
        &self,
        flow: &D,
        job: &Job,
        request: &D::Request,
        context: &RequestContext,
    ) -> Result<Completed, Failure> {
        let fulfil = async |mut tx: LentTransaction| {
            let completed = self.queue.complete(&mut tx, job).await?;
            if !completed.first() {
                return Ok(tx.roll_back(completed));
            }
            flow.perform(&mut tx, request, context).await?;
            Ok::<_, Failure>(tx.commit(completed))
        };
        // After the answer, and perhaps in another program: it is still what the request causes.
        Trace::within(context.trace, self.context.db.transact(fulfil)).await
    }
}
