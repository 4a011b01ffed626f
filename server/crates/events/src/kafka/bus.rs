//! Both sides of the bus: [`Publisher`] and [`Groups`].

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use db::Database;
use kernel::Clock;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::kafka::cluster::Cluster;
use crate::kafka::lags::Lags;
use crate::kafka::link::{Link, LinkState};
use crate::kafka::publisher::Producer;
use crate::kafka::subscription::KafkaSubscription;
use crate::kafka::topics::Topics;
use crate::kafka_settings::KafkaSettings;
use crate::lag::Lag;
use crate::payload::Topic;
use crate::publisher::{Acknowledgement, Message, Publisher};
use crate::subscription::{Groups, Subscription};

/// Both sides of a bus on a Kafka cluster.
pub struct KafkaBus {
    cluster: Cluster,
    lags: Lags,
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
        let cluster = Cluster { settings, link, topics, producer, db, clock };
        Ok(Self { cluster, lags: Lags::default() })
    }

    /// What is known of the connection.
    pub fn link(&self) -> Link {
        self.cluster.link.clone()
    }
}

impl fmt::Debug for KafkaBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bus on {}", self.cluster.settings.brokers)
    }
}

#[async_trait]
impl Publisher for KafkaBus {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        self.cluster.topics.ensure().await?;
        self.cluster.producer.publish(batch).await
    }

    fn is_away(&self) -> bool {
        matches!(self.cluster.link.state(), LinkState::Down(_)) && !self.cluster.producer.is_lost()
    }
}

#[async_trait]
impl Groups for KafkaBus {
    /// A group begins with the oldest message that its topics have.
    async fn join(&self, name: ConsumerName, topics: &[Topic]) -> Result<Box<dyn Subscription>, BusError> {
        self.lags.note(name, topics);
        let subscription = KafkaSubscription::new(&self.cluster, name, topics)?;
        Ok(Box::new(subscription))
    }

    async fn lags(&self) -> Result<Vec<Lag>, BusError> {
        self.lags.look(&self.cluster.settings, &self.cluster.link).await
    }
}
