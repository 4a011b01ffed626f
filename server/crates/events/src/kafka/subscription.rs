//! The membership in a group on the cluster.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Database, DbError, LentTransaction};
use futures::FutureExt as _;
use kernel::{Clock, Timestamp};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::dead_letter::store::{self, NewDeadLetter};
use crate::event::{Event, MAX_BODY_BYTES};
use crate::kafka::broker_error::{broker, unmade};
use crate::kafka::cluster::Cluster;
use crate::kafka::dead::Dead;
use crate::kafka::publisher::Producer;
use crate::kafka::topics::Topics;
use crate::kafka::watcher::Member;
use crate::kafka::window::{Partitions, Place, Record, Window};
use crate::kafka::{client, header};
use crate::kafka_settings::KafkaSettings;
use crate::outbox::sequence::Sequence;
use crate::payload::Topic;
use crate::subscription::{Delivery, Subscription};

/// The most messages that are moved into the window at once.
const MAX_BATCH: usize = 500;
/// So many bytes of a message are kept, and go to its dead topic: others may write a megabyte into ours, which is no event, would fill
/// the memory with the window, and could not be sent once more with the headers of a dead letter. The whole is where its origin says.
const MAX_KEPT_BYTES: usize = 2 * MAX_BODY_BYTES;
/// The same of its key; ours have 36.
const MAX_KEY_BYTES: usize = 250;

/// A member of a group.
pub(super) struct KafkaSubscription {
    settings: Arc<KafkaSettings>,
    topics: Arc<Topics>,
    producer: Arc<Producer>,
    db: Database,
    clock: Arc<dyn Clock>,
    wanted: Vec<Topic>,
    /// Taken when the membership ends.
    consumer: Option<StreamConsumer<Member>>,
    joined: bool,
}

impl KafkaSubscription {
    pub(super) fn new(cluster: &Cluster, name: ConsumerName, topics: &[Topic]) -> Result<Self, BusError> {
        let member = Member::new(cluster.link.clone(), name, Window::default());
        let consumer = make(&cluster.settings, member)?;
        Ok(Self {
            settings: Arc::clone(&cluster.settings),
            topics: Arc::clone(&cluster.topics),
            producer: Arc::clone(&cluster.producer),
            db: cluster.db.clone(),
            clock: Arc::clone(&cluster.clock),
            wanted: topics.to_vec(),
            consumer: Some(consumer),
            joined: false,
        })
    }

    fn consumer(&self) -> Result<&StreamConsumer<Member>, BusError> {
        self.consumer.as_ref().ok_or_else(|| broker("the membership has ended"))
    }

    /// Makes the client again when it knows of no broker any more. What it held comes again.
    fn renew_if_lost(&mut self) -> Result<(), BusError> {
        let member = self.consumer()?.context();
        if !member.brokers.is_lost() {
            return Ok(());
        }
        let consumer = member.name.as_str();
        tracing::warn!(consumer, "a consumer lost all brokers and is recreated");
        let successor = Member::new(member.link.clone(), member.name, member.window().successor());
        let made = make(&self.settings, successor)?;
        leave(self.consumer.replace(made));
        self.joined = false;
        Ok(())
    }

    /// Joins when the topics are there: of one that is made later, a member would learn late.
    async fn join(&mut self) -> Result<(), BusError> {
        if !self.joined {
            self.topics.ensure().await?;
            let names: Vec<String> = self.wanted.iter().map(|topic| self.settings.topic(*topic)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            self.consumer()?.subscribe(&names).map_err(broker)?;
            self.joined = true;
        }
        Ok(())
    }

    /// Moves what was fetched into the window. Rebalances happen in here too.
    fn fill(&self) -> Result<(), BusError> {
        let consumer = self.consumer()?;
        for _ in 0..MAX_BATCH {
            match consumer.recv().now_or_never() {
                Some(Ok(message)) => self.push(consumer, &message),
                // The callback for errors has told it.
                Some(Err(_)) => {}
                None => break,
            }
        }
        let (pause, resume) = consumer.context().window().balance();
        let resumed = Self::switch(consumer, &resume, false);
        Self::switch(consumer, &pause, true)?;
        resumed
    }

    /// Pauses partitions, or lets them go on.
    fn switch(
        consumer: &StreamConsumer<Member>,
        partitions: &Partitions,
        pause: bool,
    ) -> Result<(), BusError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let list = list(partitions);
        let switched = if pause { consumer.pause(&list) } else { consumer.resume(&list) };
        switched.map_err(|error| {
            consumer.context().window().unbalance(partitions, pause);
            broker(error)
        })
    }

    fn push(&self, consumer: &StreamConsumer<Member>, message: &BorrowedMessage<'_>) {
        let topic = message.topic().strip_prefix(self.settings.prefix.as_str()).and_then(Topic::parse);
        let Some(topic) = topic else { return };
        let told = header::told(message);
        let written_at = Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default());
        let record = Record {
            topic,
            key: text(message.key(), MAX_KEY_BYTES),
            // What others wrote has no number: its time grows as our numbers do, which are times.
            sequence: told.sequence.unwrap_or(Sequence::from_number(written_at.millis())),
            body: text(message.payload(), MAX_KEPT_BYTES),
            event_id: told.event_id,
            written_at,
        };
        consumer.context().window().push(message.topic(), message.partition(), message.offset(), record);
    }

    /// How long the group is behind, by the oldest message that it holds.
    fn measure(&self) -> Result<(), BusError> {
        let member = self.consumer()?.context();
        let oldest = member.window().oldest();
        let age = oldest.map_or(0.0, |oldest| self.clock.now().since(oldest).as_secs_f64());
        let consumer = member.name.as_str();
        metrics::gauge!("daemun_events_consumer_oldest_seconds", "bus" => "kafka", "consumer" => consumer)
            .set(age);
        Ok(())
    }

    fn again(&self, delivery: &Delivery, pause: Duration, failed: bool) -> Result<(), BusError> {
        if let Some(place) = Place::of(&delivery.receipt) {
            let due_at = self.clock.now().plus(pause);
            self.consumer()?.context().window().again(&place, due_at, failed);
        }
        Ok(())
    }
}

#[async_trait]
impl Subscription for KafkaSubscription {
    async fn receive(&mut self, most: u32) -> Result<Vec<Delivery>, BusError> {
        self.renew_if_lost()?;
        self.join().await?;
        let consumer = self.consumer()?;
        consumer.context().commit(consumer);
        self.fill()?;
        self.measure()?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.consumer()?.context().window().take(self.clock.now(), most))
    }

    async fn wait(&mut self, most: Duration) {
        let Ok(consumer) = self.consumer() else { return };
        let now = self.clock.now();
        let next_due = consumer.context().window().next_due();
        let most = next_due.map_or(most, |due| most.min(due.since(now)));
        if let Ok(Ok(message)) = tokio::time::timeout(most, consumer.recv()).await {
            self.push(consumer, &message);
        }
    }

    /// The offset is committed before the next look, and when the membership ends.
    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> Result<(), BusError> {
        let mut window = self.consumer()?.context().window();
        for place in deliveries.iter().filter_map(|delivery| Place::of(&delivery.receipt)) {
            window.done(&place);
        }
        Ok(())
    }

    async fn fail(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.again(delivery, pause, true)
    }

    async fn give_back(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.again(delivery, pause, false)
    }

    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        let member = Arc::clone(self.consumer()?.context());
        let Some(place) = Place::of(&delivery.receipt) else { return Ok(()) };
        let told = member.window().record(&place).map(|record| record.event_id.clone());
        // It is another member's by now.
        let Some(told) = told else { return Ok(()) };
        let at = self.clock.now();
        let event_id = event_id(delivery, &place, told);
        let dead = Dead { group: member.name, delivery, place: &place, event_id: &event_id, reason, at };
        dead.publish(&self.producer, &self.settings).await?;
        let origin = dead.origin();
        let letter =
            NewDeadLetter { group: member.name, delivery, event_id: &event_id, reason, origin: &origin };
        let keep = async |mut tx: LentTransaction| {
            store::insert(&mut tx, &letter, at).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.db.transact(keep).await?;
        member.window().done(&place);
        Ok(())
    }
}

/// By what operators know it: its id, from the text if it is one of ours, else where it is in the log.
fn event_id(delivery: &Delivery, place: &Place, told: String) -> String {
    match Event::parse(delivery.topic, &delivery.body) {
        Ok(event) => event.id().to_string(),
        Err(_) if !told.is_empty() && told.len() <= 40 && told.is_ascii() => told,
        Err(_) => {
            let id = format!("{}-{}-{}", delivery.topic, place.partition, place.offset);
            id.chars().take(40).collect()
        }
    }
}

/// The beginning of it, which is all of it in what can be ours.
fn text(bytes: Option<&[u8]>, longest: usize) -> String {
    let bytes = bytes.unwrap_or_default();
    String::from_utf8_lossy(bytes.get(..longest).unwrap_or(bytes)).into_owned()
}

fn list(partitions: &[(String, i32)]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    list
}

impl fmt::Debug for KafkaSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a member that reads {:?}", self.wanted)
    }
}

impl Drop for KafkaSubscription {
    fn drop(&mut self) {
        leave(self.consumer.take());
    }
}

fn make(settings: &KafkaSettings, member: Member) -> Result<StreamConsumer<Member>, BusError> {
    client::consumer(settings, member.name).create_with_context(member).map_err(unmade)
}

/// Ends a membership. To leave a group takes as long as its coordinator takes: nobody waits for that here.
fn leave(consumer: Option<StreamConsumer<Member>>) {
    let Some(consumer) = consumer else { return };
    consumer.context().commit(&consumer);
    std::thread::spawn(move || drop(consumer));
}
