//! What is done after the answer, so that its time says nothing of an account (S-MAIL-9), and yet is not lost with the
//! process.
//!
//! Before the answer it is written down, the same for every address. The job is completed in the transaction of what it
//! says, so that is done once: by the process that answered, at once, or by a worker that finds what was left.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use db::{DbError, Transaction};
use jobs::{Completed, Failure, Handler, Job, JobError, JobKind, NewJob, Outcome, Worker, WorkerSettings};
use kernel::{BackOff, Purpose};
use names::{EmailAddress, Language, Source};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::model::error::AccountError;
use crate::model::prepared_sign_up::PreparedSignUp;
use crate::request_context::RequestContext;

/// Younger than this, the process that answered is still at it.
const OWN_TIME: Duration = Duration::from_secs(5);
/// A mail that comes later than this surprises more than it helps.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

const PURPOSE: Purpose = Purpose::new("answered-request");

/// A request that was answered and is still to be done. All of it is secret: addresses and hashes of passwords are in it.
pub static ANSWERED_REQUEST: JobKind = JobKind {
    name: "answered-request",
    purpose: PURPOSE,
    sealed_for: |job| job.id.clone(),
    longest_wait: Some(LONGEST_WAIT),
    keep_done: None,
    keep_dead: Some(LONGEST_WAIT),
};

/// Eight attempts in ten minutes.
const SETTINGS: WorkerSettings = WorkerSettings {
    batch: 50,
    parallel: 1,
    idle: Duration::from_secs(5),
    lease: Duration::from_secs(30),
    attempts: 8,
    back_off: BackOff { least: Duration::from_secs(5), most: Duration::from_mins(5) },
};

/// What was asked for.
#[derive(Serialize, Deserialize)]
pub(crate) enum AnsweredRequest {
    /// A mail to choose a new password.
    Reset(EmailAddress),
    /// The mail of a sign-up, once more.
    ProofAgain(EmailAddress),
    /// To keep a sign-up until its mailbox is proven.
    SignUp(PreparedSignUp),
}

/// What the secret of a job holds.
#[derive(Serialize, Deserialize)]
struct Written<R> {
    request: R,
    english: bool,
    request_id: String,
    address: IpAddr,
    network: String,
    user_agent: String,
}

impl<R> Written<R> {
    fn new(request: R, context: &RequestContext) -> Self {
        let Source { request_id, network, user_agent, .. } = context.source.clone();
        let (address, english) = (context.address(), context.language == Language::English);
        Self { request, english, request_id, address, network, user_agent }
    }

    /// Who asked.
    fn read(self) -> (R, RequestContext) {
        let Self { request, english, request_id, address, network, user_agent } = self;
        let source = Source::request(&request_id, network, &user_agent);
        let language = if english { Language::English } else { Language::Korean };
        (request, RequestContext { source, network: Some(address.into()), language, browser: None })
    }
}

impl Accounts {
    /// Writes a request down and does it after the answer.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when too many are being done; or when the database refuses.
    pub(crate) async fn after_answer(
        &self,
        request: AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        let place = Arc::clone(&self.after_answer).try_acquire_owned().map_err(|_| AccountError::Busy)?;
        let unwritable = AccountError::Internal("a request cannot be written down");
        let Ok(plain) = serde_json::to_vec(&Written::new(&request, context)).map(Zeroizing::new) else {
            return Err(unwritable);
        };
        let new = NewJob::new(&ANSWERED_REQUEST).secret(Some(&plain)).delay(OWN_TIME);
        let mut tx = self.db.begin().await?;
        let job = match self.queue.enqueue(&mut tx, new).await {
            Ok(Some(job)) => job,
            Ok(None) | Err(JobError::KeyRing(_)) => return Err(unwritable),
            Err(JobError::Db(error)) => return Err(error.into()),
        };
        tx.commit().await?;
        let (accounts, context) = (self.clone(), context.clone());
        self.ports.tasks.spawn(async move {
            let _held = place;
            if let Err(error) = accounts.fulfil(&job, &request, &context).await {
                tracing::error!(error = &error as &dyn std::error::Error, "work after an answer failed");
            }
        });
        Ok(())
    }

    /// Does until `end` what was answered by a process that is no more, first at once.
    pub async fn follow_answered_requests(self, end: CancellationToken) {
        self.answered_requests().run(end).await;
    }

    /// Does what was answered and left; answers how many were tried. One that fails is tried again later, and is dead after
    /// a few attempts; it keeps none of the others from being done.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn fulfil_what_is_left(&self) -> Result<u32, DbError> {
        let (worker, mut tried) = (self.answered_requests(), 0);
        loop {
            let round = worker.round().await?;
            if round.tried() == 0 {
                return Ok(tried);
            }
            tried += round.tried();
        }
    }

    fn answered_requests(&self) -> Worker<Fulfilment> {
        let fulfilment = Fulfilment { accounts: self.clone() };
        Worker::new(self.db.clone(), self.queue.clone(), &ANSWERED_REQUEST, fulfilment, SETTINGS)
    }

    /// Two sign-ups at once for one new address meet at its unique index; the second then finds the row of the first.
    async fn fulfil(
        &self,
        job: &Job,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<Completed, AccountError> {
        match self.try_to_fulfil(job, request, context).await {
            Err(AccountError::Db(DbError::Exists(_))) => self.try_to_fulfil(job, request, context).await,
            result => result,
        }
    }

    async fn try_to_fulfil(
        &self,
        job: &Job,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<Completed, AccountError> {
        let mut tx = self.db.begin().await?;
        let completed = self.queue.complete(&mut tx, job).await?;
        if completed.first() {
            self.fulfil_within(&mut tx, request, context).await?;
            tx.commit().await?;
        }
        Ok(completed)
    }

    async fn fulfil_within(
        &self,
        tx: &mut Transaction,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        match request {
            AnsweredRequest::Reset(email) => self.send_reset(tx, email, context).await,
            AnsweredRequest::ProofAgain(email) => self.send_proof_again(tx, email, context).await,
            AnsweredRequest::SignUp(prepared) => self.keep_sign_up(tx, prepared, context).await.map(|_| ()),
        }
    }
}

/// Does one request that was left.
struct Fulfilment {
    accounts: Accounts,
}

impl Fulfilment {
    fn open(&self, job: &Job) -> Option<(AnsweredRequest, RequestContext)> {
        let plain = self.accounts.queue.open(job).ok()??;
        serde_json::from_slice::<Written<AnsweredRequest>>(&plain).ok().map(Written::read)
    }
}

impl Handler for Fulfilment {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        let unreadable = || Failure::Later("a request that was written down cannot be read".to_owned());
        let (request, context) = self.open(job).ok_or_else(unreadable)?;
        let done = self.accounts.fulfil(job, &request, &context).await;
        done.map_err(|error| match error {
            AccountError::Db(error) => error.into(),
            error => Failure::Later(error.to_string()),
        })
    }

    fn count(&self, _: &Job, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Postponed => "postponed",
            Outcome::Dead => "parked",
        };
        metrics::counter!("daemun_answered_requests_total", "outcome" => outcome).increment(1);
    }
}
