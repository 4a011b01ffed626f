//! Who has a job, and for how long.

use std::time::Duration;

use futures::future::join_all;
use jobs::NewJob;

use crate::scene::{ATTEMPTS, GONE, KEPT, LEASE, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_workers_one_does_each_job() {
    for scene in Scene::both().await {
        for number in 0..20 {
            scene.enqueue(NewJob::new(&KEPT).payload(&number.to_string())).await.unwrap();
        }
        let workers: Vec<_> = (0..5).map(|_| scene.worker(&KEPT)).collect();
        let mut done = 0;
        while scene.states().await.contains(&"waiting".to_owned()) {
            let rounds = join_all(workers.iter().map(jobs::Worker::round)).await;
            done += rounds.into_iter().map(|round| round.unwrap().done).sum::<u32>();
        }
        assert_eq!(done, 20);
        let mut seen = scene.seen();
        seen.retain(|what| what != "done");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 20, "none was done twice");
        assert_eq!(scene.seen().len(), 40);
    }
}

#[tokio::test]
async fn a_worker_that_died_loses_its_job_when_the_lease_ends() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("hang")).await.unwrap();
        let dying = scene.worker(&KEPT);
        // It is stopped in the middle of its work.
        assert!(tokio::time::timeout(Duration::from_secs(2), dying.round()).await.is_err());
        assert_eq!(scene.seen(), ["hang"]);
        scene.execute("UPDATE jobs SET payload = 'quick'").await;
        scene.clock.advance(LEASE.saturating_sub(Duration::from_millis(1)));
        assert_eq!(scene.round(&KEPT).await, (0, 0, 0), "it may still be at it");
        scene.clock.advance(Duration::from_millis(1));
        assert_eq!(scene.round(&KEPT).await, (1, 0, 0));
    }
}

#[tokio::test]
async fn a_job_that_ends_its_worker_each_time_dies_without_another_try() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("hang")).await.unwrap();
        for _ in 0..ATTEMPTS {
            let worker = scene.worker(&KEPT);
            assert!(tokio::time::timeout(Duration::from_millis(500), worker.round()).await.is_err());
            scene.clock.advance(LEASE);
        }
        assert_eq!(scene.round(&KEPT).await, (0, 0, 1));
        let tries = scene.seen().iter().filter(|what| *what == "hang").count();
        assert_eq!(tries, 4);
        assert_eq!(scene.states().await, ["dead"]);
    }
}

#[tokio::test]
async fn a_job_is_completed_once_by_the_first_of_all_who_try() {
    for scene in Scene::both().await {
        for kind in [&KEPT, &GONE] {
            let job = scene.enqueue(NewJob::new(kind)).await.unwrap();
            let mut firsts = Vec::new();
            for _ in 0..2 {
                let mut tx = scene.db.begin().await.unwrap();
                firsts.push(scene.queue.complete(&mut tx, &job).await.unwrap().first());
                tx.commit().await.unwrap();
            }
            assert_eq!(firsts, [true, false]);
        }
    }
}

#[tokio::test]
async fn a_job_goes_on_with_another_payload_for_the_first_of_all_who_did_the_step() {
    for scene in Scene::both().await {
        let job = scene.enqueue(NewJob::new(&GONE).payload("one")).await.unwrap();
        let mut firsts = Vec::new();
        for _ in 0..2 {
            let mut tx = scene.db.begin().await.unwrap();
            let [executed] = tx.execute_together([scene.queue.advancing(&job, "two", LEASE)]).await.unwrap();
            firsts.push(scene.queue.executed(&executed).first());
            tx.commit().await.unwrap();
        }
        assert_eq!(firsts, [true, false]);
        assert_eq!(scene.round(&GONE).await, (0, 0, 0), "it is not due yet");
        scene.clock.advance(LEASE);
        assert_eq!(scene.round(&GONE).await, (1, 0, 0));
        assert_eq!(scene.seen()[0], "two");
    }
}

#[tokio::test]
async fn a_change_that_is_not_committed_completes_nothing() {
    for scene in Scene::both().await {
        let job = scene.enqueue(NewJob::new(&GONE)).await.unwrap();
        let mut tx = scene.db.begin().await.unwrap();
        assert!(scene.queue.complete(&mut tx, &job).await.unwrap().first());
        drop(tx);
        assert_eq!(scene.round(&GONE).await, (1, 0, 0));
    }
}

#[tokio::test]
async fn a_job_of_which_the_lease_ended_before_its_turn_is_left_to_others() {
    for scene in Scene::both().await {
        for _ in 0..3 {
            scene.enqueue(NewJob::new(&KEPT).payload("slow")).await.unwrap();
        }
        // Each takes the whole lease. Two are at it side by side.
        assert!(scene.round(&KEPT).await.0 < 3);
        while scene.states().await.contains(&"waiting".to_owned()) {
            scene.round(&KEPT).await;
        }
        assert_eq!(scene.seen().iter().filter(|what| *what == "slow").count(), 3);
    }
}
