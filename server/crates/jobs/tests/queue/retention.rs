//! How long rows stay.

use std::time::Duration;

use jobs::NewJob;

use crate::scene::{GONE, HOUR, KEPT, Scene};

#[tokio::test]
async fn rows_go_after_a_while_but_never_one_that_may_wait() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        scene.enqueue(NewJob::new(&KEPT).payload("never")).await.unwrap();
        scene.round(&KEPT).await;
        scene.enqueue(NewJob::new(&KEPT)).await.unwrap();
        scene.clock.advance(HOUR.saturating_sub(Duration::from_millis(1)));
        assert_eq!(scene.clean().await, 0);
        scene.clock.advance(Duration::from_millis(1));
        assert_eq!(scene.clean().await, 2);
        scene.clock.advance(HOUR * 24 * 365);
        assert_eq!(scene.clean().await, 0);
        assert_eq!(scene.states().await, ["waiting"]);
    }
}

#[tokio::test]
async fn what_could_not_be_done_in_time_is_dropped() {
    for scene in Scene::both().await {
        scene.enqueue(NewJob::new(&GONE).payload("later")).await.unwrap();
        assert_eq!(scene.round(&GONE).await, (0, 1, 0));
        scene.clock.advance(HOUR);
        assert_eq!(scene.clean().await, 1);
        assert_eq!(scene.round(&GONE).await, (0, 0, 0));
    }
}
