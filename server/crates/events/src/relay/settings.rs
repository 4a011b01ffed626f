//! How a relay works.

use std::time::Duration;

use kernel::BackOff;

use crate::kafka_settings::KafkaSettings;

/// So much of a lease may pass until the events go to the bus.
pub(super) const CLAIMING: Duration = Duration::from_secs(2);

/// How the relay works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// At most so many events at once.
    pub batch: u32,
    /// The pause when there is nothing to publish.
    pub idle: Duration,
    /// For so long no other relay takes the same events; after a crash they wait so long. All of it but two seconds is for the bus.
    pub lease: Duration,
    /// The pause after a refusal: for the event, and for the relay when nothing at all went through.
    pub back_off: BackOff,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 100,
            idle: Duration::from_millis(250),
            lease: Duration::from_secs(9),
            back_off: BackOff { least: Duration::from_millis(500), most: Duration::from_mins(1) },
        }
    }
}

impl RelaySettings {
    /// For a cluster: it may take a while and likes many at once.
    pub fn for_brokers(settings: &KafkaSettings) -> Self {
        Self {
            batch: 2000,
            idle: Duration::from_millis(100),
            lease: settings.request_timeout.saturating_add(CLAIMING),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_crash_events_wait_for_less_than_ten_seconds_unless_the_brokers_may_take_longer() {
        let mut settings = KafkaSettings::default();
        assert!(RelaySettings::for_brokers(&settings).lease < Duration::from_secs(10));
        settings.request_timeout = Duration::from_secs(30);
        assert!(RelaySettings::for_brokers(&settings).lease > settings.request_timeout);
    }
}
