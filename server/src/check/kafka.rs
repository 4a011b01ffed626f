//! Whether the cluster is as the configuration says.

#[cfg(feature = "kafka")]
use events::KafkaGroup;

use crate::config::{Config, Finding};

/// Asks its brokers.
#[cfg(feature = "kafka")]
pub(super) async fn cluster(config: &Config) -> Vec<Finding> {
    let Some(settings) = &config.events.kafka else { return Vec::new() };
    let mut groups =
        vec![KafkaGroup { name: notifications::CONSUMER, topics: notifications::TOPICS.to_vec() }];
    if config.activity.enabled {
        groups.push(KafkaGroup { name: activity::CONSUMER, topics: activity::TOPICS.to_vec() });
    }
    if !config.webhooks.receivers.is_empty() {
        let topics = webhooks::topics(&config.webhooks.receivers);
        groups.push(KafkaGroup { name: webhooks::CONSUMER, topics });
    }
    let findings = events::check(settings.clone(), &groups).await;
    let finding = |found: events::KafkaFinding| {
        Finding::new(&format!("kafka.{}", found.key), found.problem, &found.cure)
    };
    findings.into_iter().map(finding).collect()
}

/// A build without a client for it asks nobody.
#[cfg(not(feature = "kafka"))]
#[expect(clippy::unused_async, reason = "the same signature as with one")]
pub(super) async fn cluster(_: &Config) -> Vec<Finding> {
    Vec::new()
}
