//! The couriers. Each receiver has its own, so that no receiver waits for another.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use kernel::{BackOff, Clock, Context, Randomness, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::delivery::Claim;
use crate::post::{Answer, Post, TOTAL_TIMEOUT};
use crate::receiver::Receiver;
use crate::storage::DELIVERED_RETENTION;
use crate::store::{self, LEASE, Tried, Wanted};

/// After how many unreachable requests in a row a receiver counts as away. A single one may be due to one event.
const MAX_UNREACHABLE: u32 = 3;

/// How fast one receiver is sent its webhooks, and when an event is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CourierSettings {
    /// The most requests at once, each for another member.
    pub parallel: usize,
    /// The pause when there is nothing to send. The consumer of the same process ends it early.
    pub idle: Duration,
    /// For how long no other replica sends the same rows; after a crash they wait that long. It must exceed a request and the
    /// transaction that stores its outcome.
    pub lease: Duration,
    /// The pause after each failure. It varies at random by up to a fifth, so that a receiver that comes back is not flooded.
    pub back_off: BackOff,
    /// The pause while the receiver is away. Nothing is sent in it; after it one event is sent as a probe.
    pub away: BackOff,
    /// After how long an event that could not be delivered is given up.
    pub patience: Duration,
}

impl Default for CourierSettings {
    fn default() -> Self {
        Self {
            parallel: 16,
            idle: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            back_off: BackOff { least: Duration::from_secs(5), most: Duration::from_hours(6) },
            away: BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) },
            patience: Duration::from_hours(72),
        }
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver accepted it.
    Delivered,
    /// It will be tried again.
    Postponed,
    /// It was given up.
    GivenUp,
    /// Another replica has it, or it was not tried.
    Left,
}

impl Outcome {
    const fn label(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Postponed => "postponed",
            Self::GivenUp => "given-up",
            Self::Left => "left",
        }
    }
}

/// Sends the events of one receiver. Any number of couriers may do so on one database: each row is claimed by a conditional
/// update, and only the first waiting event of each member can be claimed.
pub struct Courier {
    shared: Arc<Shared>,
    flying: JoinSet<Result<Done, DbError>>,
    /// How many requests in a row could not reach the receiver, and until when nothing is sent to it.
    away: u32,
    alone_until: Timestamp,
}

/// What all requests share.
struct Shared {
    receiver: Receiver,
    post: Post,
    db: Database,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: CourierSettings,
}

/// The result of the task of a request.
type Joined = Result<Result<Done, DbError>, tokio::task::JoinError>;

/// The result of a request.
struct Done {
    outcome: Outcome,
    /// Whether the receiver answered; `None` if no request was sent.
    answers: Option<bool>,
    /// Whether it was the probe to a receiver that is away.
    to_see: bool,
}

impl Courier {
    /// A courier for `receiver`.
    pub fn new(
        receiver: Receiver,
        post: Post,
        db: Database,
        context: &Context,
        settings: CourierSettings,
    ) -> Self {
        let (clock, randomness) = (Arc::clone(&context.clock), Arc::clone(&context.randomness));
        Self {
            shared: Arc::new(Shared { receiver, post, db, clock, randomness, settings }),
            flying: JoinSet::new(),
            away: 0,
            alone_until: Timestamp::from_millis(0),
        }
    }

    /// Sends until `end`, and then waits for the requests in flight, ten seconds at most.
    pub async fn run(mut self, end: CancellationToken) {
        let mut failures = 0_u32;
        let mut added = self.shared.db.listen(store::TABLE);
        while !end.is_cancelled() {
            match self.begin().await {
                Ok(_) => failures = 0,
                Err(error) => {
                    failures = failures.saturating_add(1);
                    self.log_outage(&error);
                }
            }
            let pause = self.shared.settings.idle.max(self.shared.settings.away.after(failures));
            tokio::select! {
                () = end.cancelled() => {}
                Some(joined) = self.flying.join_next() => self.note(joined).await,
                // Events that became due begin, however slow the requests in flight are.
                () = tokio::time::sleep(pause) => {}
                () = added.wait(), if failures == 0 => {}
            }
            while let Some(joined) = self.flying.try_join_next() {
                self.note(joined).await;
            }
        }
        while let Some(joined) = self.flying.join_next().await {
            self.note(joined).await;
        }
    }

    async fn note(&mut self, joined: Joined) {
        if let Err(error) = self.settle(joined).await {
            self.log_outage(&error);
        }
    }

    fn log_outage(&self, error: &DbError) {
        let (error, receiver) = (error as &dyn std::error::Error, self.shared.receiver.name.as_str());
        tracing::warn!(error, receiver, "webhooks wait in the database");
    }

    /// Begins to send due events, as many as fit, and returns how many. A receiver that is away gets one, as a probe.
    ///
    /// # Errors
    /// When the database refuses. Then nothing is sent.
    pub async fn begin(&mut self) -> Result<usize, DbError> {
        let now = self.shared.clock.now();
        let is_away = self.away >= MAX_UNREACHABLE;
        let most = if is_away { 1 } else { self.shared.settings.parallel };
        let room = most.saturating_sub(self.flying.len());
        if room == 0 || (is_away && now < self.alone_until) {
            return Ok(0);
        }
        let wanted = Wanted { most: u32::try_from(room).unwrap_or(u32::MAX), is_away };
        let claimed = self.shared.claim(now, wanted).await?;
        let begun = claimed.rows.len();
        for row in claimed.rows {
            let (shared, until) = (Arc::clone(&self.shared), claimed.until);
            self.flying.spawn(async move {
                let done = shared.deliver(&row, until).await?;
                Ok(Done { to_see: is_away, ..done })
            });
        }
        Ok(begun)
    }

    /// Waits for one of the requests in flight; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses. Then the event is sent again when its lease ends.
    pub async fn next(&mut self) -> Option<Result<Outcome, DbError>> {
        let joined = self.flying.join_next().await?;
        Some(self.settle(joined).await)
    }

    /// Notes the result of a request.
    async fn settle(&mut self, joined: Joined) -> Result<Outcome, DbError> {
        // A task that panicked or was aborted: the event is sent again when its lease ends.
        let Ok(done) = joined else { return Ok(Outcome::Left) };
        let Done { outcome, answers, to_see } = done?;
        match answers {
            Some(true) => {
                if self.away >= MAX_UNREACHABLE {
                    self.shared.release().await?;
                }
                self.away = 0;
            }
            // Requests that began before the receiver counted as away say nothing new.
            Some(false) if self.away < MAX_UNREACHABLE || to_see => {
                self.away = self.away.saturating_add(1);
                let pause = self.shared.settings.away.after(self.away.saturating_sub(MAX_UNREACHABLE - 1));
                self.alone_until = self.shared.clock.now().plus(self.shared.with_chance(pause));
            }
            Some(false) | None => {}
        }
        Ok(outcome)
    }
}

/// The rows that were claimed, and until when.
struct Claimed {
    rows: Vec<Claim>,
    until: Timestamp,
}

impl Shared {
    async fn claim(&self, now: Timestamp, wanted: Wanted) -> Result<Claimed, DbError> {
        let mut reader = self.db.read().await?;
        let due = store::due(&mut reader, self.receiver.name.as_str(), now, wanted).await?;
        drop(reader);
        let until = now.plus(self.settings.lease);
        Ok(Claimed { rows: LEASE.claim(&self.db, due, until).await?, until })
    }

    async fn deliver(&self, row: &Claim, until: Timestamp) -> Result<Done, DbError> {
        let began = self.clock.now();
        if until.since(began) <= TOTAL_TIMEOUT {
            // The database was slow: the lease could end before the request does.
            return Ok(Done { outcome: Outcome::Left, answers: None, to_see: false });
        }
        let answer = self.post.send(&self.receiver, &row.event_id, &row.body, began).await;
        let at = self.clock.now();
        let text = answer.text();
        let tried = Tried { row, claimed: until, answer: &text, at };
        let outcome = match answer {
            Answer::Taken(_) => self.delivered(&tried).await?,
            Answer::Refused(_) | Answer::Unreachable(_) => {
                let is_unreachable = matches!(answer, Answer::Unreachable(_));
                self.failed(&tried, is_unreachable).await?
            }
        };
        let (receiver, topic) = (self.receiver.name.to_string(), row.topic.clone());
        let labels = [("receiver", receiver), ("topic", topic), ("outcome", outcome.label().to_owned())];
        metrics::counter!("daemun_webhooks_total", &labels).increment(1);
        Ok(Done { outcome, answers: Some(!matches!(answer, Answer::Unreachable(_))), to_see: false })
    }

    async fn delivered(&self, tried: &Tried<'_>) -> Result<Outcome, DbError> {
        let work = async |mut tx: LentTransaction| {
            let first = store::delivered(&mut tx, tried, tried.at.plus(DELIVERED_RETENTION)).await?;
            Ok::<_, DbError>(tx.commit(first))
        };
        Ok(if self.db.transact(work).await? { Outcome::Delivered } else { Outcome::Left })
    }

    async fn failed(&self, tried: &Tried<'_>, is_unreachable: bool) -> Result<Outcome, DbError> {
        let Tried { row, answer, at, .. } = tried;
        let (receiver, event) = (self.receiver.name.as_str(), row.event_id.as_str());
        let is_over = at.since(row.waiting_since) >= self.settings.patience;
        let due = at.plus(self.with_chance(self.settings.back_off.after(row.failures.saturating_add(1))));
        let work = async |mut tx: LentTransaction| {
            let ours = if is_over {
                store::give_up(&mut tx, tried).await?
            } else {
                store::postpone(&mut tx, tried, due, is_unreachable).await?
            };
            Ok::<_, DbError>(tx.commit(ours))
        };
        if !self.db.transact(work).await? {
            return Ok(Outcome::Left);
        }
        if is_over {
            tracing::error!(receiver, event, answer, "a webhook was given up");
            return Ok(Outcome::GivenUp);
        }
        tracing::warn!(receiver, event, answer, "a webhook is retried later");
        Ok(Outcome::Postponed)
    }

    /// Makes the events due that wait because the receiver was away.
    async fn release(&self) -> Result<(), DbError> {
        let (receiver, now) = (self.receiver.name.as_str(), self.clock.now());
        let work = async |mut tx: LentTransaction| {
            let released = store::release(&mut tx, receiver, now).await?;
            Ok::<_, DbError>(tx.commit(released))
        };
        self.db.transact(work).await?;
        tracing::info!(receiver, "the receiver of webhooks answers again");
        Ok(())
    }

    /// A random pause between four and six fifths of `pause`.
    fn with_chance(&self, pause: Duration) -> Duration {
        let mut byte = [0];
        self.randomness.fill(&mut byte);
        pause * (800 + u32::from(byte[0]) * 400 / 255) / 1000
    }
}
