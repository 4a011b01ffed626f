//! `[events]` and `[kafka]`.

use std::time::Duration;

use events::{KafkaSettings, KafkaTopics, MAX_TOPIC_RETENTION};
use url::Url;

use super::kafka_properties::properties;
use super::kafka_security::security;
use super::reader::Reader;

/// The longest wait that Kafka's protocol and librdkafka know for an answer.
const MAX_REQUEST_TIMEOUT: Duration = Duration::from_mins(15);

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
    let Patience { linger, request_timeout } = Patience::read(reader);
    KafkaSettings {
        brokers: brokers(reader),
        client_id: reader.word("kafka.client_id"),
        security: security(reader),
        prefix: prefix(reader),
        topics: KafkaTopics {
            create: reader.flag("kafka.create_topics"),
            partitions: reader.number_of("kafka.partitions", 1..=10_000),
            replication: reader.number_of("kafka.replication_factor", 1..=100),
            retention: retention(reader),
        },
        compression: reader.one_of("kafka.compression", &["none", "gzip", "snappy", "lz4", "zstd"]),
        linger,
        request_timeout,
        librdkafka: properties(reader),
        source: public_url.as_str().trim_end_matches('/').to_owned(),
    }
}

fn retention(reader: &Reader) -> Duration {
    let key = "kafka.retention";
    let retention = reader.span(key).get();
    if retention > MAX_TOPIC_RETENTION {
        let problem = "events would be there longer than consumers remember having processed them: those of a group that Kafka has \
                       forgotten would be processed twice";
        let days = MAX_TOPIC_RETENTION.as_secs() / (24 * 60 * 60);
        reader.wrong(key, problem, &format!("Write at most {days}d, such as 30d"));
    }
    retention
}

/// How long is waited: for other events, and for the brokers.
struct Patience {
    linger: Duration,
    request_timeout: Duration,
}

impl Patience {
    /// Reads both. The time for the brokers begins when an event is handed over, so it has to outlast the wait for others.
    fn read(reader: &Reader) -> Self {
        let (linger, request_timeout) =
            (reader.span("kafka.linger").get(), reader.span("kafka.request_timeout").get());
        if request_timeout > MAX_REQUEST_TIMEOUT {
            let problem = "the brokers cannot be waited for so long";
            reader.wrong("kafka.request_timeout", problem, "Write at most 15m, such as 7s");
        } else if request_timeout <= linger {
            reader.wrong(
                reader.written_of("kafka.request_timeout", "kafka.linger"),
                "`kafka.request_timeout` must be longer than `kafka.linger`: events would be given up before they are sent",
                "Write a longer `kafka.request_timeout`, such as 7s, or a shorter `kafka.linger`, such as 5ms",
            );
        }
        Self { linger, request_timeout }
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

#[cfg(test)]
mod tests {
    use crate::config::ConfigError;
    use crate::config::tests::{found, loaded};

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
    fn what_is_named_must_be_something_that_a_topic_can_have() {
        for (toml, key) in [
            ("compression = \"brotli\"", "kafka.compression"),
            ("topic_prefix = \"a b\"", "kafka.topic_prefix"),
        ] {
            assert_eq!(found(&format!("[kafka]\n{toml}\n")), [key], "{toml}");
        }
    }

    #[test]
    fn s_evt_3_topics_keep_no_event_longer_than_it_is_remembered_as_processed() {
        let toml = |retention: &str| format!("[kafka]\nbrokers = \"a:1\"\nretention = \"{retention}\"\n");
        assert_eq!(found(&toml("53d")), [""; 0]);
        for long in ["1273h", "54d", "365d"] {
            let ConfigError(findings) = loaded(&toml(long), &[]).unwrap_err();
            let [finding] = &findings[..] else { panic!("{long}: {findings:?}") };
            assert_eq!(
                (&*finding.key, &*finding.cure),
                ("kafka.retention", "Write at most 53d, such as 30d")
            );
            assert!(finding.place.ends_with(":3"), "{finding:?}");
        }
    }

    #[test]
    fn brokers_are_waited_for_longer_than_other_events_and_at_most_a_quarter_of_an_hour() {
        for fits in ["request_timeout = \"15m\"", "request_timeout = \"6ms\"", "linger = \"6999ms\""] {
            assert_eq!(found(&format!("[kafka]\nbrokers = \"a:1\"\n{fits}\n")), [""; 0], "{fits}");
        }
        for (toml, key) in [
            ("request_timeout = \"20m\"", "kafka.request_timeout"),
            ("request_timeout = \"900001ms\"", "kafka.request_timeout"),
            ("request_timeout = \"1ms\"", "kafka.request_timeout"),
            ("request_timeout = \"5ms\"", "kafka.request_timeout"),
            ("linger = \"10s\"", "kafka.linger"),
            ("linger = \"10s\"\nrequest_timeout = \"10s\"", "kafka.request_timeout"),
            ("linger = \"20m\"\nrequest_timeout = \"21m\"", "kafka.request_timeout"),
        ] {
            assert_eq!(found(&format!("[kafka]\nbrokers = \"a:1\"\n{toml}\n")), [key], "{toml}");
        }
    }
}
