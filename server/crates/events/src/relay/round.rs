//! What became of a batch.

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelayRound {
    /// Events that the bus acknowledged.
    pub published: u32,
    /// Events that it did not.
    pub refused: u32,
}

impl RelayRound {
    pub(super) fn count(self) {
        metrics::counter!("daemun_events_published_total").increment(u64::from(self.published));
        metrics::counter!("daemun_events_refused_total").increment(u64::from(self.refused));
    }
}
