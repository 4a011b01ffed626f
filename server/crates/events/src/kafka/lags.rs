//! How far groups are behind, as the brokers know it: for all partitions, whichever replica has them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::sync::Mutex;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::kafka::broker_error::broker;
use crate::kafka::client;
use crate::kafka::link::{Link, LinkState};
use crate::kafka::rights::KafkaGroup;
use crate::kafka::watcher::Watcher;
use crate::kafka_settings::KafkaSettings;
use crate::lag::Lag;
use crate::payload::Topic;

/// How long the brokers may take for one answer.
const BROKER_TIMEOUT: Duration = Duration::from_secs(3);
/// Questions within this time get the same answer: pages that are open ask again and again.
const CACHE_TIME: Duration = Duration::from_secs(5);

/// The groups that this program joined, and how far they were behind when somebody last asked.
#[derive(Default)]
pub(super) struct Lags {
    groups: std::sync::Mutex<Vec<KafkaGroup>>,
    known: Mutex<Option<(Instant, Vec<Lag>)>>,
}

impl Lags {
    /// Remembers a group.
    pub(super) fn note(&self, name: ConsumerName, topics: &[Topic]) {
        let mut groups = self.groups.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !groups.iter().any(|known| known.name == name) {
            groups.push(KafkaGroup { name, topics: topics.to_vec() });
        }
    }

    /// How far they are behind.
    pub(super) async fn look(
        &self,
        settings: &Arc<KafkaSettings>,
        link: &Link,
    ) -> Result<Vec<Lag>, BusError> {
        // One asks, and the others wait for the same answer.
        let mut known = self.known.lock().await;
        if let Some((_, lags)) = known.as_ref().filter(|(at, _)| at.elapsed() < CACHE_TIME) {
            return Ok(lags.clone());
        }
        if let LinkState::Down(problem) = link.state() {
            return Err(broker(problem));
        }
        let groups = self.groups.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let (settings, link) = (Arc::clone(settings), link.clone());
        let asked = tokio::task::spawn_blocking(move || ask_for_all(&settings, &link, &groups));
        let lags = asked.await.map_err(broker)?.map_err(broker)?;
        *known = Some((Instant::now(), lags.clone()));
        Ok(lags)
    }
}

fn ask_for_all(settings: &KafkaSettings, link: &Link, groups: &[KafkaGroup]) -> KafkaResult<Vec<Lag>> {
    let mut lags = Vec::new();
    for group in groups {
        // It asks for the offsets of the group and becomes no member of it.
        let asking: BaseConsumer<Watcher> =
            client::consumer(settings, group.name).create_with_context(Watcher::new(link.clone()))?;
        for topic in &group.topics {
            let events = ask(&asking, &settings.topic(*topic))?;
            let (group, topic) = (group.name.as_str().to_owned(), topic.as_str().to_owned());
            lags.push(Lag { group, topic, events, since: None });
        }
    }
    Ok(lags)
}

/// How many messages of the topic the group has not dealt with.
fn ask(asking: &BaseConsumer<Watcher>, topic: &str) -> KafkaResult<i64> {
    let metadata = asking.fetch_metadata(Some(topic), BROKER_TIMEOUT)?;
    let mut wanted = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
        wanted.add_partition(topic, partition.id());
    }
    let mut events = 0;
    for partition in asking.committed_offsets(wanted, BROKER_TIMEOUT)?.elements() {
        let (first, next) = asking.fetch_watermarks(topic, partition.partition(), BROKER_TIMEOUT)?;
        let from = match partition.offset() {
            Offset::Offset(committed) => committed.max(first),
            _ => first,
        };
        events += (next - from).max(0);
    }
    Ok(events)
}
