//! What takes events from the bus, as any consumer does.

use std::sync::Arc;

use async_trait::async_trait;
use db::{DbError, Transaction};
use events::{Consumer, ConsumerName, HandleError, Received, Topic};
use kernel::Clock;

use crate::receiver::Receiver;
use crate::storage::KEPT;
use crate::store::{self, NewDelivery};

/// Its group.
pub const CONSUMER: ConsumerName = ConsumerName::new("webhooks");

/// What any of these hears.
pub fn topics(receivers: &[Receiver]) -> Vec<Topic> {
    let heard = |topic: &Topic| receivers.iter().any(|receiver| receiver.topics.contains(topic));
    Topic::ALL.iter().copied().filter(heard).collect()
}

/// Writes a row for each receiver of an event, in the transaction in which the event is noted as dealt with.
pub struct WebhookConsumer {
    receivers: Arc<[Receiver]>,
    topics: Vec<Topic>,
    clock: Arc<dyn Clock>,
}

impl WebhookConsumer {
    /// For these receivers.
    pub fn new(receivers: Arc<[Receiver]>, clock: Arc<dyn Clock>) -> Self {
        let topics = topics(&receivers);
        Self { receivers, topics, clock }
    }
}

#[async_trait]
impl Consumer for WebhookConsumer {
    fn name(&self) -> ConsumerName {
        CONSUMER
    }

    fn topics(&self) -> &[Topic] {
        &self.topics
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        let Received { event, sequence } = received;
        let body = event.to_json().map_err(|error| HandleError::Failed(error.to_string()))?;
        let (id, member) = (event.id().to_string(), event.key().to_string());
        let now = self.clock.now();
        for receiver in self.receivers.iter().filter(|receiver| receiver.topics.contains(&event.topic())) {
            let new = NewDelivery {
                receiver: receiver.name.as_str(),
                event_id: &id,
                topic: event.topic().as_str(),
                member: &member,
                sequence: sequence.number(),
                body: &body,
            };
            match store::insert(tx, &new, now, now.plus(KEPT)).await {
                // It was sent before, and the note of that is gone: once is enough.
                Ok(()) | Err(DbError::Exists(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
