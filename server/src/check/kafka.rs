//! Whether the cluster is as the configuration says.

#[cfg(feature = "kafka")]
use events::KafkaGroup;

#[cfg(feature = "kafka")]
use crate::config::MailTransport;
use crate::config::{Config, Finding};

/// Asks its brokers.
#[cfg(feature = "kafka")]
pub(super) async fn cluster(config: &Config) -> Vec<Finding> {
    let Some(settings) = &config.events.kafka else { return Vec::new() };
    let findings = events::check(settings.clone(), &groups(config)).await;
    let finding = |found: events::KafkaFinding| {
        Finding::new(&format!("kafka.{}", found.key), found.problem, &found.cure)
    };
    findings.into_iter().map(finding).collect()
}

/// The groups that the program joins with this configuration. Rights on others need not be given.
#[cfg(feature = "kafka")]
fn groups(config: &Config) -> Vec<KafkaGroup> {
    let mut groups = Vec::new();
    if !matches!(config.mail.transport, MailTransport::Nowhere) {
        groups.push(KafkaGroup { name: notifications::CONSUMER, topics: notifications::TOPICS.to_vec() });
    }
    if config.activity.enabled {
        groups.push(KafkaGroup { name: activity::CONSUMER, topics: activity::TOPICS.to_vec() });
    }
    if !config.webhooks.receivers.is_empty() {
        let topics = webhooks::topics(&config.webhooks.receivers);
        groups.push(KafkaGroup { name: webhooks::CONSUMER, topics });
    }
    groups
}

/// A build without a client for it asks nobody.
#[cfg(not(feature = "kafka"))]
#[expect(clippy::unused_async, reason = "the same signature as with one")]
pub(super) async fn cluster(_: &Config) -> Vec<Finding> {
    Vec::new()
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;
    use crate::config::{self, Build, Sources};

    #[test]
    fn rights_on_the_group_of_mails_are_needed_only_where_mails_go_somewhere() {
        let sources =
            Sources { file: None, explicit: false, environment: Vec::new(), build: Build::Development };
        let mut config = config::load(&sources).unwrap().config;
        let has_mails =
            |config: &Config| groups(config).iter().any(|group| group.name == notifications::CONSUMER);
        assert!(has_mails(&config));
        config.mail.transport = MailTransport::Nowhere;
        assert!(!has_mails(&config));
    }
}
