//! How a Kafka cluster is reached and used. Known to builds without a client for Kafka as well, so that they can say what
//! they lack.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::SecretString;

use crate::payload::Topic;

/// What client and topics are set up with.
#[derive(Clone, Debug)]
pub struct KafkaSettings {
    /// HOST:PORT of one or more brokers, with commas between them.
    pub brokers: String,
    /// What the brokers know this program as.
    pub client_id: String,
    /// How the brokers are spoken to.
    pub security: KafkaSecurity,
    /// What the names of our topics and groups begin with.
    pub prefix: String,
    /// The topics.
    pub topics: KafkaTopics,
    /// The codec of what is published.
    pub compression: String,
    /// How long a message may wait for others to be sent with it.
    pub linger: Duration,
    /// How long a broker may take, all its tries together.
    pub request_timeout: Duration,
    /// Further properties of librdkafka.
    pub librdkafka: BTreeMap<String, String>,
    /// `source` of the events as CloudEvents.
    pub source: String,
}

/// How the brokers are spoken to.
#[derive(Clone, Debug, Default)]
pub struct KafkaSecurity {
    /// Whether the connection is encrypted and who is there is proven.
    pub tls: Option<KafkaTls>,
    /// Who we are.
    pub login: Option<KafkaLogin>,
}

impl KafkaSecurity {
    /// Under the name that Kafka gives it.
    pub const fn protocol(&self) -> &'static str {
        match (&self.tls, &self.login) {
            (None, None) => "plaintext",
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        }
    }
}

/// Texts in PEM; what is not given is the system's, or nothing.
#[derive(Clone, Debug, Default)]
pub struct KafkaTls {
    /// The authorities to be believed.
    pub authority: Option<String>,
    /// Our certificate and its key.
    pub client: Option<KafkaClientCertificate>,
}

/// A certificate of our own.
#[derive(Clone, Debug)]
pub struct KafkaClientCertificate {
    /// The certificate, with its chain.
    pub certificate: String,
    /// Its key.
    pub key: SecretString,
}

/// A name and a password.
#[derive(Clone, Debug)]
pub struct KafkaLogin {
    /// PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
    pub mechanism: String,
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// What topics have that we make.
#[derive(Clone, Copy, Debug)]
pub struct KafkaTopics {
    /// Whether we make them.
    pub create: bool,
    /// How many partitions each has.
    pub partitions: u32,
    /// How many brokers have each message.
    pub replication: u32,
    /// How long messages are kept.
    pub retention: Duration,
}

impl Default for KafkaTopics {
    fn default() -> Self {
        Self { create: true, partitions: 12, replication: 3, retention: Duration::from_hours(30 * 24) }
    }
}

impl KafkaTopics {
    /// How many brokers must have a message before it counts as stored: all but one, so that one may be away.
    pub const fn least_in_sync(&self) -> u32 {
        if self.replication > 1 { self.replication - 1 } else { 1 }
    }
}

/// As the example configuration has it, of a cluster that nobody has named yet.
impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            client_id: "daemun".to_owned(),
            security: KafkaSecurity::default(),
            prefix: String::new(),
            topics: KafkaTopics::default(),
            compression: "zstd".to_owned(),
            linger: Duration::from_millis(5),
            request_timeout: Duration::from_secs(7),
            librdkafka: BTreeMap::new(),
            source: "http://localhost:3000".to_owned(),
        }
    }
}

impl KafkaSettings {
    /// After so long without looking for messages, a member loses its partitions.
    pub(crate) fn poll_interval(&self) -> Duration {
        let written = self.librdkafka.get("max.poll.interval.ms").and_then(|millis| millis.parse().ok());
        Duration::from_millis(written.unwrap_or(300_000))
    }

    /// What the brokers know a topic as.
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{topic}", self.prefix)
    }

    /// What they know the topic of its dead letters as.
    pub fn dead_topic(&self, topic: Topic) -> String {
        format!("{}{}", self.prefix, topic.dead())
    }
}
