//! What sends: one courier for each receiver, so that none waits for another's.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use kernel::{BackOff, Clock, Context, Randomness, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::delivery::Claim;
use crate::post::{Answer, PATIENCE, Post};
use crate::receiver::Receiver;
use crate::storage::DELIVERED_KEPT;
use crate::store::{self, LEASE, Tried, Wanted};

/// After so many requests in a row that found nobody, the receiver is away. One event that it cannot deal with says little.
const AWAY_AFTER: u32 = 3;

/// How a courier works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CourierSettings {
    /// At most so many requests at once, each of another member.
    pub parallel: usize,
    /// The pause when there is nothing to send, unless this program hears of something.
    pub idle: Duration,
    /// For so long no other replica sends what one has; after a crash it waits so long. Longer than a request and what is written
    /// of it.
    pub lease: Duration,
    /// The pause after each failure, of which up to a fifth more or less is chance: receivers that come back are not flooded.
    pub back_off: BackOff,
    /// The pause after a request to a receiver that is away. Meanwhile nothing is sent to it; afterwards one event, to see.
    pub away: BackOff,
    /// What was tried in vain for so long is given up.
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
    /// The receiver has it.
    Delivered,
    /// It is tried again later.
    Postponed,
    /// It was tried for three days.
    GivenUp,
    /// Somebody else had it by then, or it was not tried.
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

/// Sends the events of one receiver. Any number of couriers may work for it on one database: each row is claimed by a conditional
/// update, and of each member only the first that waits can be.
pub struct Courier {
    shared: Arc<Shared>,
    flying: JoinSet<Result<Done, DbError>>,
    /// How many requests in a row found the receiver away, and until when it is left alone.
    away: u32,
    alone_until: Timestamp,
}

/// What each request needs.
struct Shared {
    receiver: Receiver,
    post: Post,
    db: Database,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: CourierSettings,
}

/// How a request ended.
type Joined = Result<Result<Done, DbError>, tokio::task::JoinError>;

/// What a request came to.
struct Done {
    outcome: Outcome,
    /// Whether the receiver answers; `None` when nobody asked it.
    answers: Option<bool>,
    /// Whether it was the one that is sent to see whether a receiver is back.
    to_see: bool,
}

impl Courier {
    /// A courier.
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

    /// Sends until `end`. What is on its way then is waited for, which takes ten seconds at most.
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
                // What became due meanwhile begins, however slow others are.
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

    /// Begins to send what is due, as far as there is room; how many. A receiver that was away gets one, to see.
    ///
    /// # Errors
    /// When the database refuses; then nothing is sent.
    pub async fn begin(&mut self) -> Result<usize, DbError> {
        let now = self.shared.clock.now();
        let is_away = self.away >= AWAY_AFTER;
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

    /// Waits until one of those that were begun has ended; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses; then it is sent again when its lease ends.
    pub async fn next(&mut self) -> Option<Result<Outcome, DbError>> {
        let joined = self.flying.join_next().await?;
        Some(self.settle(joined).await)
    }

    /// Takes in what one came to.
    async fn settle(&mut self, joined: Joined) -> Result<Outcome, DbError> {
        // One that panicked, or was ended with the program, comes again when its lease ends.
        let Ok(done) = joined else { return Ok(Outcome::Left) };
        let Done { outcome, answers, to_see } = done?;
        match answers {
            Some(true) => {
                if self.away >= AWAY_AFTER {
                    self.shared.release().await?;
                }
                self.away = 0;
            }
            // What had begun before that was known says nothing new.
            Some(false) if self.away < AWAY_AFTER || to_see => {
                self.away = self.away.saturating_add(1);
                let pause = self.shared.settings.away.after(self.away.saturating_sub(AWAY_AFTER - 1));
                self.alone_until = self.shared.clock.now().plus(self.shared.with_chance(pause));
            }
            Some(false) | None => {}
        }
        Ok(outcome)
    }
}

/// Rows that are ours.
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
        if until.since(began) <= PATIENCE {
            // The database was slow: another replica could send it before we are done.
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
            let first = store::delivered(&mut tx, tried, tried.at.plus(DELIVERED_KEPT)).await?;
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
        tracing::warn!(receiver, event, answer, "a webhook is sent again later");
        Ok(Outcome::Postponed)
    }

    /// What waits because the receiver was away is due now.
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

    /// Between four and six fifths of it.
    fn with_chance(&self, pause: Duration) -> Duration {
        let mut byte = [0];
        self.randomness.fill(&mut byte);
        pause * (800 + u32::from(byte[0]) * 400 / 255) / 1000
    }
}
