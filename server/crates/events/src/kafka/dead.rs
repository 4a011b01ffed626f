//! `<topic>.dead` on the cluster.

use kernel::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};

use crate::bus::BusError;
use crate::consumer_name::ConsumerName;
use crate::kafka::publisher::{Outgoing, Producer};
use crate::kafka::window::Place;
use crate::kafka_settings::KafkaSettings;
use crate::subscription::Delivery;

/// A message that a group failed with for the last time.
pub(super) struct Dead<'a> {
    pub(super) group: ConsumerName,
    pub(super) delivery: &'a Delivery,
    pub(super) place: &'a Place,
    pub(super) event_id: &'a str,
    pub(super) reason: &'a str,
    pub(super) at: Timestamp,
}

impl Dead<'_> {
    /// Where it came from.
    pub(super) fn origin(&self) -> String {
        let Place { topic, partition, offset, .. } = self.place;
        format!("{topic}/{partition}/{offset}")
    }

    /// Publishes it, as far as it was kept, with what is to be known of it in the headers.
    pub(super) async fn publish(
        &self,
        producer: &Producer,
        settings: &KafkaSettings,
    ) -> Result<(), BusError> {
        let Place { topic, partition, offset, .. } = self.place;
        let fields: [(&str, &str); 8] = [
            ("event_id", self.event_id),
            ("dead_reason", self.reason),
            ("dead_group", self.group.as_str()),
            ("dead_topic", topic),
            ("dead_partition", &partition.to_string()),
            ("dead_offset", &offset.to_string()),
            ("dead_failures", &self.delivery.failures.saturating_add(1).to_string()),
            ("dead_at", &self.at.to_string()),
        ];
        let headers = fields.into_iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let (topic, key) = (settings.dead_topic(self.delivery.topic), self.delivery.key.as_str());
        producer.send(Outgoing { topic: &topic, key, body: &self.delivery.body, headers }).await
    }
}
