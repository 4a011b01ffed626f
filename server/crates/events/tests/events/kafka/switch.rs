//! From one bus to the other by a restart with another setting, with events in every place where they can wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{ConsumerRunner, ConsumerSettings, Groups, Relay, RelaySettings};
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::kafka::cluster::Cluster;
use crate::scene::Scene;

async fn runner(scene: &Scene, groups: &dyn Groups) -> ConsumerRunner {
    let (db, clock) = (scene.db.clone(), scene.clock.clone());
    ConsumerRunner::start(Notes::named("notes"), groups, db, clock, ConsumerSettings::default())
        .await
        .unwrap()
}

/// The program with both buses, as it runs after the switch, until everything had its effect.
async fn run(scene: &Scene, cluster: &Cluster, to_kafka: bool, wanted: usize) -> Vec<String> {
    let (kafka, here) = (cluster.bus(scene), Arc::new(scene.bus()));
    let mut runners = [runner(scene, &*kafka).await, runner(scene, &*here).await];
    let settings = RelaySettings::default();
    let relay = if to_kafka {
        Relay::new(scene.db.clone(), kafka, scene.clock.clone(), settings)
    } else {
        Relay::new(scene.db.clone(), here, scene.clock.clone(), settings)
    };
    let begun = Instant::now();
    while effects(scene).await.len() < wanted {
        relay.round().await.unwrap();
        for runner in &mut runners {
            runner.round(&CancellationToken::new()).await.unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", effects(scene).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What comes late would be doubled now.
    for _ in 0..20 {
        for runner in &mut runners {
            runner.round(&CancellationToken::new()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    effects(scene).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_switch_to_kafka_and_back_loses_nothing_and_doubles_nothing() {
    let Some(cluster) = Cluster::shared() else { return };
    for scene in Scene::both().await {
        let here = scene.relay(scene.bus());
        drop(runner(&scene, &scene.bus()).await);
        // Dealt with nowhere yet: one on the in-process bus, one published there and not marked, one in the outbox.
        scene.commit(&[scene.login(1, "on the bus"), scene.login(2, "in both")]).await;
        here.round().await.unwrap();
        scene
            .execute("UPDATE outbox_events SET published_at = NULL, due_at = 0 WHERE body LIKE '%in both%'")
            .await;
        scene.commit(&[scene.login(3, "in the outbox")]).await;
        let mut seen = run(&scene, &cluster, true, 3).await;
        seen.sort_unstable();
        assert_eq!(seen, ["in both", "in the outbox", "on the bus"]);

        // And back, with one on the broker that nobody has read.
        scene.commit(&[scene.login(1, "on the broker")]).await;
        let on_kafka =
            Relay::new(scene.db.clone(), cluster.bus(&scene), scene.clock.clone(), RelaySettings::default());
        assert_eq!(on_kafka.round().await.unwrap().published, 1);
        scene.commit(&[scene.login(2, "later")]).await;
        let mut seen = run(&scene, &cluster, false, 5).await;
        seen.sort_unstable();
        assert_eq!(seen, ["in both", "in the outbox", "later", "on the broker", "on the bus"]);
    }
}
