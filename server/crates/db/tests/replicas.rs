//! Replicas that say that they are there, and agree who does what one does for all.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;

use db::replicas::{Replica, ReplicaId, beating};
use db::{Database, STORAGE};
use kernel::{Clock as _, MasterKey, OsRandomness};
use testkit::{HandClock, TestDatabase};

struct Stage {
    database: TestDatabase,
    clock: Arc<HandClock>,
}

impl Stage {
    async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(|database| Self { database, clock: Arc::default() })
    }

    /// A replica with connections of its own.
    async fn replica(&self, host: &str) -> Replica {
        let db = Database::open(self.database.url()).await.unwrap();
        Replica::new(db, self.clock.clone(), ReplicaId::new(host, &OsRandomness), "1.2.3")
    }

    async fn seen(&self) -> Vec<String> {
        let mut reader = self.database.read().await.unwrap();
        let rows = beating(&mut reader, self.clock.now()).await.unwrap();
        rows.into_iter().map(|row| format!("{} {}", row.id.split('-').next().unwrap(), row.version)).collect()
    }
}

#[tokio::test]
async fn replicas_are_seen_while_they_beat_and_their_rows_go() {
    for stage in Stage::both().await {
        let (one, other) = (stage.replica("one").await, stage.replica("other").await);
        one.beat().await.unwrap();
        other.beat().await.unwrap();
        one.beat().await.unwrap();
        assert_eq!(stage.seen().await, ["one 1.2.3", "other 1.2.3"]);
        other.leave().await.unwrap();
        assert_eq!(stage.seen().await, ["one 1.2.3"], "it said that it goes");
        stage.clock.advance(Duration::from_mins(2));
        assert!(stage.seen().await.is_empty(), "it was killed");
        stage.clock.advance(Duration::from_hours(1));
        let mut tx = stage.database.begin().await.unwrap();
        assert_eq!(STORAGE.delete_expired(&mut tx, stage.clock.now(), 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
        one.beat().await.unwrap();
        assert_eq!(stage.seen().await, ["one 1.2.3"], "it was stopped for long, and is there again");
    }
}

#[tokio::test]
async fn a_replica_tells_with_which_master_key_it_seals() {
    for stage in Stage::both().await {
        let key = MasterKey::generate(&OsRandomness).id();
        stage.replica("one").await.sealing_with(key).beat().await.unwrap();
        stage.replica("other").await.beat().await.unwrap();
        let mut reader = stage.database.read().await.unwrap();
        let keys =
            beating(&mut reader, stage.clock.now()).await.unwrap().into_iter().map(|row| row.newest_key);
        assert_eq!(keys.collect::<Vec<_>>(), [Some(key.to_string()), None]);
    }
}

#[tokio::test]
async fn one_replica_has_a_lease_until_it_leaves_or_is_silent_for_ten_seconds() {
    for stage in Stage::both().await {
        let (one, other) = (stage.replica("one").await, stage.replica("other").await);
        let (ours, theirs) = (one.lease("work"), other.lease("work"));
        assert!(!ours.is_held() && !theirs.is_held(), "nobody asked for it yet");
        one.beat().await.unwrap();
        other.beat().await.unwrap();
        assert!(ours.is_held() && !theirs.is_held());
        for _ in 0..10 {
            stage.clock.advance(Duration::from_secs(2));
            // The one that waits is first each time.
            other.beat().await.unwrap();
            one.beat().await.unwrap();
            assert!(ours.is_held() && !theirs.is_held());
        }
        // The one that has it dies, or is stopped: it knows by itself that it has expired.
        let mut waited = Duration::ZERO;
        while !theirs.is_held() {
            stage.clock.advance(Duration::from_secs(2));
            waited += Duration::from_secs(2);
            other.beat().await.unwrap();
            assert!(!(ours.is_held() && theirs.is_held()));
        }
        assert!(waited <= Duration::from_secs(8), "{waited:?}");
        one.beat().await.unwrap();
        assert!(!ours.is_held(), "who comes back takes nothing away");
        other.leave().await.unwrap();
        assert!(!theirs.is_held());
        one.beat().await.unwrap();
        assert!(ours.is_held(), "at once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_replicas_that_ask_at_once_one_has_each_lease() {
    for stage in Stage::both().await {
        let mut replicas = Vec::new();
        for _ in 0..5 {
            replicas.push(stage.replica("many").await);
        }
        let leases: Vec<_> =
            replicas.iter().map(|replica| [replica.lease("a"), replica.lease("b")]).collect();
        for _ in 0..5 {
            let beats: Vec<_> = replicas
                .iter()
                .map(|replica| {
                    let replica = replica.clone();
                    tokio::spawn(async move { replica.beat().await })
                })
                .collect();
            for beat in beats {
                beat.await.unwrap().unwrap();
            }
            for which in [0, 1] {
                assert_eq!(leases.iter().filter(|pair| pair[which].is_held()).count(), 1);
            }
            // All leases end before anybody renews one.
            stage.clock.advance(Duration::from_secs(6));
        }
    }
}

#[tokio::test]
async fn a_lease_that_cannot_be_renewed_ends() {
    for stage in Stage::both().await {
        let one = stage.replica("one").await;
        let lease = one.lease("work");
        one.beat().await.unwrap();
        stage.database.begin().await.unwrap().commit().await.unwrap();
        assert!(lease.is_held());
        stage.clock.advance(Duration::from_secs(6));
        assert!(!lease.is_held(), "another may have it by now");
    }
}
