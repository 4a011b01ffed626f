//! One batch after the other: what is claimed, published and marked.

use std::sync::Arc;

use db::{Database, DbError, LentTransaction};
use kernel::Clock;

use crate::causes::with_causes;
use crate::outbox::store::Waiting;
use crate::outbox::{self, store};
use crate::publisher::{Acknowledgement, Publisher};
use crate::relay::batch::{Answered, Batch, Found, Refused, Taken};
use crate::relay::round::RelayRound;
use crate::relay::settings::{CLAIMING, RelaySettings};

/// How many rows a relay tries one by one after another one was faster with some.
const CONTENDED_BATCH: usize = 64;

/// Publishes the outbox. Any number of relays may run on one database: each event is claimed by a conditional update,
/// and of each member only the first unpublished event can be, so that order needs no agreement among relays.
#[derive(Clone, Debug)]
pub struct Relay {
    pub(super) db: Database,
    pub(super) publisher: Arc<dyn Publisher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: RelaySettings,
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

    /// Publishes one batch: at most one event of each member.
    ///
    /// # Errors
    /// When the database refuses. Nothing is lost: what was not marked is published again when its lease ends.
    pub async fn round(&self) -> Result<RelayRound, DbError> {
        let mut round = RelayRound::default();
        // Rows that nobody touches are ready the moment the bus is back, however long it was away.
        if !self.publisher.is_away() {
            match self.claim().await? {
                Found::Nothing => {}
                Found::Published(published) => round = published,
                Found::Batch(batch) => {
                    if let Some(answered) = self.publish(batch).await? {
                        round = self.settle(answered).await?;
                    }
                }
            }
        }
        outbox::measure(&self.db, &*self.clock).await?;
        Ok(round)
    }

    /// Takes what is to be published, or publishes it at once.
    pub(super) async fn claim(&self) -> Result<Found, DbError> {
        let mut reader = self.db.read().await?;
        let due = store::due(&mut reader, self.clock.now(), self.settings.batch).await?;
        drop(reader);
        if due.is_empty() {
            return Ok(Found::Nothing);
        }
        if let Some(bus) = self.publisher.in_database()
            && let Some(round) = self.publish_in_database(bus, &due).await?
        {
            round.count();
            return Ok(Found::Published(round));
        }
        let batch = Batch::of(self.take(due).await?);
        Ok(if batch.is_empty() { Found::Nothing } else { Found::Batch(batch) })
    }

    /// Those of the rows `due` that nobody else took meanwhile: all of them in a few statements, or where others were faster with
    /// some, a few one by one.
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
        if let Some(until) = self.db.transact(all).await? {
            return Ok(Taken { rows: due, until });
        }
        // Another relay has most of them by now, and what it left is seen at the next look.
        due.truncate(CONTENDED_BATCH);
        let until = self.clock.now().plus(self.settings.lease);
        Ok(Taken { rows: store::LEASE.claim(&self.db, due, until).await?, until })
    }

    /// Publishes a batch, in the time that is left of its claim; `None` when too little is, or nobody would answer.
    pub(super) async fn publish(&self, batch: Batch) -> Result<Option<Answered>, DbError> {
        let left = batch.until.since(self.clock.now());
        let is_late = left.is_zero() || left < self.settings.lease.saturating_sub(CLAIMING);
        if is_late || self.publisher.is_away() {
            self.release(&batch, is_late).await?;
            return Ok(None);
        }
        // No transaction is open here: the bus may be slow, and on SQLite it needs the one writer itself.
        let answers = match tokio::time::timeout(left, self.publisher.publish(&batch.messages)).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error)) => Err(with_causes(&error)),
            Err(_) => Err("the bus took too long".to_owned()),
        };
        Ok(Some(Answered { batch, answers }))
    }

    /// Gives back what was claimed and not tried: what is late could reach the bus when another relay has it.
    async fn release(&self, batch: &Batch, is_late: bool) -> Result<(), DbError> {
        if is_late {
            tracing::warn!(events = batch.len(), "it took too long to claim events: they wait in the outbox");
        }
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
    pub(super) async fn settle(&self, Answered { batch, answers }: Answered) -> Result<RelayRound, DbError> {
        let (mut stored, mut refused) = (Vec::with_capacity(batch.readable.len()), Vec::new());
        // One line for an outage, however many events wait.
        if let Err(reason) = &answers {
            tracing::warn!(
                events = batch.readable.len(),
                reason,
                "the bus cannot be reached: events wait in the outbox"
            );
        }
        for (index, row) in batch.readable.iter().enumerate() {
            match answers.as_ref().map(|answers| answers.get(index)) {
                Ok(Some(Acknowledgement::Stored)) => {
                    stored.push(row.id.as_str());
                    continue;
                }
                Ok(Some(Acknowledgement::Refused(reason))) => {
                    let topic = batch.messages.get(index).map_or("", |message| message.topic.as_str());
                    tracing::warn!(event = row.id, topic, reason, "the bus refused an event");
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
        let number = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let round = RelayRound { published: number(stored.len()), refused: number(refused.len()) };
        round.count();
        Ok(round)
    }
}
