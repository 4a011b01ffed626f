//! What is done after the answer, so that its time says nothing of an account (S-MAIL-9), and yet is not lost with the
//! process.
//!
//! Before the answer it is written down, the same for every address. Whoever takes that row away does what it says in the
//! same transaction, so it is done once: the process that answered, at once, or whichever looks for what was left.

use kernel::NewId as _;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use audit::Source;
use db::{DbError, Transaction};
use futures::FutureExt as _;
use kernel::BackOff;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::sign_up::PreparedSignUp;
use crate::store::answered_requests::{self, AnsweredRequestId, Left, PURPOSE, Times};
use crate::{AccountError, Accounts, RequestContext};
use names::{EmailAddress, Language};

/// How often it is looked for what others left.
const PAUSE: Duration = Duration::from_secs(5);
/// Younger than this, whoever answered is still at it.
const OWN_TIME: Duration = Duration::from_secs(5);
/// A mail that comes later than this surprises more than it helps.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(1);
const BATCH: u32 = 50;
/// After so many attempts, ten minutes in all, a request is parked until it expires.
const ATTEMPTS: u32 = 8;
const BACK_OFF: BackOff = BackOff { least: Duration::from_secs(5), most: Duration::from_mins(5) };

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

/// What stands in a row.
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
        let id = AnsweredRequestId::new(&*self.clock, &*self.randomness);
        let sealed = self.seal_request(id, &Written::new(&request, context))?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let times = Times { created: now, due: now.plus(OWN_TIME), expires: now.plus(GIVEN_UP_AFTER) };
        answered_requests::insert(&mut tx, (id, sealed), times).await?;
        tx.commit().await?;
        let (accounts, context) = (self.clone(), context.clone());
        self.ports.tasks.spawn(async move {
            let _held = place;
            if let Err(error) = accounts.fulfil(id, &request, &context).await {
                tracing::error!(error = &error as &dyn std::error::Error, "work after an answer failed");
            }
        });
        Ok(())
    }

    /// Looks until `end` for what was answered by a process that is no more, first at once.
    pub async fn follow_answered_requests(self, end: CancellationToken) {
        loop {
            if let Err(error) = self.fulfil_what_is_left().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what was answered is still to be done"
                );
            }
            if end.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                return;
            }
        }
    }

    /// Does what was answered and left; answers how many were tried. One that fails is tried again later, and parked after
    /// a few attempts; it keeps none of the others from being done.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fulfil_what_is_left(&self) -> Result<usize, AccountError> {
        let mut count = 0;
        loop {
            let left = {
                let mut reader = self.db.read().await?;
                answered_requests::left(&mut reader, self.clock.now(), (ATTEMPTS, BATCH)).await?
            };
            if left.is_empty() {
                return Ok(count);
            }
            for left in left {
                count += usize::from(self.try_left(&left).await?);
            }
        }
    }

    /// Tries one; `false` when another process does.
    async fn try_left(&self, left: &Left) -> Result<bool, DbError> {
        let attempts = left.attempts.saturating_add(1);
        // Counted before it is tried: also one that kills the process is parked in the end.
        let mut tx = self.db.begin().await?;
        let claimed =
            answered_requests::claim(&mut tx, left, self.clock.now().plus(BACK_OFF.after(attempts))).await?;
        tx.commit().await?;
        if !claimed {
            return Ok(false);
        }
        let done = AssertUnwindSafe(self.fulfil_left(left)).catch_unwind().await;
        let error = match done {
            Ok(Ok(())) => {
                count_left("done");
                return Ok(true);
            }
            Ok(Err(AccountError::Db(error @ DbError::Unavailable(_)))) => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => AccountError::Internal("the work after an answer panicked"),
        };
        let error: &dyn std::error::Error = &error;
        if attempts < ATTEMPTS {
            count_left("postponed");
            tracing::warn!(
                error,
                request = left.id,
                attempts,
                "work after an answer failed; it is tried again"
            );
        } else {
            count_left("parked");
            tracing::error!(error, request = left.id, attempts, "work after an answer was given up");
        }
        Ok(true)
    }

    async fn fulfil_left(&self, left: &Left) -> Result<(), AccountError> {
        let unreadable = |_| AccountError::Internal("a request that was written down has no id");
        let id = AnsweredRequestId::parse(&left.id).map_err(unreadable)?;
        let (request, context) = self.open_request(id, &left.sealed)?.read();
        self.fulfil(id, &request, &context).await
    }

    /// Two sign-ups at once for one new address meet at its unique index; the second then finds the row of the first.
    async fn fulfil(
        &self,
        id: AnsweredRequestId,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        match self.try_to_fulfil(id, request, context).await {
            Err(AccountError::Db(DbError::Exists(_))) => self.try_to_fulfil(id, request, context).await,
            result => result,
        }
    }

    async fn try_to_fulfil(
        &self,
        id: AnsweredRequestId,
        request: &AnsweredRequest,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        if answered_requests::take(&mut tx, id).await? {
            self.fulfil_within(&mut tx, request, context).await?;
            tx.commit().await?;
        }
        Ok(())
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

    fn seal_request(
        &self,
        id: AnsweredRequestId,
        written: &Written<&AnsweredRequest>,
    ) -> Result<Vec<u8>, AccountError> {
        let fault = AccountError::Internal("a request cannot be written down");
        let Ok(plain) = serde_json::to_vec(written).map(Zeroizing::new) else { return Err(fault) };
        self.key_ring.seal(PURPOSE, &id.to_string(), &plain, &*self.randomness).map_err(|_| fault)
    }

    fn open_request(
        &self,
        id: AnsweredRequestId,
        sealed: &[u8],
    ) -> Result<Written<AnsweredRequest>, AccountError> {
        let fault = AccountError::Internal("a request that was written down cannot be read");
        let Ok(plain) = self.key_ring.open(PURPOSE, &id.to_string(), sealed).map(Zeroizing::new) else {
            return Err(fault);
        };
        serde_json::from_slice(&plain).map_err(|_| fault)
    }
}

fn count_left(outcome: &'static str) {
    metrics::counter!("daemun_answered_requests_total", "outcome" => outcome).increment(1);
}
