//! The membership in a group of the in-process bus.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Database, DbError, Lease, LentTransaction, Notice, Transaction};
use kernel::{Clock, Timestamp};

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::in_process::store::{self, FAILED, LEASE};
use crate::subscription::{Delivery, Subscription};

#[derive(Debug)]
pub(super) struct InProcessSubscription {
    pub(super) db: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hold: Duration,
    pub(super) name: ConsumerName,
    pub(super) published: Notice,
}

impl InProcessSubscription {
    /// Nothing changes when the lease is lost: the delivery is another member's then.
    async fn end_lease(&self, lease: Lease, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        let claimed = delivery.held_until.unwrap_or(Timestamp::from_millis(0));
        let due = self.clock.now().plus(pause);
        let give_back = async |mut tx: LentTransaction| {
            lease.give_back(&mut tx, store::key(self.name, delivery), claimed, due).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        Ok(self.db.transact(give_back).await?)
    }
}

#[async_trait]
impl Subscription for InProcessSubscription {
    async fn receive(&mut self, most: u32) -> Result<Vec<Delivery>, BusError> {
        let Self { db, clock, hold, .. } = self;
        let now = clock.now();
        // Looking costs no writer: most looks find nothing.
        let mut reader = db.read().await?;
        let due = store::due(&mut reader, self.name, now, most).await?;
        drop(reader);
        let until = now.plus(*hold);
        let claimed = LEASE.claim(db, due, until).await?;
        let held = |due: store::Due| Delivery { held_until: Some(until), ..due.delivery };
        Ok(claimed.into_iter().map(held).collect())
    }

    /// What another replica published is seen when it looks again.
    async fn wait(&mut self, most: Duration) {
        tokio::select! {
            () = tokio::time::sleep(most) => {}
            () = self.published.wait() => {}
        }
    }

    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> Result<(), BusError> {
        let acknowledge = async |mut tx: LentTransaction| {
            self.acknowledge_within(&mut tx, deliveries).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        Ok(self.db.transact(acknowledge).await?)
    }

    async fn acknowledge_within(
        &self,
        tx: &mut Transaction,
        deliveries: &[Delivery],
    ) -> Result<bool, DbError> {
        for delivery in deliveries {
            store::delete(tx, self.name, delivery)?;
        }
        Ok(true)
    }

    async fn fail(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.end_lease(FAILED, delivery, pause).await
    }

    async fn give_back(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.end_lease(LEASE, delivery, pause).await
    }

    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        let (name, now) = (self.name, self.clock.now());
        let bury = async |mut tx: LentTransaction| {
            store::bury(&mut tx, name, delivery, reason, now).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        Ok(self.db.transact(bury).await?)
    }
}
