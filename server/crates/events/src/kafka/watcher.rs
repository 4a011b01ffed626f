//! What librdkafka's clients tell by callbacks.

use std::sync::{Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::statistics::{Partition, Statistics};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::util::Timeout;

use crate::consumer_name::ConsumerName;
use crate::kafka::broker_list::BrokerList;
use crate::kafka::link::Link;
use crate::kafka::window::Window;

/// What librdkafka calls the state of a partition that it reads.
const READ: &str = "active";

/// Listens to a client that is in no group.
#[derive(Clone, Debug)]
pub(super) struct Watcher {
    link: Link,
    pub(super) brokers: BrokerList,
}

impl Watcher {
    pub(super) fn new(link: Link) -> Self {
        Self { link, brokers: BrokerList::default() }
    }
}

impl ClientContext for Watcher {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(&self.link, level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.report(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.brokers.look(&statistics);
        look(&self.link, &statistics);
    }
}

/// One asks for the offsets of a group, too.
impl ConsumerContext for Watcher {}

/// Listens to a member of a group, and keeps its window to the partitions that are its own.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) link: Link,
    pub(super) name: ConsumerName,
    pub(super) brokers: BrokerList,
    window: Mutex<Window>,
}

impl Member {
    pub(super) fn new(link: Link, name: ConsumerName, window: Window) -> Self {
        Self { link, name, brokers: BrokerList::default(), window: Mutex::new(window) }
    }

    pub(super) fn window(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the group's offsets up to what is dealt with.
    pub(super) fn commit(&self, consumer: &impl Consumer<Self>) {
        let done = self.window().take_offsets();
        if done.is_empty() {
            return;
        }
        let committed = offsets(&done).and_then(|offsets| consumer.commit(&offsets, CommitMode::Async));
        if let Err(error) = committed {
            tracing::debug!(error = &error as &dyn std::error::Error, "offsets cannot be committed now");
            self.window().untake_offsets(&done);
        }
    }
}

impl Member {
    /// Forgets what was held of these. The client keeps the pause of a partition while others have it, so that it would read
    /// nothing when it gets it again.
    fn give_up(&self, consumer: &BaseConsumer<Self>, partitions: &TopicPartitionList) {
        let mut paused = TopicPartitionList::new();
        let mut window = self.window();
        for partition in partitions.elements() {
            if window.revoke(partition.topic(), partition.partition()) {
                paused.add_partition(partition.topic(), partition.partition());
            }
        }
        drop(window);
        if paused.count() > 0
            && let Err(error) = consumer.resume(&paused)
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "a partition stays paused");
        }
    }
}

/// As a list for librdkafka.
pub(super) fn offsets(done: &[(String, i32, i64)]) -> KafkaResult<TopicPartitionList> {
    let mut offsets = TopicPartitionList::with_capacity(done.len());
    for (topic, partition, offset) in done {
        offsets.add_partition_offset(topic, *partition, rdkafka::Offset::Offset(*offset))?;
    }
    Ok(offsets)
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let consumer = self.name.as_str();
        match (level, facility) {
            // What a group had not read yet was deleted before it came to it.
            (RDKafkaLogLevel::Warning, "OFFSET") => {
                metrics::counter!("daemun_events_offsets_lost_total", "consumer" => consumer).increment(1);
                tracing::error!(
                    event = "offset_out_of_range",
                    consumer,
                    detail = message,
                    "events were deleted before this consumer read them: it goes on with the oldest that are left"
                );
            }
            (_, "MAXPOLL") => tracing::warn!(
                event = "consumer_too_slow",
                consumer,
                detail = message,
                "a consumer took longer than max.poll.interval.ms: its partitions went to other members"
            ),
            _ => log(&self.link, level, facility, message),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // Told by the log, with what it means.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PollExceeded) {
            self.link.report(&error, reason);
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.brokers.look(&statistics);
        look(&self.link, &statistics);
        for (topic, told) in &statistics.topics {
            let read = told.partitions.values().filter(|partition| partition.fetch_state == READ);
            let lag: i64 = read.map(lag).sum();
            #[expect(clippy::cast_precision_loss, reason = "a metric")]
            metrics::gauge!(
                "daemun_events_consumer_lag",
                "bus" => "kafka", "consumer" => self.name.as_str(), "topic" => topic.clone()
            )
            .set(lag as f64);
        }
    }
}

/// How many messages the group has not dealt with.
fn lag(partition: &Partition) -> i64 {
    let from = partition.committed_offset.max(partition.lo_offset).max(0);
    (partition.hi_offset - from).max(0)
}

impl ConsumerContext for Member {
    /// What is dealt with is committed before another member takes over; what is in hand comes again to it.
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let consumer_name = self.name.as_str();
        match rebalance {
            Rebalance::Assign(partitions) => {
                metrics::counter!("daemun_events_rebalances_total", "consumer" => consumer_name).increment(1);
                let mut window = self.window();
                for partition in partitions.elements() {
                    window.assign(partition.topic(), partition.partition());
                }
            }
            Rebalance::Revoke(partitions) => {
                if !consumer.assignment_lost() {
                    self.commit(consumer);
                }
                self.give_up(consumer, partitions);
            }
            Rebalance::Error(error) => self.link.report(error, "the group cannot be shared out"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            // The next commit covers it; a partition that went elsewhere is read again there.
            tracing::debug!(error = &error as &dyn std::error::Error, "offsets were not committed");
        }
    }

    fn main_queue_min_poll_interval(&self) -> Timeout {
        Timeout::After(std::time::Duration::from_millis(100))
    }
}

fn look(link: &Link, statistics: &Statistics) {
    if statistics.brokers.values().any(|broker| broker.state == "UP") {
        link.up();
    }
}

/// librdkafka's own words. Outages are told by [`Link`], once.
fn log(link: &Link, level: RDKafkaLogLevel, facility: &str, message: &str) {
    if facility == "FAIL" {
        link.heard(message);
    }
    // An error of the client comes by a callback of its own, too.
    if facility == "FATAL" {
        return;
    }
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(facility, "librdkafka: {message}");
        }
        _ => tracing::debug!(facility, "librdkafka: {message}"),
    }
}
