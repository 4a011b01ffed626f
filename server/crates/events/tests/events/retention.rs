//! What is done with goes, a few rows at a time.

use std::time::Duration;

use kernel::Clock as _;

use crate::consumers::Notes;
use crate::outbox::drain;
use crate::scene::Scene;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn s_evt_9_published_events_go_after_their_time_in_small_batches_and_others_stay() {
    for scene in Scene::both().await {
        let relay = scene.relay(crate::recording_bus::RecordingBus::default());
        for member in 1..=7 {
            scene.commit(&[scene.login(member, "old")]).await;
        }
        drain(&relay).await;
        scene.clock.advance(DAY * 8);
        scene.commit(&[scene.login(8, "unpublished"), scene.login(1, "unpublished")]).await;

        let sizes = [clean(&scene, 5).await, clean(&scene, 5).await, clean(&scene, 5).await];
        assert_eq!(sizes, [10, 3, 0], "seven events, and the numbers of six members");
        assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_events").await, 2);
        assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_keys").await, 2);
    }
}

#[tokio::test]
async fn s_evt_9_no_table_holds_an_address_after_the_longest_retention() {
    for scene in Scene::both().await {
        let (dealing, failing) = (Notes::named("dealing"), Notes::named("failing"));
        failing.fail_on(Some("canary@a.kr"));
        let mut dealing = scene.runner(dealing).await;
        let mut failing = scene.runner(failing).await;
        let end = tokio_util::sync::CancellationToken::new();
        scene.commit(&[scene.login(1, "canary@a.kr")]).await;
        drain(&scene.relay(scene.bus())).await;
        dealing.round(&end).await.unwrap();
        for _ in 0..3 {
            failing.round(&end).await.unwrap();
            scene.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(scene.count("SELECT COUNT(*) FROM bus_dead_letters").await, 1);
        assert!(scene.db.dump().await.contains("canary"));
        scene.execute("DELETE FROM effects").await;
        scene.clock.advance(DAY * 61);
        while clean(&scene, 500).await > 0 {}
        let tables =
            ["outbox_events", "outbox_keys", "bus_deliveries", "bus_dead_letters", "consumed_events"];
        let dump = scene.db.dump().await;
        assert!(!dump.contains("canary") && tables.iter().all(|table| !dump.contains(table)), "{dump}");
    }
}

async fn clean(scene: &Scene, limit: u32) -> u64 {
    let mut tx = scene.db.begin().await.unwrap();
    let cleaned = events::STORAGE.delete_expired(&mut tx, scene.clock.now(), limit).await.unwrap();
    tx.commit().await.unwrap();
    cleaned
}
