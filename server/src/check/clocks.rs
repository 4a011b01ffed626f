//! Clocks that are too far from the database's: this machine's, and those of the replicas that serve.

use std::time::Duration;

use db::Database;
use db::replicas::{MAX_CLOCK_SKEW, ReplicaRow, beating};
use kernel::{Clock, SystemClock};

use crate::config::Finding;
use crate::watch::seconds;

const KEY: &str = "(clock)";
const CURE: &str =
    "Set the clocks of all machines by NTP: ten seconds apart, tokens of one are refused by the others";

/// Each clock that is off. A database that does not answer is another finding; one that no program has used has no replicas.
pub(super) async fn apart(db: &Database) -> Vec<Finding> {
    look(db, &SystemClock).await
}

async fn look(db: &Database, clock: &dyn Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Ok(offset) = db.clock_offset(clock).await {
        findings.extend(finding("of this machine", offset));
    }
    if let Ok(mut reader) = db.read().await {
        let replicas = beating(&mut reader, clock.now()).await.unwrap_or_default();
        let of =
            |replica: &ReplicaRow| finding(&format!("of the replica {}", replica.id), replica.clock_ahead);
        findings.extend(replicas.iter().filter_map(of));
    }
    findings
}

fn finding(whose: &str, ahead: i64) -> Option<Finding> {
    if Duration::from_millis(ahead.unsigned_abs()) <= MAX_CLOCK_SKEW {
        return None;
    }
    let (seconds, side) = (seconds(ahead).abs(), if ahead > 0 { "ahead of" } else { "behind" });
    Some(Finding::new(KEY, format!("the clock {whose} is {seconds:.1} s {side} the database's"), CURE))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use db::replicas::{Replica, ReplicaId};
    use kernel::OsRandomness;
    use testkit::{OffsetClock, TestDatabase};

    use super::*;

    #[tokio::test]
    async fn s_ops_7_a_replica_whose_clock_is_off_is_named_on_both_databases() {
        for database in TestDatabase::both().await {
            assert_eq!(look(&database, &SystemClock).await, Vec::new());
            for (host, off) in [("right", 0), ("late", -5_000), ("early", 5_000)] {
                let id = ReplicaId::new(host, &OsRandomness);
                let replica = Replica::new(Database::clone(&database), Arc::new(OffsetClock(off)), id, "0");
                replica.beat().await.unwrap();
            }
            let found: Vec<_> = look(&database, &SystemClock).await.iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found[0].contains("replica early-") && found[0].contains("s ahead of"), "{found:?}");
            assert!(found[1].contains("replica late-") && found[1].contains("s behind"), "{found:?}");
            let here = look(&database, &OffsetClock(60_000)).await;
            assert!(here.iter().any(|found| found.problem.contains("of this machine")), "{here:?}");
            database.close().await;
        }
    }
}
