//! `[events]` and `[kafka]`.

use std::collections::BTreeMap;

use events::{KafkaClientCertificate, KafkaLogin, KafkaSecurity, KafkaSettings, KafkaTls, KafkaTopics};
use kernel::SecretString;
use url::Url;

use super::reader::Reader;
use super::sources::{KAFKA_PROPERTIES, Value};

/// Properties that have keys of their own, or on which the promises about events rest.
const OURS: [&str; 24] = [
    "acks",
    "allow.auto.create.topics",
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "compression.type",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "group.id",
    "linger.ms",
    "message.timeout.ms",
    "metadata.broker.list",
    "partitioner",
    "request.timeout.ms",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.key.pem",
    "statistics.interval.ms",
];

/// What carries events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// The program's own database.
    InProcess,
    /// A Kafka cluster.
    Kafka,
}

/// `[events]` and `[kafka]`.
#[derive(Clone, Debug)]
pub struct Events {
    /// `events.bus`.
    pub bus: Bus,
    /// `[kafka]`, where `kafka.brokers` is written. It is used as the bus, or to deal with what still waits there.
    pub kafka: Option<KafkaSettings>,
}

impl Events {
    pub(super) fn read(reader: &Reader, public_url: &Url) -> Self {
        let bus = bus(reader);
        let settings = settings(reader, public_url);
        let named = !settings.brokers.is_empty();
        if bus == Bus::Kafka && !named {
            reader.wrong("kafka.brokers", "`events.bus` = \"kafka\" needs it", BROKERS);
        }
        Self { bus, kafka: named.then_some(settings) }
    }
}

const BROKERS: &str = "Write HOST:PORT of some of the brokers, with commas between them";

fn bus(reader: &Reader) -> Bus {
    match reader.text("events.bus").as_str() {
        "in-process" => Bus::InProcess,
        "kafka" if cfg!(feature = "kafka") => Bus::Kafka,
        "kafka" => {
            let cure = "Take the release, or build with --features kafka";
            reader.wrong("events.bus", "this build has no client for Kafka", cure);
            Bus::Kafka
        }
        other => {
            let problem = format!("`{other}` is not allowed here");
            reader.wrong("events.bus", problem, "Write \"in-process\" or \"kafka\"");
            Bus::InProcess
        }
    }
}

fn settings(reader: &Reader, public_url: &Url) -> KafkaSettings {
    KafkaSettings {
        brokers: brokers(reader),
        client_id: reader.word("kafka.client_id"),
        security: security(reader),
        prefix: prefix(reader),
        topics: KafkaTopics {
            create: reader.flag("kafka.create_topics"),
            partitions: reader.number_of("kafka.partitions", 1..=10_000),
            replication: reader.number_of("kafka.replication_factor", 1..=100),
            retention: reader.span("kafka.retention").get(),
        },
        compression: one_of(reader, "kafka.compression", &["none", "gzip", "snappy", "lz4", "zstd"]),
        linger: reader.span("kafka.linger").get(),
        request_timeout: reader.span("kafka.request_timeout").get(),
        librdkafka: properties(reader),
        source: public_url.as_str().trim_end_matches('/').to_owned(),
    }
}

fn brokers(reader: &Reader) -> String {
    let text = reader.text("kafka.brokers");
    let brokers: Vec<&str> = text.split(',').map(str::trim).filter(|broker| !broker.is_empty()).collect();
    if let Some(wrong) = brokers.iter().find(|broker| host(broker).is_none()) {
        reader.wrong("kafka.brokers", format!("`{wrong}` has no host and port"), BROKERS);
    }
    brokers.join(",")
}

/// The host of HOST:PORT.
pub(super) fn host(broker: &str) -> Option<&str> {
    let (host, port) = broker.rsplit_once(':')?;
    let fits =
        !host.is_empty() && !host.contains(['/', '@', ' ']) && port.parse::<u16>().is_ok_and(|port| port > 0);
    fits.then_some(host)
}

fn security(reader: &Reader) -> KafkaSecurity {
    let key = "kafka.security";
    let (tls, login) = (tls(reader), login(reader));
    let (with_tls, with_login) = match reader.text(key).as_str() {
        "plaintext" => (false, false),
        "ssl" => (true, false),
        "sasl_plaintext" => (false, true),
        "sasl_ssl" => (true, true),
        other => {
            let problem = format!("`{other}` is not allowed here");
            reader.wrong(key, problem, "Write \"plaintext\", \"ssl\", \"sasl_plaintext\" or \"sasl_ssl\"");
            (false, false)
        }
    };
    if with_login && (login.username.is_empty() || login.password.is_none()) {
        let missing = if login.username.is_empty() { "kafka.username" } else { "kafka.password" };
        reader.wrong(missing, "`kafka.security` needs it", "Write the one that was given to you");
    }
    if !with_tls && (tls.authority.is_some() || tls.client.is_some()) {
        reader.wrong(
            key,
            "a certificate is named, and nothing is encrypted",
            "Write \"ssl\" or \"sasl_ssl\"",
        );
    }
    if !with_login && login.password.is_some() {
        reader.wrong(key, "a password is given, and nobody is asked for one", "Write \"sasl_ssl\"");
    }
    let Login { mechanism, username, password } = login;
    KafkaSecurity {
        tls: with_tls.then_some(tls),
        login: password.filter(|_| with_login).map(|password| KafkaLogin { mechanism, username, password }),
    }
}

struct Login {
    mechanism: String,
    username: String,
    password: Option<SecretString>,
}

fn login(reader: &Reader) -> Login {
    Login {
        mechanism: one_of(reader, "kafka.sasl_mechanism", &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        username: reader.word("kafka.username"),
        password: reader.secret("kafka.password"),
    }
}

fn tls(reader: &Reader) -> KafkaTls {
    let text = |key| {
        let path = reader.text(key);
        if path.is_empty() { None } else { reader.file(key, &path) }
    };
    let (authority, certificate, key) =
        (text("kafka.ca_file"), text("kafka.certificate_file"), text("kafka.key_file"));
    let client = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(KafkaClientCertificate { certificate, key: key.into() }),
        (None, None) => None,
        (certificate, _) => {
            let missing = if certificate.is_none() { "kafka.certificate_file" } else { "kafka.key_file" };
            reader.wrong(missing, "a certificate and its key belong together", "Name both, or neither");
            None
        }
    };
    KafkaTls { authority, client }
}

fn prefix(reader: &Reader) -> String {
    let key = "kafka.topic_prefix";
    let prefix = reader.text(key);
    let fits = prefix.len() <= 100
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !fits {
        reader.wrong(key, "no topic can be called so", "Write at most 100 letters, digits, dots, - and _");
    }
    prefix
}

fn one_of(reader: &Reader, key: &str, allowed: &[&str]) -> String {
    let text = reader.text(key);
    if !allowed.contains(&text.as_str()) {
        let cure = format!("Write one of {}", allowed.join(", "));
        reader.wrong(key, format!("`{text}` is not allowed here"), &cure);
    }
    text
}

fn properties(reader: &Reader) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    for name in reader.keys_below(KAFKA_PROPERTIES) {
        let key = format!("{KAFKA_PROPERTIES}{name}");
        let value = match reader.entry(&key).map(|entry| &entry.value) {
            Some(Value::Text(text) | Value::Raw(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Flag(flag)) => flag.to_string(),
            _ => {
                reader.wrong(&key, "expected a string, a number, true or false", "Write one of these");
                continue;
            }
        };
        if OURS.contains(&name.as_str()) {
            reader.wrong(&key, "this property is set by Daemun", "Leave it out, or use the key of [kafka]");
        }
        properties.insert(name, value);
    }
    properties
}

#[cfg(test)]
mod tests {
    use crate::config::tests::loaded;

    fn found(toml: &str) -> Vec<String> {
        let Err(error) = loaded(toml, &[]) else { return Vec::new() };
        error.0.into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn brokers_are_hosts_with_ports_and_without_them_there_is_no_cluster() {
        assert!(loaded("", &[]).unwrap().config.events.kafka.is_none());
        let config = loaded("[kafka]\nbrokers = \" a:9092, [::1]:9093,\"\n", &[]).unwrap().config;
        let kafka = config.events.kafka.unwrap();
        assert_eq!((kafka.brokers.as_str(), kafka.topics.partitions), ("a:9092,[::1]:9093", 12));
        assert_eq!(kafka.topics.retention, std::time::Duration::from_hours(30 * 24));
        for wrong in ["a", "a:", "a:0", "a:70000", ":9092", "kafka://a:9092"] {
            assert_eq!(found(&format!("[kafka]\nbrokers = \"{wrong}\"\n")), ["kafka.brokers"], "{wrong}");
        }
    }

    #[test]
    fn what_is_not_written_is_as_tests_and_benches_have_it() {
        let written = loaded("[kafka]\nbrokers = \"a:9092\"\n", &[]).unwrap().config.events.kafka;
        let brokers = "a:9092".to_owned();
        let shipped = events::KafkaSettings { brokers, ..Default::default() };
        assert_eq!(format!("{:?}", written.unwrap()), format!("{shipped:?}"));
    }

    #[test]
    fn a_bus_on_kafka_needs_brokers_and_a_build_that_can() {
        let expected =
            if cfg!(feature = "kafka") { vec!["kafka.brokers"] } else { vec!["events.bus", "kafka.brokers"] };
        assert_eq!(found("[events]\nbus = \"kafka\"\n"), expected);
        assert_eq!(found("[events]\nbus = \"rabbit\"\n"), ["events.bus"]);
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        let login = "security = \"sasl_ssl\"\nusername = \"daemun\"\npassword = \"x\"\n";
        let config = loaded(&format!("[kafka]\nbrokers = \"a:1\"\n{login}"), &[]).unwrap().config;
        assert_eq!(config.events.kafka.unwrap().security.protocol(), "sasl_ssl");
        for (toml, key) in [
            ("security = \"tls\"", "kafka.security"),
            ("security = \"sasl_ssl\"\nusername = \"daemun\"", "kafka.password"),
            ("security = \"sasl_ssl\"\npassword = \"x\"", "kafka.username"),
            ("password = \"x\"", "kafka.security"),
            ("sasl_mechanism = \"GSSAPI\"", "kafka.sasl_mechanism"),
            ("compression = \"brotli\"", "kafka.compression"),
            ("topic_prefix = \"a b\"", "kafka.topic_prefix"),
            ("ca_file = \"/nowhere\"", "kafka.ca_file"),
        ] {
            assert_eq!(found(&format!("[kafka]\n{toml}\n")), [key], "{toml}");
        }
    }

    #[test]
    fn properties_of_the_client_library_are_passed_on_but_for_those_that_are_ours() {
        let toml = "[kafka]\nbrokers = \"a:1\"\n[kafka.librdkafka]\n\"socket.nagle.disable\" = true\nmax.poll.interval.ms = 60000\n";
        let kafka = loaded(toml, &[]).unwrap().config.events.kafka.unwrap();
        let properties: Vec<_> =
            kafka.librdkafka.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(properties, ["max.poll.interval.ms=60000", "socket.nagle.disable=true"]);
        assert_eq!(found("[kafka.librdkafka]\nacks = 1\n"), ["kafka.librdkafka.acks"]);
    }
}
