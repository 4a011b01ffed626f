//! This program as one of the replicas on its database: it sends a regular heartbeat, which also renews its leader leases.

use db::replicas::{BEAT_INTERVAL, Replica};
use tokio_util::sync::CancellationToken;

use crate::base::Base;

/// This program as one of the replicas on its database.
pub fn replica_of(base: &Base) -> Replica {
    let Base { db, replica, context, key_ring, .. } = base.clone();
    let replica = Replica::new(db, context.clock, replica, env!("CARGO_PKG_VERSION"));
    replica.sealing_with(key_ring.newest())
}

/// Sends heartbeats until `end`, then signs off.
pub async fn run(replica: Replica, end: CancellationToken) {
    let mut heard = true;
    while end.run_until_cancelled(tokio::time::sleep(BEAT_INTERVAL)).await.is_some() {
        heard = beat(&replica, heard).await;
    }
    if let Err(error) = replica.leave().await {
        let error = &error as &dyn std::error::Error;
        tracing::debug!(error, "others take over when the leases of this replica end");
    }
}

/// One beat; answers whether the database took it. Of several failures in a row the log tells once.
pub async fn beat(replica: &Replica, heard: bool) -> bool {
    let beat = replica.beat().await;
    if let (Err(error), true) = (&beat, heard) {
        let error = error as &dyn std::error::Error;
        tracing::warn!(error, replica = %replica.id(), "the beat of this replica cannot be written");
    }
    beat.is_ok()
}
