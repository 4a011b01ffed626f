//! How far groups are behind on the in-process bus.

use std::collections::BTreeMap;

use db::{Database, DbError};
use kernel::Clock;

use crate::dead_letter;
use crate::in_process::store;

/// Tells the metrics how much groups have not dealt with and for how long it waits, and how many dead letters there are.
///
/// # Errors
/// When the database refuses; then the metrics stay as they were.
pub async fn measure_groups(db: &Database, clock: &dyn Clock) -> Result<(), DbError> {
    let mut reader = db.read().await?;
    let now = clock.now();
    let mut oldest = BTreeMap::new();
    for behind in store::behind(&mut reader).await? {
        let age = behind.since.map_or(0.0, |since| now.since(since).as_secs_f64());
        let known = oldest.entry(behind.group.clone()).or_insert(0.0_f64);
        *known = known.max(age);
        #[expect(clippy::cast_precision_loss, reason = "a metric")]
        let deliveries = behind.events as f64;
        metrics::gauge!(
            "daemun_events_consumer_lag",
            "bus" => "in-process", "consumer" => behind.group, "topic" => behind.topic
        )
        .set(deliveries);
    }
    for (group, age) in oldest {
        metrics::gauge!("daemun_events_consumer_oldest_seconds", "bus" => "in-process", "consumer" => group)
            .set(age);
    }
    #[expect(clippy::cast_precision_loss, reason = "a metric")]
    let dead = dead_letter::store::count(&mut reader).await? as f64;
    metrics::gauge!("daemun_events_dead_letters").set(dead);
    Ok(())
}
