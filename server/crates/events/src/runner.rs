//! What is between the bus and a consumer: transactions with the effects of events and the notes of them, attempts that are bounded,
//! dead letters.
//!
//! Events that come together share a transaction, since it is the commit that takes its time. Where one of them fails nothing of
//! it is true, and each is dealt with in a transaction of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Database, DbError, LentTransaction};
use kernel::{BackOff, Clock};
use tokio_util::sync::CancellationToken;

use crate::attempt::{Attempt, Failure, read};
use crate::bus::BusError;
use crate::causes::with_causes;
use crate::consumer::{Consumer, Received};
use crate::effects::Effects;
use crate::event::Event;
use crate::inbox;
use crate::kafka_settings::KafkaSettings;
use crate::subscription::{Delivery, Groups, Subscription};

/// How a consumer is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// At most so many deliveries at once.
    pub batch: u32,
    /// After so long, what is left of them is given back: a bus wants to hear of its members.
    pub round: Duration,
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
            batch: 64,
            round: Duration::from_mins(1),
            idle: Duration::from_millis(200),
            time_out: Duration::from_secs(10),
            attempts: 8,
            back_off: BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) },
        }
    }
}

impl ConsumerSettings {
    /// For a cluster: it likes many at once. A round is over so early that the transaction that has begun, with all its repetitions,
    /// is over as well before the brokers give up the member.
    pub fn for_brokers(settings: &KafkaSettings) -> Self {
        let usual = Self::default();
        Self { batch: 512, round: usual.round.min(settings.poll_interval() / 5), ..usual }
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
    /// So many of the next deliveries are dealt with alone, since one among them failed together with others.
    one_by_one: usize,
    /// Whether the inbox is asked before a transaction that several share: so at first, and while events come that were dealt with
    /// before. Otherwise the notes tell by themselves, which spares a look for each event.
    looks: bool,
}

/// What was dealt with in a transaction.
struct Done {
    /// Of each event whether that was now, or it had been before.
    each: Vec<bool>,
    /// Whether the bus knows.
    is_acknowledged: bool,
}

/// Deliveries that are not dealt with yet, and of each the event, if it is one.
#[derive(Clone, Copy)]
struct Left<'a> {
    deliveries: &'a [Delivery],
    events: &'a [Result<Received, Failure>],
}

impl Left<'_> {
    fn after(self, dealt_with: usize) -> Self {
        Self {
            deliveries: self.deliveries.get(dealt_with..).unwrap_or_default(),
            events: self.events.get(dealt_with..).unwrap_or_default(),
        }
    }
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
        Ok(Self { consumer, subscription, db, clock, settings, one_by_one: 0, looks: true })
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
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        consumer,
                        "a consumer is waiting"
                    );
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
        let deliveries = self.subscription.receive(self.settings.batch).await?;
        let events: Vec<_> = deliveries.iter().map(read).collect();
        let (began, mut left) = (Instant::now(), Left { deliveries: &deliveries, events: &events });
        while !left.deliveries.is_empty() {
            let late = left.deliveries.len() < deliveries.len() && began.elapsed() >= self.settings.round;
            if late || end.is_cancelled() {
                for later in left.deliveries {
                    self.subscription.give_back(later, Duration::ZERO).await?;
                }
                break;
            }
            match self.some(left, &mut round).await {
                Ok(dealt_with) => left = left.after(dealt_with),
                Err(error) => {
                    for later in left.deliveries {
                        self.give_back(later).await;
                    }
                    return Err(error);
                }
            }
        }
        Ok(round)
    }

    /// Deals with the first of these: with as many as one transaction takes, or with one where that does not succeed. Answers with
    /// how many: none where it is to be tried once more, with a look into the inbox.
    async fn some(&mut self, left: Left<'_>, round: &mut ConsumerRound) -> Result<usize, BusError> {
        let Left { deliveries, events } = left;
        let Some((first, event)) = deliveries.first().zip(events.first()) else { return Ok(1) };
        if self.hold_is_lost(first) {
            return Ok(1);
        }
        // What cannot be read keeps none of the others from a transaction together: it is dealt with alone, in its turn.
        let together: Vec<&Received> = deliveries
            .iter()
            .zip(events)
            .take_while(|(delivery, _)| !self.hold_is_lost(delivery))
            .map_while(|(_, event)| event.as_ref().ok())
            .collect();
        if self.one_by_one < 1 && together.len() > 1 {
            match self.attempt(deliveries, &together).await {
                Ok(done) => {
                    self.looks = done.each.contains(&false);
                    self.acknowledge(deliveries, &done, round).await?;
                    return Ok(done.each.len());
                }
                Err(Attempt::Repeated) if !self.looks => {
                    self.looks = true;
                    return Ok(0);
                }
                Err(Attempt::Away(error)) => return Err(BusError::Db(error)),
                // Which of them is at fault, each has to show alone.
                Err(Attempt::Failed(_) | Attempt::Repeated) => self.one_by_one = together.len(),
            }
        }
        self.one_by_one = self.one_by_one.saturating_sub(1);
        self.deal_with(first, event, round).await?;
        Ok(1)
    }

    /// Somebody else may have it by now.
    fn hold_is_lost(&self, delivery: &Delivery) -> bool {
        delivery.held_until.is_some_and(|until| until <= self.clock.now())
    }

    /// Best effort: what cannot be given back comes again when the hold on it ends.
    async fn give_back(&mut self, delivery: &Delivery) {
        let _ = self.subscription.give_back(delivery, self.settings.back_off.least).await;
    }

    fn count(&self, delivery: &Delivery, outcome: &'static str) {
        let (consumer, topic) = (self.consumer.name().as_str(), delivery.topic.as_str());
        metrics::counter!(
            "daemun_events_consumed_total", "consumer" => consumer, "topic" => topic, "outcome" => outcome
        )
        .increment(1);
    }

    /// Tells the bus of the first of these, which are dealt with, if it does not know.
    async fn acknowledge(
        &mut self,
        deliveries: &[Delivery],
        done: &Done,
        round: &mut ConsumerRound,
    ) -> Result<(), BusError> {
        for (delivery, now) in deliveries.iter().zip(&done.each) {
            self.count(delivery, if *now { "handled" } else { "repeated" });
            *(if *now { &mut round.handled } else { &mut round.repeated }) += 1;
        }
        if done.is_acknowledged {
            return Ok(());
        }
        self.subscription.acknowledge(deliveries.get(..done.each.len()).unwrap_or_default()).await
    }

    async fn deal_with(
        &mut self,
        delivery: &Delivery,
        event: &Result<Received, Failure>,
        round: &mut ConsumerRound,
    ) -> Result<(), BusError> {
        let only = std::slice::from_ref(delivery);
        let attempt = match event {
            Ok(event) => self.attempt(only, &[event]).await,
            Err(unreadable) => Err(Attempt::Failed(unreadable.clone())),
        };
        match attempt {
            Ok(done) => self.acknowledge(only, &done, round).await,
            Err(Attempt::Away(error)) => Err(BusError::Db(error)),
            Err(Attempt::Failed(failure)) => self.failed(delivery, &failure, round).await,
            // Alone, it would have been told as such.
            Err(Attempt::Repeated) => Ok(()),
        }
    }

    /// It comes again later, or goes aside.
    async fn failed(
        &mut self,
        delivery: &Delivery,
        failure: &Failure,
        round: &mut ConsumerRound,
    ) -> Result<(), BusError> {
        let (consumer, topic) = (self.consumer.name().as_str(), delivery.topic.as_str());
        let (event, reason) = (delivery.receipt.as_str(), failure.reason.as_str());
        let failures = delivery.failures.saturating_add(1);
        if failures >= self.settings.attempts {
            return match self.bury(delivery, &failure.detail).await {
                // It keeps its own member waiting, as before, and nobody else.
                Err(error @ BusError::Broker(_)) => {
                    let error = with_causes(&error);
                    tracing::error!(
                        error,
                        event,
                        consumer,
                        topic,
                        reason,
                        "an event cannot be stored as a dead letter"
                    );
                    self.subscription.fail(delivery, self.settings.back_off.most).await
                }
                Err(error) => Err(error),
                Ok(()) => {
                    self.count(delivery, "dead");
                    round.dead += 1;
                    tracing::error!(event, consumer, topic, reason, "an event became a dead letter");
                    Ok(())
                }
            };
        }
        self.count(delivery, "failed");
        round.failed += 1;
        tracing::warn!(event, consumer, topic, reason, "an event is retried later");
        self.subscription.fail(delivery, self.settings.back_off.after(failures)).await
    }

    /// Tries the first of these events in one transaction: the first, and as many more as it may hold for. They are those of the first
    /// deliveries.
    async fn attempt(&self, deliveries: &[Delivery], events: &[&Received]) -> Result<Done, Attempt> {
        let effects = Effects {
            consumer: &*self.consumer,
            now: self.clock.now(),
            time_out: self.settings.time_out,
            looks: self.looks,
        };
        let work = async |mut tx: LentTransaction| {
            let each = match events {
                [one] => vec![effects.alone(&mut tx, one).await?],
                _ => effects.together(&mut tx, events).await?,
            };
            let dealt_with = deliveries.get(..each.len()).unwrap_or_default();
            let is_acknowledged = self.subscription.acknowledge_within(&mut tx, dealt_with).await?;
            Ok::<_, Attempt>(tx.commit(Done { each, is_acknowledged }))
        };
        self.db.transact(work).await
    }

    /// Puts the event aside and notes it as dealt with, so that a copy that comes late does not overtake what followed.
    /// In this order: a crash between the two leaves a dead letter and a copy, never neither.
    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        self.subscription.bury(delivery, reason).await?;
        let Ok(event) = Event::parse(delivery.topic, &delivery.body) else { return Ok(()) };
        let now = self.clock.now();
        let note = async |mut tx: LentTransaction| {
            inbox::insert(&mut tx, self.consumer.name(), event.id(), now).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        Ok(self.db.transact(note).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_over_long_before_the_brokers_give_up_the_member() {
        let mut settings = KafkaSettings::default();
        assert_eq!(ConsumerSettings::for_brokers(&settings).round, Duration::from_mins(1));
        settings.librdkafka.insert("max.poll.interval.ms".to_owned(), "50000".to_owned());
        assert_eq!(ConsumerSettings::for_brokers(&settings).round, Duration::from_secs(10));
    }
}
