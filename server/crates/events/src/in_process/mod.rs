//! The in-process bus. Its messages are in the program's own database, so that a killed program loses none of them,
//! and several replicas on one database share the work.
//!
//! There is a row for each event and group, not one log with an offset for each group. An offset can only say "all
//! up to here": one member's event that waits for its next attempt would hold up everybody's, or be lost. On MySQL a
//! log would also need positions in the order of commits, which costs a lock that all publishers share. The rows are
//! few, since there are few groups, and they go as soon as they are dealt with.

pub(crate) mod measure;
pub(crate) mod store;
mod subscription;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Connection, Database, DbError, LentTransaction, Unit};
use kernel::{Clock, Timestamp};
use subscription::InProcessSubscription;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::lag::Lag;
use crate::payload::Topic;
use crate::publisher::{Acknowledgement, BusInDatabase, Message, Publisher, too_long};
use crate::subscription::{Groups, Subscription};

/// The bus of a program that runs alone. Cheap to clone; all of its state is in the database.
#[derive(Clone, Debug)]
pub struct InProcessBus {
    db: Database,
    clock: Arc<dyn Clock>,
    hold: Duration,
}

impl InProcessBus {
    /// A bus in `db`. A consumer has a delivery for `hold`; after that it is thought dead and the delivery goes to
    /// another. A hold must be longer than a consumer's time-out.
    pub fn new(db: Database, clock: Arc<dyn Clock>, hold: Duration) -> Self {
        Self { db, clock, hold }
    }
}

/// When the group first joined, by topic: every program joins it on this bus, whatever bus events go to.
pub(crate) async fn joined_at(
    connection: &mut Connection,
    name: ConsumerName,
) -> Result<HashMap<Topic, Timestamp>, DbError> {
    store::since(connection, name).await
}

#[async_trait]
impl Publisher for InProcessBus {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        let now = self.clock.now();
        let publish = async |mut tx: LentTransaction| {
            let mut answers = Vec::with_capacity(batch.len());
            for message in batch {
                if let Some(reason) = too_long(message) {
                    answers.push(Acknowledgement::Refused(reason));
                    continue;
                }
                store::insertion(message, now).execute(&mut **tx).await?;
                answers.push(Acknowledgement::Stored);
            }
            tx.tell(store::TABLE);
            Ok::<_, DbError>(tx.commit(answers))
        };
        Ok(self.db.transact(publish).await?)
    }

    fn in_database(&self) -> Option<&dyn BusInDatabase> {
        Some(self)
    }
}

impl BusInDatabase for InProcessBus {
    fn add_to(&self, unit: &mut Unit, batch: &[&Message]) -> Result<(), DbError> {
        let now = self.clock.now();
        for message in batch {
            unit.add(store::insertion(message, now))?;
        }
        unit.tell(store::TABLE);
        Ok(())
    }
}

#[async_trait]
impl Groups for InProcessBus {
    /// A group begins with what is published after it was joined for the first time.
    async fn join(&self, name: ConsumerName, topics: &[Topic]) -> Result<Box<dyn Subscription>, BusError> {
        for topic in topics {
            let now = self.clock.now();
            let subscribe = async |mut tx: LentTransaction| {
                let new = store::subscribe(&mut tx, name, *topic, now).await?;
                Ok::<_, DbError>(if new { tx.commit(()) } else { tx.roll_back(()) })
            };
            self.db.transact(subscribe).await?;
        }
        let Self { db, clock, hold } = self.clone();
        let published = db.listen(store::TABLE);
        Ok(Box::new(InProcessSubscription { db, clock, hold, name, published }))
    }

    async fn lags(&self) -> Result<Vec<Lag>, BusError> {
        Ok(store::behind(&mut *self.db.read().await?).await?)
    }
}
