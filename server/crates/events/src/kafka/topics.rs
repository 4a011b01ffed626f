//! Our topics on the cluster, made where we are told to.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication, TopicResult};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::OnceCell;

use crate::bus::BusError;
use crate::kafka::broker_error::{broker, unmade};
use crate::kafka::client;
use crate::kafka::link::{Link, LinkState, denies};
use crate::kafka::watcher::Watcher;
use crate::kafka_settings::KafkaSettings;
use crate::payload::Topic;

/// How long the brokers may take for it.
const BROKER_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes what is missing, once.
pub(super) struct Topics {
    settings: Arc<KafkaSettings>,
    link: Link,
    made: OnceCell<()>,
}

impl Topics {
    pub(super) fn new(settings: Arc<KafkaSettings>, link: Link) -> Self {
        Self { settings, link, made: OnceCell::new() }
    }

    /// Makes the topics that do not exist, where the settings say so. Topics that exist are left as they are.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub(super) async fn ensure(&self) -> Result<(), BusError> {
        if !self.settings.topics.create || self.made.initialized() {
            return Ok(());
        }
        if let LinkState::Down(problem) = self.link.state() {
            return Err(broker(problem));
        }
        self.made.get_or_try_init(|| self.make()).await?;
        Ok(())
    }

    async fn make(&self) -> Result<(), BusError> {
        let names: Vec<String> = names(&self.settings).collect();
        for made in create(&self.settings, &self.link, &names, Create::Really).await? {
            match made {
                Ok(topic) => tracing::info!(topic, "the topic was created"),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                // It may be there all the same: a client that may not make topics may not see that either.
                Err((topic, code)) => {
                    if denies(code) {
                        self.link.denied(&format!("no right to create the topic {topic}"));
                    }
                    tracing::warn!(
                        topic,
                        reason = %code,
                        "the topic cannot be created: create it by hand and set kafka.create_topics = false"
                    );
                }
            }
        }
        Ok(())
    }
}

/// Whether topics are made, or it is only asked whether they could be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    Really,
    Rehearse,
}

/// Makes topics as the settings say.
pub(super) async fn create(
    settings: &KafkaSettings,
    link: &Link,
    names: &[String],
    how: Create,
) -> Result<Vec<TopicResult>, BusError> {
    let admin: AdminClient<Watcher> =
        client::client(settings).create_with_context(Watcher::new(link.clone())).map_err(unmade)?;
    let (topics, retention, in_sync) = (
        settings.topics,
        settings.topics.retention.as_millis().to_string(),
        settings.topics.least_in_sync().to_string(),
    );
    let partitions = i32::try_from(topics.partitions).unwrap_or(i32::MAX);
    let replication = i32::try_from(topics.replication).unwrap_or(i32::MAX);
    let new = names.iter().map(|name| {
        NewTopic::new(name, partitions, TopicReplication::Fixed(replication))
            .set("cleanup.policy", "delete")
            .set("retention.ms", &retention)
            .set("min.insync.replicas", &in_sync)
    });
    let new: Vec<_> = new.collect();
    let options =
        AdminOptions::new().request_timeout(Some(BROKER_TIMEOUT)).operation_timeout(Some(BROKER_TIMEOUT));
    let options = options.validate_only(how == Create::Rehearse);
    admin.create_topics(&new, &options).await.map_err(broker)
}

/// All our topics, as the brokers know them.
pub(super) fn names(settings: &KafkaSettings) -> impl Iterator<Item = String> + '_ {
    Topic::ALL.iter().flat_map(|topic| [settings.topic(*topic), settings.dead_topic(*topic)])
}
