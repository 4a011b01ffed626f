//! The findings of `daemun check` about a cluster.

use std::time::Duration;

use rdkafka::error::KafkaError;

use crate::consumer_name::ConsumerName;

/// The group of consumers that read nothing.
pub(super) const CHECK: ConsumerName = ConsumerName::new("check");

/// How long the brokers may take for an answer.
pub(super) const BROKER_TIMEOUT: Duration = Duration::from_secs(5);

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaFinding {
    /// The key of the configuration, below `kafka.`.
    pub key: &'static str,
    /// What is wrong, as a sentence for operators.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

pub(super) fn finding(
    key: &'static str,
    problem: impl Into<String>,
    cure: impl Into<String>,
) -> KafkaFinding {
    KafkaFinding { key, problem: problem.into(), cure: cure.into() }
}

/// No client can be made. The keys that we name were looked at when they were read, so it is a property of librdkafka, or a
/// certificate that is none.
pub(super) fn unusable(error: &KafkaError) -> KafkaFinding {
    finding("librdkafka", error.to_string(), "Correct the property or the certificate, or leave it out")
}
