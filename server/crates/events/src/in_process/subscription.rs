//! The membership in a group of the in-process bus.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::Database;
use kernel::Clock;

use crate::bus::{BusError, ConsumerName, Delivery, Subscription};
use crate::in_process::store;

#[derive(Debug)]
pub(super) struct InProcessSubscription {
    pub(super) db: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hold: Duration,
    pub(super) name: ConsumerName,
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
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let until = now.plus(*hold);
        let mut tx = db.begin().await?;
        let mut deliveries = Vec::with_capacity(due.len());
        for mut delivery in due {
            if store::claim(&mut tx, self.name, &delivery, until).await? {
                delivery.held_until = Some(until);
                deliveries.push(delivery);
            }
        }
        tx.commit().await?;
        Ok(deliveries)
    }

    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError> {
        let mut tx = self.db.begin().await?;
        store::delete(&mut tx, self.name, delivery).await?;
        Ok(tx.commit().await?)
    }

    async fn postpone(
        &mut self,
        delivery: &Delivery,
        failures: u32,
        pause: Duration,
    ) -> Result<(), BusError> {
        let at = self.clock.now().plus(pause);
        let mut tx = self.db.begin().await?;
        store::postpone(&mut tx, self.name, delivery, failures, at).await?;
        Ok(tx.commit().await?)
    }

    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        store::bury(&mut tx, self.name, delivery, reason, now).await?;
        Ok(tx.commit().await?)
    }
}
