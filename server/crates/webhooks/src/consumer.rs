//! The consumer that takes events from the bus.

use std::sync::Arc;

use async_trait::async_trait;
use db::Transaction;
use events::{Consumer, ConsumerName, HandleError, JoinTime, Received, Topic};
use kernel::Clock;

use crate::receiver::Receiver;
use crate::storage::RETENTION;
use crate::store::{self, NewDelivery, TABLE};

/// The name of the consumer.
pub const CONSUMER: ConsumerName = ConsumerName::new("webhooks");

/// The topics that at least one of these receivers wants.
pub fn topics(receivers: &[Receiver]) -> Vec<Topic> {
    let heard = |topic: &Topic| receivers.iter().any(|receiver| receiver.topics.contains(topic));
    Topic::ALL.iter().copied().filter(heard).collect()
}

/// Writes a row for each receiver of an event, in the transaction that marks the event as handled.
pub struct WebhookConsumer {
    receivers: Arc<[Receiver]>,
    topics: Vec<Topic>,
    clock: Arc<dyn Clock>,
    /// Events from before the consumer joined are not sent.
    joined: JoinTime,
}

impl WebhookConsumer {
    /// A consumer for these receivers.
    pub fn new(receivers: Arc<[Receiver]>, clock: Arc<dyn Clock>) -> Self {
        let topics = topics(&receivers);
        Self { receivers, topics, clock, joined: JoinTime::new(CONSUMER) }
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
        self.handle_all(tx, &[received]).await
    }

    async fn handle_all(&self, tx: &mut Transaction, received: &[&Received]) -> Result<(), HandleError> {
        let mut new = Vec::with_capacity(received.len());
        for Received { event, sequence } in received {
            if self.joined.is_after(tx, event).await? {
                continue;
            }
            let body = event.to_json().map_err(|error| HandleError::Failed(error.to_string()))?;
            let topic = event.topic();
            for receiver in self.receivers.iter().filter(|receiver| receiver.topics.contains(&topic)) {
                new.push(NewDelivery {
                    receiver: receiver.name.as_str(),
                    event_id: event.id().to_string(),
                    topic: topic.as_str(),
                    member: event.key().to_string(),
                    sequence: sequence.number(),
                    body: body.clone(),
                });
            }
        }
        let now = self.clock.now();
        store::insert(tx, &new, now, now.plus(RETENTION)).await?;
        tx.tell(TABLE);
        Ok(())
    }
}
