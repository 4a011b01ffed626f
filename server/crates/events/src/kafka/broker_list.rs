//! Whether a client still knows of a broker.
//!
//! A broker that did not run for a while is removed by its cluster, and then answers for a moment that there are no brokers. librdkafka
//! forgets all of them, and does not ask the bootstrap servers again (confluentinc/librdkafka#5301). Such a client never connects
//! again: it has to be made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rdkafka::statistics::{Broker, Statistics};

/// So many reports in a row name no broker: between two lists a client may have none for a moment.
const REPORTS: u32 = 3;

/// What the reports of one client say. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct BrokerList {
    empty_reports: Arc<AtomicU32>,
}

impl BrokerList {
    /// Reads a report of the client.
    pub(super) fn look(&self, statistics: &Statistics) {
        if statistics.brokers.values().any(is_broker) {
            self.empty_reports.store(0, Ordering::Relaxed);
        } else {
            self.empty_reports.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the client knows of no broker, and has to be made again.
    pub(super) fn is_lost(&self) -> bool {
        self.empty_reports.load(Ordering::Relaxed) >= REPORTS
    }
}

/// The others are librdkafka's own: where messages wait that have no leader, and the role of the coordinator.
fn is_broker(broker: &Broker) -> bool {
    matches!(broker.source.as_str(), "configured" | "learned")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(sources: &[&str]) -> Statistics {
        let broker = |source: &&str| {
            let broker = Broker { source: (*source).to_owned(), ..Broker::default() };
            ((*source).to_owned(), broker)
        };
        Statistics { brokers: sources.iter().map(broker).collect(), ..Statistics::default() }
    }

    #[test]
    fn s_evt_2_a_client_that_forgot_all_brokers_is_known_after_three_reports() {
        let list = BrokerList::default();
        let looks = |sources: &[&str]| {
            list.look(&report(sources));
            list.is_lost()
        };
        assert!(!looks(&["configured", "internal"]));
        assert!(!looks(&["internal", "logical"]) && !looks(&["internal"]));
        assert!(!looks(&["learned", "internal"]), "it was between two lists");
        assert!(!looks(&["internal"]) && !looks(&[]) && looks(&["internal", "logical"]));
        assert!(!looks(&["learned"]));
    }
}
