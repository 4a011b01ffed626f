//! Requests that a process answered and did not finish before it ended.

use std::time::Duration;

use db::{DbError, Transaction};
use jobs::{Completed, Handler, Job, Outcome, Worker, WorkerSettings};
use kernel::BackOff;
use tokio_util::sync::CancellationToken;
use web::RequestContext;

use crate::answered_request::{ANSWERED_REQUEST, AfterAnswer, AnsweredRequest, Deferred, Written};
use crate::failure::Failure;
use crate::lifecycle::sign_up::SignUps;
use crate::lifecycle::store::sign_ups::Uncompared;
use crate::password::reset::PasswordResets;

/// Eight attempts in ten minutes.
const SETTINGS: WorkerSettings = WorkerSettings {
    batch: 50,
    parallel: 1,
    idle: Duration::from_secs(5),
    lease: Duration::from_secs(30),
    attempts: 8,
    back_off: BackOff { least: Duration::from_secs(5), most: Duration::from_mins(5) },
};

/// Finishes requests that some process answered and left unfinished. Any number of workers may run on one database.
#[derive(Clone)]
pub struct LeftRequests {
    pub(crate) after_answer: AfterAnswer,
    pub(crate) resets: PasswordResets,
    pub(crate) sign_ups: SignUps,
}

impl LeftRequests {
    /// Works until `end`, first at once.
    pub async fn follow(self, end: CancellationToken) {
        self.worker().run(end).await;
    }

    /// Does what was answered and left, and returns how many were tried. One that fails is tried again later, and is dead after a few
    /// attempts; it does not hold up the others.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn fulfil_what_is_left(&self) -> Result<u32, DbError> {
        let (worker, mut tried) = (self.worker(), 0);
        loop {
            let round = worker.round().await?;
            if round.tried() == 0 {
                return Ok(tried);
            }
            tried += round.tried();
        }
    }

    fn worker(&self) -> Worker<Self> {
        let (db, queue) = (self.after_answer.context.db.clone(), self.after_answer.queue.clone());
        Worker::new(db, queue, &ANSWERED_REQUEST, self.clone(), SETTINGS)
    }

    fn open(&self, job: &Job) -> Option<(AnsweredRequest, RequestContext)> {
        let plain = self.after_answer.queue.open(job).ok()??;
        serde_json::from_slice::<Written<AnsweredRequest>>(&plain).ok().map(Written::read)
    }
}

impl Deferred for LeftRequests {
    type Request = AnsweredRequest;

    async fn perform(
        &self,
        tx: &mut Transaction,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        match request {
            AnsweredRequest::Reset(wish) => self.resets.send_reset(tx, wish, context).await,
            AnsweredRequest::ProofAgain(wish) => self.sign_ups.send_proof_again(tx, wish, context).await,
            AnsweredRequest::SignUp(prepared) => {
                self.sign_ups.keep_sign_up(tx, prepared, Uncompared::Contest, context).await.map(|_| ())
            }
        }
    }
}

impl Handler for LeftRequests {
    async fn handle(&self, job: &Job) -> Result<Completed, jobs::Failure> {
        let unreadable = || jobs::Failure::Later("a request that was written down cannot be read".to_owned());
        let (request, context) = self.open(job).ok_or_else(unreadable)?;
        let done = self.after_answer.fulfil(self, job, &request, &context).await;
        done.map_err(|error| match error {
            Failure::Db(error) => error.into(),
            error => jobs::Failure::Later(error.to_string()),
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
