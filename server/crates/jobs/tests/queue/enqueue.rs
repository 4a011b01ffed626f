//! What is written down.

use jobs::{NewJob, cancel, delete_of_owner, oldest_waiting, waiting_of_owner};
use kernel::Clock as _;

use crate::scene::{GONE, HOUR, KEPT, Scene};

#[tokio::test]
async fn a_job_exists_exactly_if_the_change_does() {
    for scene in Scene::both().await {
        let mut tx = scene.db.begin().await.unwrap();
        assert!(scene.queue.enqueue(&mut tx, NewJob::new(&KEPT)).await.unwrap().is_some());
        drop(tx);
        assert_eq!(scene.states().await, Vec::<String>::new());
        scene.enqueue(NewJob::new(&KEPT).payload("real")).await.unwrap();
        assert_eq!(scene.round(&KEPT).await, (1, 0, 0));
        assert_eq!(scene.seen(), ["real", "done"]);
    }
}

#[tokio::test]
async fn one_key_makes_one_job_of_a_kind_for_as_long_as_its_row_is_there() {
    for scene in Scene::both().await {
        let keyed = NewJob::new(&KEPT).idempotency_key(Some("event/1"));
        assert!(scene.enqueue(keyed).await.is_some());
        assert!(scene.enqueue(keyed).await.is_none());
        let other = NewJob::new(&GONE).idempotency_key(Some("event/1"));
        assert!(scene.enqueue(other).await.is_some(), "another kind knows nothing of it");
        scene.round(&KEPT).await;
        scene.round(&GONE).await;
        assert!(scene.enqueue(keyed).await.is_none(), "its row stays when it is done");
        assert!(scene.enqueue(other).await.is_some(), "its row went");
        assert!(scene.enqueue(NewJob::new(&KEPT)).await.is_some());
        assert!(scene.enqueue(NewJob::new(&KEPT)).await.is_some(), "without a key there is no other");
    }
}

#[tokio::test]
async fn a_taken_key_leaves_the_callers_transaction_usable() {
    for scene in Scene::both().await {
        let keyed = |key| NewJob::new(&KEPT).idempotency_key(Some(key));
        scene.enqueue(keyed("one")).await.unwrap();
        let mut tx = scene.db.begin().await.unwrap();
        assert!(scene.queue.enqueue(&mut tx, keyed("one")).await.unwrap().is_none());
        assert!(scene.queue.enqueue(&mut tx, keyed("two")).await.unwrap().is_some());
        tx.commit().await.unwrap();
        assert_eq!(scene.states().await, ["waiting", "waiting"]);
    }
}

#[tokio::test]
async fn a_secret_is_not_in_the_table_in_the_clear_and_is_wiped_in_the_end() {
    for scene in Scene::both().await {
        for payload in ["", "never"] {
            let job = NewJob::new(&KEPT).payload(payload).owner("minji");
            scene.enqueue(job.secret(Some(b"canary"))).await.unwrap();
        }
        let dump = scene.db.dump().await;
        assert!(dump.contains("minji") && !dump.contains("canary"), "{dump}");
        assert_eq!(scene.round(&KEPT).await, (1, 0, 1));
        assert!(scene.seen().contains(&"canary".to_owned()), "its worker may know");
        assert_eq!(scene.column("SELECT id FROM jobs WHERE sealed IS NULL").await.len(), 2);
    }
}

#[tokio::test]
async fn s_key_3_the_secret_of_a_job_whose_owner_was_changed_in_the_table_is_not_opened() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).owner("minji").secret(Some(b"canary"))).await.unwrap();
        scene.execute("UPDATE jobs SET owner = 'eve'").await;
        assert_eq!(scene.round(&KEPT).await, (0, 1, 0));
        assert!(!scene.seen().contains(&"canary".to_owned()));
    }
}

#[tokio::test]
async fn a_job_can_wait_for_a_while_before_it_is_due() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).delay(HOUR)).await.unwrap();
        assert_eq!(scene.round(&KEPT).await, (0, 0, 0));
        scene.clock.advance(HOUR);
        assert_eq!(scene.round(&KEPT).await, (1, 0, 0));
    }
}

#[tokio::test]
async fn what_concerns_an_owner_is_found_and_deleted_and_nothing_else() {
    for scene in Scene::both().await {
        for (owner, key) in [("minji", "1"), ("minji", "2"), ("eve", "3")] {
            scene.enqueue(NewJob::new(&KEPT).owner(owner).idempotency_key(Some(key))).await.unwrap();
        }
        scene.enqueue(NewJob::new(&GONE).owner("minji")).await.unwrap();
        let mut reader = scene.db.read().await.unwrap();
        let waiting = waiting_of_owner(&mut reader, &KEPT, "minji").await.unwrap();
        drop(reader);
        let mut keys: Vec<_> = waiting.iter().filter_map(|job| job.idempotency_key.as_deref()).collect();
        // Of one moment.
        keys.sort_unstable();
        assert_eq!(keys, ["1", "2"]);
        let mut tx = scene.db.begin().await.unwrap();
        delete_of_owner(&mut tx, &KEPT, "minji").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(scene.column("SELECT owner FROM jobs ORDER BY kind").await, ["minji", "eve"]);
    }
}

#[tokio::test]
async fn a_cancelled_job_is_not_done_even_by_a_worker_that_has_it() {
    for scene in Scene::both().await {
        let job = scene.enqueue(NewJob::new(&KEPT).idempotency_key(Some("one"))).await.unwrap();
        let mut tx = scene.db.begin().await.unwrap();
        cancel(&mut tx, &KEPT, "one").await.unwrap();
        assert!(!scene.queue.complete(&mut tx, &job).await.unwrap().first());
        tx.commit().await.unwrap();
        assert_eq!(scene.states().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_oldest_job_of_a_kind_that_waits_is_known() {
    for scene in Scene::both().await {
        let mut reader = scene.db.read().await.unwrap();
        assert_eq!(oldest_waiting(&mut reader, &KEPT).await.unwrap(), None);
        scene.enqueue(NewJob::new(&GONE)).await.unwrap();
        scene.clock.advance(HOUR);
        let first = scene.clock.now();
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        scene.clock.advance(HOUR);
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        assert_eq!(oldest_waiting(&mut reader, &KEPT).await.unwrap(), Some(first));
        drop(reader);
        scene.round(&KEPT).await;
        let mut reader = scene.db.read().await.unwrap();
        assert_eq!(oldest_waiting(&mut reader, &KEPT).await.unwrap(), None);
    }
}
