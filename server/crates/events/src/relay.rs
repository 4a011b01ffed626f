//! The relay: takes events out of the outbox to the bus.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use kernel::{BackOff, Clock, Timestamp};
use store::Waiting;
use tokio_util::sync::CancellationToken;

use crate::causes::with_causes;
use crate::outbox::{self, store};
use crate::publisher::{Acknowledgement, Message, Publisher};

/// How the relay works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// At most so many events at once.
    pub batch: u32,
    /// The pause when there is nothing to publish.
    pub idle: Duration,
    /// How long the bus may take. For so long no other relay takes the same events; after a crash they wait so long.
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
        let until = self.clock.now().plus(self.settings.lease);
        let (unreadable, batch) = self.claim(until).await?;
        let mut round = RelayRound::default();
        if !unreadable.is_empty() || !batch.is_empty() {
            // No transaction is open here: the bus may be slow, and on SQLite it needs the one writer itself.
            let answers = self.publish(&batch).await;
            round = self.settle(&unreadable, &batch, answers, until).await?;
        }
        outbox::measure(&self.db, &*self.clock).await?;
        metrics::counter!("daemun_events_published_total").increment(u64::from(round.published));
        metrics::counter!("daemun_events_refused_total").increment(u64::from(round.refused));
        Ok(round)
    }

    /// Takes what is to be published: first what this version cannot read, then what goes out.
    async fn claim(&self, until: Timestamp) -> Result<(Vec<Waiting>, Vec<Claimed>), DbError> {
        let (mut unreadable, mut batch) = (Vec::new(), Vec::new());
        let mut reader = self.db.read().await?;
        let due = store::due(&mut reader, self.clock.now(), self.settings.batch).await?;
        drop(reader);
        for row in self.take(due, until).await? {
            match row.message {
                Ok(message) => batch.push(Claimed { id: row.id, failures: row.failures, message }),
                Err(_) => unreadable.push(row),
            }
        }
        Ok((unreadable, batch))
    }

    /// Those of the rows `due` that nobody else took meanwhile: all of them in a few statements, or where others were faster with
    /// some, one by one.
    async fn take(&self, mut due: Vec<Waiting>, until: Timestamp) -> Result<Vec<Waiting>, DbError> {
        // In one order for all, so that relays which claim the same rows wait for each other in one direction only.
        due.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let ids: Vec<&str> = due.iter().map(|row| row.id.as_str()).collect();
        let now = self.clock.now();
        let all = async |mut tx: LentTransaction| {
            let all = store::claim_all(&mut tx, &ids, now, until).await?;
            Ok::<_, DbError>(if all { tx.commit(true) } else { tx.roll_back(false) })
        };
        if due.is_empty() || self.db.transact(all).await? {
            return Ok(due);
        }
        store::LEASE.claim(&self.db, due, until).await
    }

    /// What became of each, or why nothing is known of any.
    async fn publish(&self, batch: &[Claimed]) -> Result<Vec<Acknowledgement>, String> {
        let messages: Vec<Message> = batch.iter().map(|claimed| claimed.message.clone()).collect();
        match tokio::time::timeout(self.settings.lease, self.publisher.publish(&messages)).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error)) => Err(with_causes(&error)),
            Err(_) => Err("the bus took too long".to_owned()),
        }
    }

    /// Marks what the bus has, and gives the rest back for later.
    async fn settle(
        &self,
        unreadable: &[Waiting],
        batch: &[Claimed],
        answers: Result<Vec<Acknowledgement>, String>,
        claimed: Timestamp,
    ) -> Result<RelayRound, DbError> {
        let (mut stored, mut refused) = (Vec::with_capacity(batch.len()), Vec::new());
        // One line for an outage, however many events wait.
        if let Err(reason) = &answers {
            tracing::warn!(events = batch.len(), reason, "the bus is away: events wait in the outbox");
        }
        for (index, row) in batch.iter().enumerate() {
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
        for row in unreadable {
            tracing::error!(event = row.id, "an event in the outbox cannot be read by this version");
            refused.push(Refused { id: &row.id, failures: row.failures });
        }
        let now = self.clock.now();
        let settle = async |mut tx: LentTransaction| {
            store::mark(&mut tx, &stored, now).await?;
            for row in &refused {
                let pause = self.settings.back_off.after(row.failures.saturating_add(1));
                store::LEASE.give_back(&mut tx, [row.id], claimed, now.plus(pause)).await?;
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

/// An event that this relay publishes now.
#[derive(Debug)]
struct Claimed {
    id: String,
    failures: u32,
    message: Message,
}
