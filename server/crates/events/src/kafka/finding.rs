//! The findings of `daemun check` about a cluster.

use std::time::Duration;

/// How long the brokers may take for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaFinding {
    /// The key of the configuration, below `kafka.`.
    pub key: &'static str,
    /// What.
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
