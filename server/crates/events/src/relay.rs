//! The relay: takes events out of the outbox to the bus.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use kernel::{BackOff, Clock, Timestamp};
use store::Waiting;
use tokio_util::sync::CancellationToken;

use crate::causes::with_causes;
use crate::kafka_settings::KafkaSettings;
use crate::outbox::{self, store};
use crate::publisher::{Acknowledgement, Message, Publisher};

/// So much of a lease may pass until the events go to the bus.
const CLAIMING: Duration = Duration::from_secs(2);

/// How the relay works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// At most so many events at once.
    pub batch: u32,
    /// The pause when there is nothing to publish.
    pub idle: Duration,
    /// For so long no other relay takes the same events; after a crash they wait so long. All of it but two seconds is for the bus.
    pub lease: Duration,
    /// The pause after a refusal: for the event, and for the relay when nothing at all went through.
    pub back_off: BackOff,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 100,
            idle: Duration::from_millis(250),
            lease: Duration::from_secs(9),
            back_off: BackOff { least: Duration::from_millis(500), most: Duration::from_mins(1) },
        }
    }
}

impl RelaySettings {
    /// For a cluster: it may take a while and likes many at once.
    pub fn for_brokers(settings: &KafkaSettings) -> Self {
        Self {
            batch: 500,
            idle: Duration::from_millis(100),
            lease: settings.request_timeout.saturating_add(CLAIMING),
            ..Self::default()
        }
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelayRound {
    /// Events that the bus acknowledged.
    pub published: u32,
    /// Events that it did not.
    pub refused: u32,
}

/// Publishes the outbox. Any number of relays may run on one database: each event is claimed by a conditional update,
/// and of each member only the first unpublished event can be, so that order needs no agreement among relays.
#[derive(Clone, Debug)]
pub struct Relay {
    db: Database,
    publisher: Arc<dyn Publisher>,
    clock: Arc<dyn Clock>,
    settings: RelaySettings,
}

impl Relay {
    /// A relay from `db` to a bus.
    pub fn new(
        db: Database,
        publisher: Arc<dyn Publisher>,
        clock: Arc<dyn Clock>,
        settings: RelaySettings,
    ) -> Self {
        Self { db, publisher, clock, settings }
    }

    /// Publishes until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        let mut failures = 0_u32;
        while !end.is_cancelled() {
            let pause = match self.round().await {
                Ok(RelayRound { published: 1.., .. }) => {
                    failures = 0;
                    continue;
                }
                Ok(RelayRound { refused: 0, .. }) => {
                    failures = 0;
                    self.settings.idle
                }
                Ok(_) => {
                    failures = failures.saturating_add(1);
                    self.settings.back_off.after(failures).max(self.settings.idle)
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "events wait in the outbox");
                    failures = failures.saturating_add(1);
                    self.settings.back_off.after(failures).max(self.settings.idle)
                }
            };
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Publishes one batch: at most one event of each member.
    ///
    /// # Errors
    /// When the database refuses. Nothing is lost: what was not marked is published again when its lease ends.
    pub async fn round(&self) -> Result<RelayRound, DbError> {
        if self.publisher.is_away() {
            // Rows that nobody touches are ready the moment the bus is back, however long it was away.
            outbox::measure(&self.db, &*self.clock).await?;
            return Ok(RelayRound::default());
        }
        let batch = self.claim().await?;
        let mut round = RelayRound::default();
        if !batch.is_empty() {
            let left = batch.until.since(self.clock.now());
            if left.is_zero() || left < self.settings.lease.saturating_sub(CLAIMING) {
                self.release(&batch).await?;
            } else {
                // No transaction is open here: the bus may be slow, and on SQLite it needs the one writer itself.
                let answers = self.publish(&batch.readable, left).await;
                round = self.settle(&batch, answers).await?;
            }
        }
        outbox::measure(&self.db, &*self.clock).await?;
        metrics::counter!("daemun_events_published_total").increment(u64::from(round.published));
        metrics::counter!("daemun_events_refused_total").increment(u64::from(round.refused));
        Ok(round)
    }

    /// Takes what is to be published.
    async fn claim(&self) -> Result<Batch, DbError> {
        let mut reader = self.db.read().await?;
        let due = store::due(&mut reader, self.clock.now(), self.settings.batch).await?;
        drop(reader);
        let Taken { rows, until } = self.take(due).await?;
        let mut batch = Batch { unreadable: Vec::new(), readable: Vec::with_capacity(rows.len()), until };
        for row in rows {
            match row.message {
                Ok(message) => {
                    batch.readable.push(Claimed { id: row.id, failures: row.failures, message });
                }
                Err(_) => batch.unreadable.push(row),
            }
        }
        Ok(batch)
    }

    /// Those of the rows `due` that nobody else took meanwhile: all of them in a few statements, or where others were faster with
    /// some, one by one.
    async fn take(&self, mut due: Vec<Waiting>) -> Result<Taken, DbError> {
        // In one order for all, so that relays which claim the same rows wait for each other in one direction only.
        due.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let ids: Vec<&str> = due.iter().map(|row| row.id.as_str()).collect();
        let all = async |mut tx: LentTransaction| {
            // The lease begins with the transaction: it may have waited, or be done again.
            let now = self.clock.now();
            let until = now.plus(self.settings.lease);
            let all = store::claim_all(&mut tx, &ids, now, until).await?;
            Ok::<_, DbError>(if all { tx.commit(Some(until)) } else { tx.roll_back(None) })
        };
        let until = if due.is_empty() { Some(self.clock.now()) } else { self.db.transact(all).await? };
        if let Some(until) = until {
            return Ok(Taken { rows: due, until });
        }
        let until = self.clock.now().plus(self.settings.lease);
        Ok(Taken { rows: store::LEASE.claim(&self.db, due, until).await?, until })
    }

    /// What became of each within the time that is `left`, or why nothing is known of any.
    async fn publish(&self, batch: &[Claimed], left: Duration) -> Result<Vec<Acknowledgement>, String> {
        let messages: Vec<Message> = batch.iter().map(|claimed| claimed.message.clone()).collect();
        match tokio::time::timeout(left, self.publisher.publish(&messages)).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error)) => Err(with_causes(&error)),
            Err(_) => Err("the bus took too long".to_owned()),
        }
    }

    /// Gives back what the database was slow to claim: it could reach the bus when another relay has it.
    async fn release(&self, batch: &Batch) -> Result<(), DbError> {
        tracing::warn!(
            events = batch.len(),
            "the database took too long to claim events: they wait in the outbox"
        );
        let now = self.clock.now();
        let release = async |mut tx: LentTransaction| {
            for id in batch.ids() {
                store::UNTRIED.give_back(&mut tx, [id], batch.until, now).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        self.db.transact(release).await
    }

    /// Marks what the bus has, and gives the rest back for later.
    async fn settle(
        &self,
        batch: &Batch,
        answers: Result<Vec<Acknowledgement>, String>,
    ) -> Result<RelayRound, DbError> {
        let (mut stored, mut refused) = (Vec::with_capacity(batch.readable.len()), Vec::new());
        // One line for an outage, however many events wait.
        if let Err(reason) = &answers {
            tracing::warn!(
                events = batch.readable.len(),
                reason,
                "the bus is away: events wait in the outbox"
            );
        }
        for (index, row) in batch.readable.iter().enumerate() {
            match answers.as_ref().map(|answers| answers.get(index)) {
                Ok(Some(Acknowledgement::Stored)) => {
                    stored.push(row.id.as_str());
                    continue;
                }
                Ok(Some(Acknowledgement::Refused(reason))) => {
                    tracing::warn!(event = row.id, topic = %row.message.topic, reason, "the bus refused an event");
                }
                Ok(None) => tracing::warn!(event = row.id, "the bus did not say what became of an event"),
                Err(_) => {}
            }
            refused.push(Refused { id: &row.id, failures: row.failures });
        }
        for row in &batch.unreadable {
            tracing::error!(event = row.id, "an event in the outbox cannot be read by this version");
            refused.push(Refused { id: &row.id, failures: row.failures });
        }
        let now = self.clock.now();
        let settle = async |mut tx: LentTransaction| {
            store::mark(&mut tx, &stored, now).await?;
            for row in &refused {
                let pause = self.settings.back_off.after(row.failures.saturating_add(1));
                store::LEASE.give_back(&mut tx, [row.id], batch.until, now.plus(pause)).await?;
            }
            Ok::<_, DbError>(tx.commit(()))
        };
        self.db.transact(settle).await?;
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        Ok(RelayRound { published: count(stored.len()), refused: count(refused.len()) })
    }
}

/// A row that goes back into the outbox for later.
struct Refused<'a> {
    id: &'a str,
    failures: u32,
}

/// The rows that a relay got, and until when.
struct Taken {
    rows: Vec<Waiting>,
    until: Timestamp,
}

/// What a relay has to itself, and until when.
struct Batch {
    /// What this version cannot read.
    unreadable: Vec<Waiting>,
    readable: Vec<Claimed>,
    until: Timestamp,
}

impl Batch {
    fn len(&self) -> usize {
        self.unreadable.len() + self.readable.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let unreadable = self.unreadable.iter().map(|row| row.id.as_str());
        unreadable.chain(self.readable.iter().map(|row| row.id.as_str()))
    }
}

/// An event that this relay publishes now.
#[derive(Debug)]
struct Claimed {
    id: String,
    failures: u32,
    message: Message,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_crash_events_wait_for_less_than_ten_seconds_unless_the_brokers_may_take_longer() {
        let mut settings = KafkaSettings::default();
        assert!(RelaySettings::for_brokers(&settings).lease < Duration::from_secs(10));
        settings.request_timeout = Duration::from_secs(30);
        assert!(RelaySettings::for_brokers(&settings).lease > settings.request_timeout);
    }
}
