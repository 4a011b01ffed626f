//! Apache Kafka as the bus, by librdkafka.
//!
//! Everything connects when it is first needed: a broker that is away stops no start. What is known of the connection is in
//! one [`Link`], which all clients of this program report to.

mod check;
mod client;
mod dead;
mod header;
mod link;
mod publisher;
mod subscription;
mod topics;
mod watcher;
mod window;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use db::Database;
use kernel::Clock;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::kafka_settings::KafkaSettings;
use crate::payload::Topic;
use crate::publisher::{Acknowledgement, Message, Publisher};
use crate::subscription::{Groups, Subscription};

pub use check::{KafkaFinding, check};
pub use link::{Link, LinkError, LinkState};

use publisher::Producer;
use subscription::KafkaSubscription;
use topics::Topics;

/// Both sides of a bus on a Kafka cluster.
pub struct KafkaBus {
    settings: Arc<KafkaSettings>,
    link: Link,
    topics: Arc<Topics>,
    producer: Arc<Producer>,
    db: Database,
    clock: Arc<dyn Clock>,
}

impl KafkaBus {
    /// A bus on the cluster of `settings`. Dead letters are kept in `db` as well, where operators look at them.
    ///
    /// # Errors
    /// When librdkafka cannot work with the settings.
    pub fn new(settings: KafkaSettings, db: Database, clock: Arc<dyn Clock>) -> Result<Self, BusError> {
        let (settings, link) = (Arc::new(settings), Link::default());
        let topics = Arc::new(Topics::new(Arc::clone(&settings), link.clone()));
        let producer = Arc::new(Producer::new(Arc::clone(&settings), link.clone())?);
        Ok(Self { settings, link, topics, producer, db, clock })
    }

    /// What is known of the connection.
    pub fn link(&self) -> Link {
        self.link.clone()
    }
}

impl fmt::Debug for KafkaBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bus on {}", self.settings.brokers)
    }
}

#[async_trait]
impl Publisher for KafkaBus {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        self.topics.ensure().await?;
        self.producer.publish(batch).await
    }

    fn is_away(&self) -> bool {
        matches!(self.link.state(), LinkState::Down(_))
    }
}

#[async_trait]
impl Groups for KafkaBus {
    /// A group begins with the oldest message that its topics have.
    async fn join(&self, name: ConsumerName, topics: &[Topic]) -> Result<Box<dyn Subscription>, BusError> {
        let subscription = KafkaSubscription::new(self, name, topics)?;
        Ok(Box::new(subscription))
    }
}

fn broker(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BusError {
    BusError::Broker(error.into())
}
