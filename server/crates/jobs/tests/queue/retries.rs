//! What becomes of jobs that fail.

use std::time::Duration;

use futures::future::join_all;
use jobs::{NewJob, Worker};
use tokio_util::sync::CancellationToken;

use crate::scene::{ATTEMPTS, GONE, KEPT, LEASE, Scene};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_job_is_tried_again_after_a_pause_that_doubles() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("later")).await.unwrap();
        assert_eq!(scene.round(&KEPT).await, (0, 1, 0));
        for pause in [1, 2] {
            scene.clock.advance(Duration::from_millis(pause * 1000 - 1));
            assert_eq!(scene.round(&KEPT).await, (0, 0, 0), "not before its time");
            scene.clock.advance(Duration::from_millis(1));
            assert_eq!(scene.round(&KEPT).await, (0, 1, 0));
        }
        scene.clock.advance(Duration::from_secs(4));
        assert_eq!(scene.failures().await, ["not yet"], "why it is tried again");
        assert_eq!(scene.round(&KEPT).await, (0, 0, 1), "the last of its attempts");
        assert_eq!(
            (scene.states().await, scene.failures().await),
            (vec!["dead".to_owned()], vec!["not yet".to_owned()])
        );
        scene.clock.advance(MINUTE);
        assert_eq!(scene.round(&KEPT).await, (0, 0, 0));
    }
}

#[tokio::test]
async fn a_job_that_another_program_must_do_is_left_to_it_and_never_given_up() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("not here")).await.unwrap();
        for _ in 0..=ATTEMPTS * 2 {
            assert_eq!(scene.round(&KEPT).await, (0, 1, 0));
            assert_eq!(scene.round(&KEPT).await, (0, 0, 0), "not again at once");
            scene.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(scene.column("SELECT CAST(attempts AS CHAR) FROM jobs").await, ["0"]);
    }
}

#[tokio::test]
async fn a_job_that_no_other_try_can_help_dies_at_once_and_its_owner_knows_why() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&GONE).payload("never")).await.unwrap();
        assert_eq!(scene.round(&GONE).await, (0, 0, 1));
        let mut seen = scene.seen();
        // Owners are told within a transaction, which may be retried.
        seen.dedup();
        assert_eq!(seen, ["never", "Refused(\"of no use\")", "dead"]);
        assert_eq!(scene.states().await, Vec::<String>::new(), "this kind keeps no dead");
    }
}

#[tokio::test]
async fn a_panic_counts_as_a_failure_and_the_worker_lives() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("panic")).await.unwrap();
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        assert_eq!(scene.round(&KEPT).await, (1, 1, 0));
        for _ in 1..ATTEMPTS {
            scene.clock.advance(MINUTE);
            scene.round(&KEPT).await;
        }
        assert!(scene.seen().contains(&"Exhausted(\"the work panicked\")".to_owned()));
    }
}

#[tokio::test]
async fn nothing_waits_behind_what_always_fails() {
    for scene in Scene::both().await {
        // More than are taken at once, and older.
        for _ in 0..6 {
            scene.enqueue(NewJob::new(&KEPT).payload("later")).await.unwrap();
        }
        scene.clock.advance(MINUTE);
        scene.enqueue(NewJob::new(&KEPT).payload("good")).await.unwrap();
        assert_eq!(scene.round(&KEPT).await, (0, 4, 0));
        assert_eq!(scene.round(&KEPT).await, (1, 2, 0));
    }
}

#[tokio::test]
async fn of_two_workers_one_buries_a_job() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("never")).await.unwrap();
        let workers: Vec<_> = (0..4).map(|_| scene.worker(&KEPT)).collect();
        let rounds = join_all(workers.iter().map(Worker::round)).await;
        assert_eq!(rounds.into_iter().map(|round| round.unwrap().dead).sum::<u32>(), 1);
        let deaths = scene.seen().iter().filter(|what| *what == "dead").count();
        assert_eq!(deaths, 1, "{:?}", scene.seen());
    }
}

#[tokio::test]
async fn a_worker_that_was_overtaken_neither_postpones_nor_buries() {
    for scene in Scene::both().await {
        for payload in ["overtaken later", "overtaken never"] {
            scene.enqueue(NewJob::new(&KEPT).payload(payload)).await.unwrap();
        }
        assert_eq!(scene.round(&KEPT).await, (0, 0, 0));
        assert_eq!(scene.states().await, ["waiting", "waiting"]);
        assert!(!scene.seen().iter().any(|what| what == "postponed" || what == "dead"));
    }
}

#[tokio::test]
async fn while_the_database_is_away_a_round_ends_and_the_job_comes_again() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT).payload("away")).await.unwrap();
        assert!(scene.worker(&KEPT).round().await.is_err());
        scene.execute("UPDATE jobs SET payload = ''").await;
        assert_eq!(scene.round(&KEPT).await, (0, 0, 0), "not before its lease ends");
        scene.clock.advance(LEASE);
        assert_eq!(scene.round(&KEPT).await, (1, 0, 0));
    }
}

#[tokio::test]
async fn a_database_that_comes_and_goes_costs_no_attempt() {
    for scene in Scene::both().await {
        let worker = scene.worker(&KEPT);
        for payload in ["away", "away", "away", "away"] {
            scene.enqueue(NewJob::new(&KEPT).payload(payload)).await.unwrap();
        }
        for _ in 0..ATTEMPTS * 2 {
            assert!(worker.round().await.is_err());
            scene.clock.advance(LEASE);
        }
        scene.execute("UPDATE jobs SET payload = ''").await;
        assert_eq!(worker.round().await.unwrap().done, 4, "{:?}", scene.seen());
    }
}

#[tokio::test]
async fn a_job_dies_even_if_its_flow_cannot_note_it() {
    for owner in ["unreadable", "panics"] {
        for scene in Scene::both().await {
            scene.enqueue(NewJob::new(&KEPT).payload("never").owner(owner)).await.unwrap();
            for _ in 0..ATTEMPTS * 2 {
                assert_eq!(scene.round(&KEPT).await, (0, 0, 0), "{owner}");
                assert_eq!(scene.states().await, ["waiting"], "{owner}");
                scene.clock.advance(LEASE);
            }
            assert_eq!(scene.round(&KEPT).await, (0, 0, 1), "{owner}");
            assert_eq!(scene.states().await, ["dead"], "{owner}");
        }
    }
}

#[tokio::test]
async fn a_worker_works_until_the_end_and_finishes_what_it_began() {
    let scene = Scene::sqlite().await;
    for _ in 0..10 {
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
    }
    let end = CancellationToken::new();
    let running = tokio::spawn(scene.worker(&KEPT).run(end.clone()));
    while scene.states().await.contains(&"waiting".to_owned()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    end.cancel();
    running.await.unwrap();
    let done = scene.seen().iter().filter(|what| *what == "done").count();
    assert_eq!(done, 10);
}
