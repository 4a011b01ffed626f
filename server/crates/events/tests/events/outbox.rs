//! What reaches the outbox, and in which order.

use std::collections::HashMap;

use events::{Relay, RelayRound, outbox};
use kernel::Trace;

use crate::recording_bus::RecordingBus;
use crate::scene::Scene;

/// Publishes until nothing is left.
pub async fn drain(relay: &Relay) -> RelayRound {
    let mut total = RelayRound::default();
    loop {
        let round = relay.round().await.unwrap();
        if round == RelayRound::default() {
            return total;
        }
        total.published += round.published;
        total.refused += round.refused;
    }
}

#[tokio::test]
async fn s_evt_1_nothing_of_a_rolled_back_transaction_is_published() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        scene.execute("CREATE TABLE state (id BIGINT NOT NULL PRIMARY KEY)").await;

        let mut tx = scene.db.begin().await.unwrap();
        db::query("INSERT INTO state (id) VALUES (1)").execute(&mut *tx).await.unwrap();
        outbox::append(&mut tx, &scene.login(1, "rolled back")).await.unwrap();
        drop(tx);
        scene.commit(&[scene.login(1, "committed")]).await;

        assert_eq!(drain(&relay).await.published, 1);
        assert_eq!(bus.notes(), ["committed"]);
        assert_eq!(scene.count("SELECT COUNT(*) FROM state").await, 0);
    }
}

#[tokio::test]
async fn s_evt_1_a_bus_that_is_down_does_not_hinder_the_request_and_the_event_follows() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        bus.set_down(true);
        scene.commit(&[scene.login(1, "a")]).await;
        assert_eq!(relay.round().await.unwrap(), RelayRound { published: 0, refused: 1 });
        let waiting = outbox::oldest_unpublished(&mut scene.db.read().await.unwrap()).await.unwrap();
        assert_eq!(waiting, Some(kernel::Clock::now(&*scene.clock)));

        bus.set_down(false);
        assert_eq!(relay.round().await.unwrap(), RelayRound::default(), "it is tried again after a pause");
        scene.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(relay.round().await.unwrap().published, 1);
        assert_eq!(bus.notes(), ["a"]);
        assert_eq!(outbox::oldest_unpublished(&mut scene.db.read().await.unwrap()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn s_evt_4_the_later_of_two_open_transactions_gets_the_later_number() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        let (first, second) = (scene.login(1, "first"), scene.login(1, "second"));

        let mut open = scene.db.begin().await.unwrap();
        outbox::append(&mut open, &first).await.unwrap();
        let db = scene.db.clone();
        let later = tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            outbox::append(&mut tx, &second).await.unwrap();
            tx.commit().await.unwrap();
        });
        // However far the other came: as long as the first is open, nothing may overtake it.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_events").await, 0);
        open.commit().await.unwrap();
        later.await.unwrap();

        drain(&relay).await;
        assert_eq!(bus.notes(), ["first", "second"]);
    }
}

#[tokio::test]
async fn s_evt_4_parallel_appends_of_one_member_neither_collide_nor_deadlock() {
    for scene in Scene::both().await {
        // Nobody has a row for this member yet: the hardest moment for a counter.
        let appends = (0..40).map(|n| {
            let (db, event) = (scene.db.clone(), scene.login(1, &n.to_string()));
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                outbox::append(&mut tx, &event).await.unwrap();
                tx.commit().await.unwrap();
            })
        });
        for append in appends.collect::<Vec<_>>() {
            append.await.unwrap();
        }
        let numbers = scene.count("SELECT COUNT(DISTINCT sequence) FROM outbox_events").await;
        let span = scene.count("SELECT MAX(sequence) - MIN(sequence) FROM outbox_events").await;
        assert_eq!((numbers, span), (40, 39));
    }
}

#[tokio::test]
async fn an_event_is_in_the_trace_of_the_work_that_wrote_it() {
    let trace = Trace::of_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        Trace::within(trace, scene.commit(&[scene.login(1, "of a request")])).await;
        scene.commit(&[scene.login(2, "of no request")]).await;
        drain(&scene.relay(bus.clone())).await;
        let traces: HashMap<_, _> = bus.notes().into_iter().zip(bus.traces()).collect();
        assert_eq!(traces["of no request"], None);
        let told = traces["of a request"].as_deref().unwrap();
        assert!(told.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && told.ends_with("-01"), "{told}");
        assert!(!told.contains("b7ad6b7169203331"), "under a span of its own");
    }
}

#[tokio::test]
async fn s_evt_5_the_outbox_holds_what_the_schema_names_and_nothing_that_prints() {
    for scene in Scene::both().await {
        let event = scene.login(1, "agent");
        scene.commit(std::slice::from_ref(&event)).await;
        assert!(scene.db.dump().await.contains(&event.to_json().unwrap()));
        assert!(!format!("{event:?}").contains("agent"), "an event in a log tells who, not what");
    }
}
