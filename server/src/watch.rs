//! What this replica monitors: how far its clock is from the database's, what operators did, and how long events, webhooks and
//! mails wait. All of it becomes metrics, for which docs/alerts has rules.

use std::sync::Arc;
use std::time::Duration;

use db::replicas::MAX_CLOCK_SKEW;
use db::{Database, DbError};
use kernel::Clock;
use tokio_util::sync::CancellationToken;
use webhooks::Receiver;

/// An alert that looks once a minute sees what happened within this span.
const RECENT_WINDOW: Duration = Duration::from_mins(10);
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Looks every few seconds at the clocks and queues, for metrics and the log.
pub struct Watch {
    /// The database, whose clock all replicas share.
    pub db: Database,
    /// Our own clock.
    pub clock: Arc<dyn Clock>,
    /// Who is sent webhooks.
    pub receivers: Arc<[Receiver]>,
}

impl Watch {
    /// Looks every few seconds until `end`.
    pub async fn run(self, end: CancellationToken) {
        let mut drifts = false;
        loop {
            match self.look().await {
                Ok(ahead) => drifts = tell(ahead, drifts),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "the clocks and queues cannot be watched");
                }
            }
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
        }
    }

    /// Sets the metrics. Gives how far our clock is ahead of the database's, in seconds.
    ///
    /// # Errors
    /// When the database does not answer; then the metrics stay as they were.
    pub async fn look(&self) -> Result<f64, DbError> {
        let drift = seconds(self.db.clock_offset(&*self.clock).await?);
        metrics::gauge!("daemun_clock_drift_seconds").set(drift);
        let mut reader = self.db.read().await?;
        let actions =
            audit::search::operator_actions(&mut reader, self.clock.now().minus(RECENT_WINDOW)).await?;
        metrics::gauge!("daemun_operator_actions").set(f64::from(actions));
        drop(reader);
        // Here too, so that a stalled relay or sender triggers the alert (S-EVT-9).
        events::outbox::measure(&self.db, &*self.clock).await?;
        notifications::measure(&self.db, &*self.clock).await?;
        events::measure_groups(&self.db, &*self.clock).await?;
        webhooks::measure(&self.db, &*self.clock, &self.receivers).await?;
        Ok(drift)
    }
}

/// Milliseconds of either sign in seconds.
pub(crate) fn seconds(millis: i64) -> f64 {
    let seconds = Duration::from_millis(millis.unsigned_abs()).as_secs_f64();
    if millis < 0 { -seconds } else { seconds }
}

/// Logs once when the clocks diverge and once when they agree again. Returns whether they diverge.
fn tell(drift: f64, drifted: bool) -> bool {
    let drifts = drift.abs() > MAX_CLOCK_SKEW.as_secs_f64();
    if drifts && !drifted {
        tracing::warn!(
            event = "clock_drift",
            seconds = drift,
            "this replica's clock differs from the database's: synchronise both with NTP, or tokens of this replica will be refused elsewhere"
        );
    } else if drifted && !drifts {
        tracing::info!(
            event = "clock_drift_over",
            seconds = drift,
            "this replica's clock agrees with the database's again"
        );
    }
    drifts
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{OffsetClock, TestDatabase};

    #[tokio::test]
    async fn s_ops_7_a_clock_that_is_off_by_five_seconds_is_seen_on_both_databases() {
        for database in TestDatabase::both().await {
            for (off, drifts) in [(0, false), (5_000, true), (-5_000, true)] {
                let watch = Watch {
                    db: database.clone(),
                    clock: Arc::new(OffsetClock(off)),
                    receivers: Arc::new([]),
                };
                let seen = watch.look().await.unwrap();
                // SQLite and MariaDB run on this machine; one that answers slowly is given that time.
                let off = Duration::from_millis(off.unsigned_abs()).as_secs_f64();
                assert!((seen.abs() - off).abs() < 1.0, "{seen} instead of {off}");
                assert_eq!(tell(seen, false), drifts);
                assert!(seen.abs() < 0.5 || (seen > 0.0) == (watch.clock.now() > kernel::SystemClock.now()));
            }
            database.close().await;
        }
    }
}
