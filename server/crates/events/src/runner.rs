//! What is between the bus and a consumer: one transaction for each event, attempts that are bounded, dead letters.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError};
use futures::FutureExt as _;
use kernel::{BackOff, Clock};
use tokio_util::sync::CancellationToken;

use crate::bus::BusError;
use crate::causes::with_causes;
use crate::consumer::{Consumer, HandleError, Received};
use crate::event::Event;
use crate::inbox;
use crate::subscription::{Delivery, Groups, Subscription};

/// How a consumer is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// At most so many deliveries at once.
    pub batch: u32,
    /// The pause when there is nothing to do.
    pub idle: Duration,
    /// How long the consumer may take for one event.
    pub time_out: Duration,
    /// After so many failures an event goes to `<topic>.dead`.
    pub attempts: u32,
    /// The pause after each failure, for the events of that member only.
    pub back_off: BackOff,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self {
            batch: 16,
            idle: Duration::from_millis(200),
            time_out: Duration::from_secs(10),
            attempts: 8,
            back_off: BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) },
        }
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsumerRound {
    /// Events that were dealt with.
    pub handled: u32,
    /// Events that had been dealt with before.
    pub repeated: u32,
    /// Events that come again later.
    pub failed: u32,
    /// Events that went to `<topic>.dead`.
    pub dead: u32,
}

/// Runs one consumer. Any number of runners of the same consumer share its events.
pub struct ConsumerRunner {
    consumer: Arc<dyn Consumer>,
    subscription: Box<dyn Subscription>,
    db: Database,
    clock: Arc<dyn Clock>,
    settings: ConsumerSettings,
}

/// Why an attempt did not end well.
enum Attempt {
    /// The database is away; the event is not at fault.
    Away(DbError),
    /// It failed. The log gets the reason only: causes may quote what the event holds (S-LOG-2).
    Failed {
        /// What is to be said of it.
        reason: String,
        /// The reason with its causes, for the dead letter.
        detail: String,
    },
}

impl ConsumerRunner {
    /// Joins the consumer's group on a bus. Do it before the relay starts, or a consumer that is new misses what is
    /// published until then.
    ///
    /// # Errors
    /// When the bus does not answer.
    pub async fn start(
        consumer: Arc<dyn Consumer>,
        groups: &dyn Groups,
        db: Database,
        clock: Arc<dyn Clock>,
        settings: ConsumerSettings,
    ) -> Result<Self, BusError> {
        let subscription = groups.join(consumer.name(), consumer.topics()).await?;
        Ok(Self { consumer, subscription, db, clock, settings })
    }

    /// Deals with events until `end`. The one in hand is finished first; what was taken beyond it is given back.
    pub async fn run(mut self, end: CancellationToken) {
        let mut failures = 0_u32;
        while !end.is_cancelled() {
            let pause = match self.round(&end).await {
                Ok(round) if round == ConsumerRound::default() => {
                    failures = 0;
                    tokio::select! {
                        () = end.cancelled() => return,
                        () = self.subscription.wait(self.settings.idle) => continue,
                    }
                }
                Ok(_) => {
                    failures = 0;
                    continue;
                }
                Err(error) => {
                    let consumer = self.consumer.name().as_str();
                    tracing::warn!(error = &error as &dyn std::error::Error, consumer, "a consumer waits");
                    failures = failures.saturating_add(1);
                    self.settings.back_off.after(failures)
                }
            };
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Deals with one batch.
    ///
    /// # Errors
    /// When bus or database cannot be reached; what was not acknowledged comes again.
    pub async fn round(&mut self, end: &CancellationToken) -> Result<ConsumerRound, BusError> {
        let mut round = ConsumerRound::default();
        let mut deliveries = self.subscription.receive(self.settings.batch).await?.into_iter();
        for delivery in deliveries.by_ref() {
            if self.hold_is_lost(&delivery) {
                continue;
            }
            if end.is_cancelled() {
                self.subscription.give_back(&delivery, Duration::ZERO).await?;
                continue;
            }
            if let Err(error) = self.deal_with(&delivery, &mut round).await {
                self.give_back(&delivery).await;
                for later in deliveries {
                    self.give_back(&later).await;
                }
                return Err(error);
            }
        }
        Ok(round)
    }

    /// Somebody else may have it by now.
    fn hold_is_lost(&self, delivery: &Delivery) -> bool {
        delivery.held_until.is_some_and(|until| until <= self.clock.now())
    }

    /// Best effort: what cannot be given back comes again when the hold on it ends.
    async fn give_back(&mut self, delivery: &Delivery) {
        let _ = self.subscription.give_back(delivery, self.settings.back_off.least).await;
    }

    async fn deal_with(&mut self, delivery: &Delivery, round: &mut ConsumerRound) -> Result<(), BusError> {
        let (consumer, topic) = (self.consumer.name().as_str(), delivery.topic.as_str());
        let count = |outcome| {
            metrics::counter!(
                "daemun_events_consumed_total", "consumer" => consumer, "topic" => topic, "outcome" => outcome
            )
            .increment(1);
        };
        match self.attempt(delivery).await {
            Ok(true) => {
                count("handled");
                round.handled += 1;
                self.subscription.acknowledge(delivery).await
            }
            Ok(false) => {
                count("repeated");
                round.repeated += 1;
                self.subscription.acknowledge(delivery).await
            }
            Err(Attempt::Away(error)) => Err(BusError::Db(error)),
            Err(Attempt::Failed { reason, detail })
                if delivery.failures.saturating_add(1) >= self.settings.attempts =>
            {
                count("dead");
                round.dead += 1;
                tracing::error!(event = delivery.receipt, consumer, topic, reason, "an event was put aside");
                self.bury(delivery, &detail).await
            }
            Err(Attempt::Failed { reason, .. }) => {
                count("failed");
                round.failed += 1;
                tracing::warn!(
                    event = delivery.receipt,
                    consumer,
                    topic,
                    reason,
                    "an event comes again later"
                );
                let pause = self.settings.back_off.after(delivery.failures.saturating_add(1));
                self.subscription.fail(delivery, pause).await
            }
        }
    }

    /// Tries once, in one transaction; `false` when the event had been dealt with before.
    async fn attempt(&self, delivery: &Delivery) -> Result<bool, Attempt> {
        let event = Event::parse(delivery.topic, &delivery.body).map_err(|error| failed(&error))?;
        if event.key().to_string() != delivery.key {
            return Err(plain("the event is about another member than its key says"));
        }
        let mut tx = self.db.begin().await?;
        if !inbox::insert(&mut tx, self.consumer.name(), event.id(), self.clock.now()).await? {
            return Ok(false);
        }
        if self.consumer.topics().contains(&delivery.topic) {
            let received = Received { event, sequence: delivery.sequence };
            let work = AssertUnwindSafe(self.consumer.handle(&mut tx, &received)).catch_unwind();
            match tokio::time::timeout(self.settings.time_out, work).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(HandleError::Db(error)))) => return Err(error.into()),
                Ok(Ok(Err(error @ HandleError::Failed(_)))) => return Err(failed(&error)),
                Ok(Err(_)) => return Err(plain("the consumer panicked")),
                Err(_) => return Err(plain("the consumer took too long")),
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Puts the event aside and notes it as dealt with, so that a copy that comes late does not overtake what followed.
    /// In this order: a crash between the two leaves a dead letter and a copy, never neither.
    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        self.subscription.bury(delivery, reason).await?;
        if let Ok(event) = Event::parse(delivery.topic, &delivery.body) {
            let mut tx = self.db.begin().await?;
            inbox::insert(&mut tx, self.consumer.name(), event.id(), self.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl From<DbError> for Attempt {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => Self::Away(error),
            other => failed(&other),
        }
    }
}

fn failed(error: &dyn std::error::Error) -> Attempt {
    Attempt::Failed { reason: error.to_string(), detail: with_causes(error) }
}

fn plain(reason: &str) -> Attempt {
    Attempt::Failed { reason: reason.to_owned(), detail: reason.to_owned() }
}
