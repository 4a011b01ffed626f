//! A broker, and what a test can do to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{KafkaBus, KafkaLogin, KafkaSecurity, KafkaSettings, KafkaTls, KafkaTopics, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use testkit::Brokers;

use crate::scene::Scene;

/// Brokers, and topics that no other test has.
#[derive(Clone, Debug)]
pub struct Cluster(Brokers);

/// A message as any client reads it.
#[derive(Debug)]
pub struct Read {
    pub key: String,
    pub body: String,
    pub partition: i32,
    pub offset: i64,
    pub headers: BTreeMap<String, String>,
}

impl Cluster {
    /// The one that all tests share; `None` where there is none.
    pub fn shared() -> Option<Self> {
        Brokers::shared().map(Self)
    }

    /// One of its own, which can be killed; `None` where the shared one is missing as well.
    pub async fn own(nodes: u32) -> Option<Self> {
        Self::shared()?;
        Some(Self(Brokers::start(nodes, false, "").await))
    }

    /// One broker of its own, which its cluster counts out soon, and takes back no sooner than it must.
    pub async fn fenced_soon() -> Option<Self> {
        Self::shared()?;
        let settings = "broker.session.timeout.ms=4000\nbroker.heartbeat.interval.ms=3000";
        Some(Self(Brokers::start(1, false, settings).await))
    }

    /// One of its own, whose listener with TLS lets in who has the password, to nothing but what they were given.
    pub async fn guarded() -> Option<Self> {
        Self::shared()?;
        let rules = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
            super.users=User:ANONYMOUS";
        Some(Self(Brokers::start(1, true, rules).await))
    }

    /// Gives the user of the listener with TLS these rights, on all that begins with our prefix.
    pub async fn give(&self, on: &str, rights: &[&str]) {
        let mut arguments = vec!["--add", "--allow-principal", "User:daemun", on, self.prefix()];
        arguments.extend(["--resource-pattern-type", "prefixed"]);
        arguments.extend(rights.iter().flat_map(|right| ["--operation", right]));
        self.script("acls", &arguments).await;
    }

    /// Sends a signal to the first broker.
    pub fn signal(&self, name: &str) {
        self.0.signal(1, name);
    }

    /// `scripts/kafka VERB FOLDER …`.
    pub async fn script(&self, verb: &str, arguments: &[&str]) {
        self.0.script(verb, arguments).await;
    }

    /// The same brokers, with topics of its own.
    pub fn another(&self) -> Self {
        Self(self.0.another())
    }

    pub fn prefix(&self) -> &str {
        self.0.prefix()
    }

    pub fn brokers(&self) -> String {
        self.0.bootstrap()
    }

    pub fn text(&self, file: &str) -> String {
        self.0.text(file)
    }

    /// On the listener that lets everybody in. Quick to notice what happens.
    pub fn settings(&self) -> KafkaSettings {
        KafkaSettings {
            brokers: self.brokers(),
            prefix: self.prefix().to_owned(),
            topics: KafkaTopics { partitions: 3, replication: 1, ..KafkaTopics::default() },
            librdkafka: Brokers::quick(),
            source: "https://login.example".to_owned(),
            ..KafkaSettings::default()
        }
    }

    /// On the listener with TLS and a login.
    pub fn secure(&self) -> KafkaSettings {
        KafkaSettings {
            brokers: self.text("bootstrap-tls"),
            security: KafkaSecurity {
                tls: Some(KafkaTls { authority: Some(self.text("tls/ca.pem")), client: None }),
                login: Some(KafkaLogin {
                    mechanism: "SCRAM-SHA-512".to_owned(),
                    username: "daemun".to_owned(),
                    password: self.text("tls/password").into(),
                }),
            },
            ..self.settings()
        }
    }

    /// A bus of its own that goes by this clock.
    pub fn bus_by(&self, scene: &Scene, clock: Arc<dyn kernel::Clock>) -> Arc<KafkaBus> {
        Arc::new(KafkaBus::new(self.settings(), scene.db.clone(), clock).unwrap())
    }

    /// A bus of its own, as a replica has.
    pub fn bus(&self, scene: &Scene) -> Arc<KafkaBus> {
        bus(self.settings(), scene)
    }

    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{topic}", self.prefix())
    }

    /// All that a topic has, as a client reads it that knows nothing of us.
    pub async fn read(&self, topic: &str) -> Vec<Read> {
        let (brokers, topic) = (self.brokers(), topic.to_owned());
        tokio::task::spawn_blocking(move || read(&brokers, &topic)).await.unwrap()
    }
}

pub fn bus(settings: KafkaSettings, scene: &Scene) -> Arc<KafkaBus> {
    Arc::new(KafkaBus::new(settings, scene.db.clone(), scene.clock.clone()).unwrap())
}

pub fn consumer(brokers: &str, group: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", group).set("enable.auto.commit", "false");
    config.create().unwrap()
}

fn read(brokers: &str, topic: &str) -> Vec<Read> {
    let consumer = consumer(brokers, "reader");
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
    let mut assignment = TopicPartitionList::new();
    let mut left = 0;
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), Duration::from_secs(10)).unwrap();
        left += high - low;
        assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
    }
    consumer.assign(&assignment).unwrap();
    let (begun, mut messages) = (Instant::now(), Vec::new());
    while left > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{left} messages of {topic} do not come");
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(200)) else { continue };
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap();
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        messages.push(Read {
            key: text(message.key()),
            body: text(message.payload()),
            partition: message.partition(),
            offset: message.offset(),
            headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        });
        left -= 1;
    }
    messages.sort_by_key(|message| (message.partition, message.offset));
    messages
}
