//! Which rights the brokers give us. Brokers do not list rights to clients that have few, so each is tried, and nothing is
//! created or written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::{ClientContext, Statistics};
use tokio::task::JoinError;

use crate::consumer_name::ConsumerName;
use crate::kafka::finding::{BROKER_TIMEOUT, CHECK, KafkaFinding, finding, unusable};
use crate::kafka::link::{Link, denies, is_denied};
use crate::kafka::watcher::Watcher;
use crate::kafka::{client, topics};
use crate::kafka_settings::KafkaSettings;
use crate::payload::Topic;

/// The group is being moved to another broker, or is the first that there is.
const COORDINATION: [RDKafkaErrorCode; 3] = [
    RDKafkaErrorCode::NotCoordinator,
    RDKafkaErrorCode::CoordinatorNotAvailable,
    RDKafkaErrorCode::CoordinatorLoadInProgress,
];

/// A group of ours, and what it reads.
#[derive(Clone, Debug)]
pub struct KafkaGroup {
    /// The consumer, whose group has its name.
    pub name: ConsumerName,
    /// What it reads.
    pub topics: Vec<Topic>,
}

/// What is asked of the brokers.
#[derive(Clone)]
pub(super) struct Rights {
    pub(super) settings: Arc<KafkaSettings>,
    pub(super) link: Link,
}

impl Rights {
    /// Of topics that the list of all does not have: whether they are hidden from us, and else whether we may make them.
    pub(super) async fn to_make(&self, missing: Vec<String>) -> Vec<KafkaFinding> {
        let asking = self.clone();
        let looked = tokio::task::spawn_blocking(move || asking.part_hidden(missing));
        let (hidden, missing) = match looked.await {
            Ok(Ok(parted)) => parted,
            Ok(Err(finding)) => return vec![finding],
            Err(error) => return vec![unasked(&error)],
        };
        let mut findings: Vec<_> = hidden.iter().map(|name| hidden_topic(name)).collect();
        if !self.settings.topics.create {
            findings.extend(missing.iter().map(|name| {
                let cure = "Make it, or set `kafka.create_topics` = true";
                finding("create_topics", format!("the topic {name} does not exist"), cure)
            }));
        } else if !missing.is_empty() {
            match topics::create(&self.settings, &self.link, &missing, topics::Create::Rehearse).await {
                Ok(made) => findings.extend(
                    made.into_iter()
                        .filter_map(|made| made.err().and_then(|(name, code)| unmade(&name, code))),
                ),
                Err(error) => {
                    findings.push(finding("brokers", error.to_string(), "Look at the brokers' log"));
                }
            }
        }
        findings
    }

    /// Those that are hidden, and those that are not.
    fn part_hidden(&self, topics: Vec<String>) -> Result<(Vec<String>, Vec<String>), KafkaFinding> {
        // A consumer's question makes no topic.
        let asking = self.consumer(CHECK)?;
        let is_hidden = |topic: &String| {
            let Ok(metadata) = asking.fetch_metadata(Some(topic), BROKER_TIMEOUT) else { return false };
            let error = metadata.topics().iter().find_map(MetadataTopic::error);
            error.map(RDKafkaErrorCode::from).is_some_and(denies)
        };
        Ok(topics.into_iter().partition(is_hidden))
    }

    /// Whether we may write to each of these. What is sent wants an acknowledgement that no broker gives: it is refused, but only
    /// after it was looked at whether we may write.
    pub(super) async fn to_write(&self, topics: &[String]) -> Vec<KafkaFinding> {
        let mut config = client::client(&self.settings);
        config.set("acks", "2").set("message.timeout.ms", BROKER_TIMEOUT.as_millis().to_string());
        let created: Result<FutureProducer<Watcher>, _> =
            config.create_with_context(Watcher::new(self.link.clone()));
        let producer = match created {
            Ok(producer) => producer,
            Err(error) => return vec![unusable(&error)],
        };
        let tries = topics.iter().map(async |name| {
            let sent = producer.send_result(FutureRecord::to(name).key("").payload(""));
            let error = match sent {
                Ok(delivery) => delivery.await.ok()?.err()?.0,
                Err((error, _)) => error,
            };
            is_denied(&error).then(|| {
                finding("username", format!("no right to write to the topic {name}"), "Give us Write on it")
            })
        });
        join_all(tries).await.into_iter().flatten().collect()
    }

    /// Whether the groups may be joined, and read what they are for; `present` are those that exist.
    pub(super) async fn to_read(&self, groups: &[KafkaGroup], present: &[String]) -> Vec<KafkaFinding> {
        let asked = groups.iter().map(|group| {
            let (asking, group) = (self.clone(), group.clone());
            let topics = group.topics.iter().map(|topic| self.settings.topic(*topic));
            let read: Vec<_> = topics.filter(|topic| present.contains(topic)).collect();
            tokio::task::spawn_blocking(move || asking.of_group(&group, &read))
        });
        let asked: Vec<_> = asked.collect();
        let answers = join_all(asked).await.into_iter();
        answers.flat_map(|answer| answer.unwrap_or_else(|error| vec![unasked(&error)])).collect()
    }

    /// What the group may not, asked by one consumer.
    fn of_group(&self, group: &KafkaGroup, topics: &[String]) -> Vec<KafkaFinding> {
        let consumer = match self.consumer(group.name) {
            Ok(consumer) => consumer,
            Err(finding) => return vec![finding],
        };
        let until = Instant::now() + BROKER_TIMEOUT;
        let joining = self.to_join(&consumer, group, until);
        joining
            .into_iter()
            .chain(topics.iter().filter_map(|topic| to_fetch(&consumer, topic, until)))
            .collect()
    }

    fn to_join(&self, consumer: &Asker, group: &KafkaGroup, until: Instant) -> Option<KafkaFinding> {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition(&self.settings.topic(*group.topics.first()?), 0);
        let error = loop {
            let error = consumer.committed_offsets(offsets.clone(), BROKER_TIMEOUT).err()?;
            let code = error.rdkafka_error_code();
            if !code.is_some_and(|code| COORDINATION.contains(&code)) || Instant::now() >= until {
                break error;
            }
            std::thread::sleep(Duration::from_millis(200));
        };
        // Of the topic, others say so.
        (error.rdkafka_error_code() != Some(RDKafkaErrorCode::TopicAuthorizationFailed)).then(|| {
            let name = client::group(&self.settings, group.name);
            finding("username", format!("the group {name} cannot be asked: {error}"), "Give us Read on it")
        })
    }

    fn consumer(&self, name: ConsumerName) -> Result<Asker, KafkaFinding> {
        let mut config = client::consumer(&self.settings, name);
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "50");
        config.create_with_context(Asking(Watcher::new(self.link.clone()))).map_err(|error| unusable(&error))
    }
}

/// A consumer that reads nothing, in place of one of ours.
type Asker = BaseConsumer<Asking>;

/// Reads at the end of the topic, until the broker says that it is the end, or that we may not.
fn to_fetch(consumer: &Asker, topic: &str, until: Instant) -> Option<KafkaFinding> {
    let mut end = TopicPartitionList::new();
    end.add_partition_offset(topic, 0, Offset::End).ok()?;
    consumer.assign(&end).ok()?;
    while Instant::now() < until {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Err(error)) if is_denied(&error) => {
                let problem = format!("no right to read the topic {topic}");
                return Some(finding("username", problem, "Give us Read on it"));
            }
            Some(Err(KafkaError::PartitionEOF(_)) | Ok(_)) => return None,
            Some(Err(_)) | None => {}
        }
    }
    None
}

/// The question itself was broken off.
fn unasked(error: &JoinError) -> KafkaFinding {
    finding("brokers", format!("a question was not asked to its end: {error}"), "Run the check again")
}

fn hidden_topic(name: &str) -> KafkaFinding {
    let cure = "Give us Describe, DescribeConfigs and Write on it, and Read where we read it";
    finding("username", format!("the topic {name} is hidden from us, if it exists"), cure)
}

fn unmade(name: &str, code: RDKafkaErrorCode) -> Option<KafkaFinding> {
    match code {
        RDKafkaErrorCode::TopicAlreadyExists => None,
        code if denies(code) => {
            let cure = "Give us Create on it, or make it, and set `kafka.create_topics` = false";
            Some(finding("username", format!("no right to create the topic {name}"), cure))
        }
        RDKafkaErrorCode::InvalidReplicationFactor => {
            let cure = "Write how many brokers there are, or start more";
            Some(finding("replication_factor", format!("the topic {name} cannot be made: {code}"), cure))
        }
        _ => Some(finding(
            "create_topics",
            format!("the topic {name} cannot be made: {code}"),
            "Make it by hand",
        )),
    }
}

/// Listens to a consumer that reads nothing.
struct Asking(Watcher);

impl ClientContext for Asking {
    fn error(&self, error: KafkaError, reason: &str) {
        // What we may not do is what is asked.
        if !is_denied(&error) {
            self.0.error(error, reason);
        }
    }

    fn stats(&self, _: Statistics) {}
}

impl ConsumerContext for Asking {}
