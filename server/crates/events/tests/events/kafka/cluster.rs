//! A broker, and what a test can do to it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{KafkaBus, KafkaLogin, KafkaSecurity, KafkaSettings, KafkaTls, KafkaTopics, Topic};
use kernel::id::Uuid;
use kernel::{OsRandomness, SystemClock, new_uuid};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::process::Command;

use crate::scene::Scene;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../scripts/kafka");

/// What `scripts/kafka` started, and topics that no other test has.
#[derive(Clone, Debug)]
pub struct Cluster {
    folder: PathBuf,
    prefix: String,
}

/// Brokers that end with the test.
pub struct Brokers(tempfile::TempDir);

impl Drop for Brokers {
    fn drop(&mut self) {
        let _ = std::process::Command::new(SCRIPT).arg("kill").arg(self.0.path()).status();
    }
}

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
    #[expect(clippy::print_stderr, reason = "who runs the tests should know which were not run")]
    pub fn shared() -> Option<Self> {
        let folder = std::env::var("DAEMUN_TEST_KAFKA").ok();
        if folder.is_none() {
            eprintln!("skipped: no broker (scripts/with-kafka starts one)");
        }
        Some(Self { folder: folder?.into(), prefix: prefix() })
    }

    /// One of its own, which can be killed; `None` where the shared one is missing as well.
    pub async fn own(nodes: u32) -> Option<(Self, Brokers)> {
        Self::shared()?;
        let brokers = Brokers(tempfile::tempdir().unwrap());
        let cluster = Self { folder: brokers.0.path().to_owned(), prefix: prefix() };
        cluster.script("start", &["0", &nodes.to_string()]).await;
        Some((cluster, brokers))
    }

    /// One of its own, whose listener with TLS lets in who has the password, to nothing but what they were given.
    pub async fn guarded() -> Option<(Self, Brokers)> {
        Self::shared()?;
        let brokers = Brokers(tempfile::tempdir().unwrap());
        let cluster = Self { folder: brokers.0.path().to_owned(), prefix: prefix() };
        let rules = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
            super.users=User:ANONYMOUS";
        let mut start = cluster.command("start", &["0", "1", "tls"]);
        assert!(start.env("DAEMUN_KAFKA_CONFIG", rules).status().await.unwrap().success());
        Some((cluster, brokers))
    }

    /// Gives the user of the listener with TLS these rights, on all that begins with our prefix.
    pub async fn give(&self, on: &str, rights: &[&str]) {
        let mut arguments = vec!["--add", "--allow-principal", "User:daemun", on, &self.prefix];
        arguments.extend(["--resource-pattern-type", "prefixed"]);
        arguments.extend(rights.iter().flat_map(|right| ["--operation", right]));
        self.script("acls", &arguments).await;
    }

    /// Sends a signal to the first broker.
    pub fn signal(&self, name: &str) {
        let pid = self.text("node-1/pid");
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    fn command(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(SCRIPT);
        command.arg(verb).arg(&self.folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// `scripts/kafka VERB FOLDER …`.
    pub async fn script(&self, verb: &str, arguments: &[&str]) {
        let status = self.command(verb, arguments).status().await.unwrap();
        assert!(status.success(), "{verb} {arguments:?}");
    }

    /// The same brokers, with topics of its own.
    pub fn another(&self) -> Self {
        Self { folder: self.folder.clone(), prefix: prefix() }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn brokers(&self) -> String {
        self.text("bootstrap")
    }

    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap().trim().to_owned()
    }

    /// On the listener that lets everybody in. Quick to notice what happens.
    pub fn settings(&self) -> KafkaSettings {
        KafkaSettings {
            brokers: self.brokers(),
            client_id: "daemun-test".to_owned(),
            security: KafkaSecurity::default(),
            prefix: self.prefix.clone(),
            topics: KafkaTopics {
                create: true,
                partitions: 3,
                replication: 1,
                retention: Duration::from_hours(30 * 24),
            },
            compression: "zstd".to_owned(),
            linger: Duration::from_millis(5),
            request_timeout: Duration::from_secs(10),
            librdkafka: [("heartbeat.interval.ms", "300"), ("session.timeout.ms", "6000")]
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            source: "https://login.example".to_owned(),
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
        format!("{}{topic}", self.prefix)
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

fn prefix() -> String {
    let id: Uuid = new_uuid(&SystemClock, &OsRandomness);
    format!("t{}.", id.simple())
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
