//! A change of master keys while jobs wait.

use std::time::Duration;

use db::Resealed;
use jobs::NewJob;
use kernel::{MasterKey, OsRandomness};

use crate::scene::{GONE, KEPT, Scene};

#[tokio::test]
async fn s_key_7_after_resealing_the_old_master_key_is_not_needed() {
    for scene in Scene::both().await {
        for number in 0..5 {
            let payload = if number == 0 { "never" } else { "" };
            let job = NewJob::new(&KEPT).payload(payload).owner("minji");
            scene.enqueue(job.secret(Some(b"canary"))).await.unwrap();
        }
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        scene.enqueue(NewJob::new(&GONE).secret(Some(b"other"))).await.unwrap();
        let new = MasterKey::generate(&OsRandomness);
        let both = scene.queue_with(vec![new.clone(), scene.master.clone()]);
        let without = scene.queue_with(vec![new.clone()]).reseal(&scene.db, &KEPT, 2).await.unwrap();
        assert_eq!(without, Resealed { changed: 0, unopened: 5 }, "a ring without their key changes nothing");
        assert_eq!(both.reseal(&scene.db, &KEPT, 2).await.unwrap(), Resealed::changed(5));
        assert_eq!(
            both.reseal(&scene.db, &KEPT, 2).await.unwrap(),
            Resealed::default(),
            "nothing is left to do"
        );
        let after = scene.worker_of(&scene.queue_with(vec![new]), &KEPT);
        let rounds = [after.round().await.unwrap(), after.round().await.unwrap()];
        assert_eq!(rounds.map(|round| round.done).iter().sum::<u32>(), 5);
        assert_eq!(scene.round(&GONE).await, (1, 0, 0), "the other kind was left alone");
    }
}

#[tokio::test]
async fn a_job_waits_for_a_master_key_that_is_missing_for_a_while() {
    let scene = Scene::sqlite().await;
    scene.enqueue(NewJob::new(&KEPT).secret(Some(b"canary"))).await.unwrap();
    let without = scene.queue_with(vec![MasterKey::generate(&OsRandomness)]);
    assert_eq!(scene.worker_of(&without, &KEPT).round().await.unwrap().postponed, 1);
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.round(&KEPT).await, (1, 0, 0));
}
