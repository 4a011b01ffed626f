//! The properties with which librdkafka's clients are made.

use std::time::Duration;

use kernel::ExposeSecret as _;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::consumer_name::ConsumerName;
use crate::kafka_settings::KafkaSettings;

/// How often librdkafka reports its statistics: connections, offsets.
const STATISTICS_INTERVAL: Duration = Duration::from_secs(2);

/// The settings that every client of the brokers has.
pub(super) fn client(settings: &KafkaSettings) -> ClientConfig {
    let mut config = ClientConfig::new();
    // What people set themselves names no property that is set below, nor another name of one: the configuration refuses
    // those. Of two names for one property, librdkafka would take the one that it happens to be told last.
    for (property, value) in &settings.librdkafka {
        config.set(property, value);
    }
    config
        .set("bootstrap.servers", &settings.brokers)
        .set("client.id", &settings.client_id)
        .set("security.protocol", settings.security.protocol())
        .set("statistics.interval.ms", millis(STATISTICS_INTERVAL))
        .set_log_level(RDKafkaLogLevel::Info);
    default(&mut config, "socket.keepalive.enable", "true");
    default(&mut config, "reconnect.backoff.max.ms", "5000");
    if let Some(tls) = &settings.security.tls {
        // Versions of the library have differed in what they verify when nothing is said.
        config
            .set("enable.ssl.certificate.verification", "true")
            .set("ssl.endpoint.identification.algorithm", "https");
        match &tls.authority {
            Some(authority) => config.set("ssl.ca.pem", authority),
            // OpenSSL inside the program knows no folder: the usual ones are looked through.
            None => config.set("ssl.ca.location", "probe"),
        };
        if let Some(client) = &tls.client {
            config.set("ssl.certificate.pem", &client.certificate);
            config.set("ssl.key.pem", client.key.expose_secret());
        }
    }
    if let Some(login) = &settings.security.login {
        config
            .set("sasl.mechanism", &login.mechanism)
            .set("sasl.username", &login.username)
            .set("sasl.password", login.password.expose_secret());
    }
    config
}

/// Of the one that publishes: whatever is acknowledged is on all replicas that are in sync, once.
pub(super) fn producer(settings: &KafkaSettings) -> ClientConfig {
    let mut config = client(settings);
    let bound = millis(settings.request_timeout);
    config
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("compression.type", &settings.compression)
        .set("linger.ms", millis(settings.linger))
        .set("message.timeout.ms", &bound)
        .set("request.timeout.ms", bound)
        // By the hash of the key that Kafka's own clients use, so that theirs find the same partition.
        .set("partitioner", "murmur2_random");
    default(&mut config, "topic.metadata.propagation.max.ms", "5000");
    config
}

/// Of the members of a group.
pub(super) fn consumer(settings: &KafkaSettings, name: ConsumerName) -> ClientConfig {
    let mut config = client(settings);
    config
        .set("group.id", group(settings, name))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("allow.auto.create.topics", "false");
    default(&mut config, "partition.assignment.strategy", "cooperative-sticky");
    default(&mut config, "topic.metadata.refresh.interval.ms", "30000");
    // What is fetched ahead is held in memory: events are small, and the window has bounds of its own.
    default(&mut config, "queued.max.messages.kbytes", "8192");
    default(&mut config, "fetch.wait.max.ms", "500");
    config
}

/// What the brokers know a group as.
pub(super) fn group(settings: &KafkaSettings, name: ConsumerName) -> String {
    format!("{}{}", settings.prefix, name.as_str())
}

fn default(config: &mut ClientConfig, property: &str, value: &str) {
    if config.get(property).is_none() {
        config.set(property, value);
    }
}

fn millis(span: Duration) -> String {
    span.as_millis().to_string()
}
