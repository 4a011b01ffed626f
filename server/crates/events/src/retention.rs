//! How long what is done with is kept (S-EVT-9). Personal data in events is gone after the longest of these spans.

use std::time::Duration;

use db::{DbError, Expiring, Transaction};
use kernel::Timestamp;

/// How long rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Published events in the outbox, for anyone who asks what went out. What is not published is kept without end.
    pub published: Duration,
    /// Deliveries of the in-process bus that no consumer took, since nobody of the group runs any more.
    pub undelivered: Duration,
    /// What consumers remember having dealt with. Longer than any message can be under way, or it is dealt with twice.
    pub consumed: Duration,
    /// Dead letters.
    pub dead: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { published: days(7), undelivered: days(30), consumed: days(60), dead: days(30) }
    }
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// From `outbox_events`.
    pub published: u64,
    /// From `outbox_keys`.
    pub keys: u64,
    /// From `bus_deliveries`: events that a group will never hear of.
    pub undelivered: u64,
    /// From `consumed_events`.
    pub consumed: u64,
    /// From `bus_dead_letters`.
    pub dead: u64,
}

impl Cleaned {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.published + self.keys + self.undelivered + self.consumed + self.dead
    }
}

const fn table(table: &'static str, column: &'static str) -> Expiring {
    // SQLite's own key: some of these tables have a primary key of two columns.
    Expiring { table, key: "rowid", column }
}

/// Deletes at most `limit` rows in all that were kept long enough at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(
    tx: &mut Transaction,
    now: Timestamp,
    retention: &Retention,
    limit: u32,
) -> Result<Cleaned, DbError> {
    let mut left = limit;
    let mut cleaned = Cleaned::default();
    let tables = [
        (table("outbox_events", "published_at"), retention.published, &mut cleaned.published),
        // Numbers are times: one that is this old has long been passed by the clock, so the next is greater still.
        (table("outbox_keys", "last_sequence"), retention.published, &mut cleaned.keys),
        (table("bus_deliveries", "published_at"), retention.undelivered, &mut cleaned.undelivered),
        (table("consumed_events", "consumed_at"), retention.consumed, &mut cleaned.consumed),
        (table("bus_dead_letters", "died_at"), retention.dead, &mut cleaned.dead),
    ];
    for (table, span, gone) in tables {
        if left > 0 {
            *gone = table.delete(tx, now.minus(span), left).await?;
            left = left.saturating_sub(u32::try_from(*gone).unwrap_or(u32::MAX));
        }
    }
    if cleaned.undelivered > 0 {
        tracing::error!(events = cleaned.undelivered, "deleted events that no consumer came for");
    }
    Ok(cleaned)
}
