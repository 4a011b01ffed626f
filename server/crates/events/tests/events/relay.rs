//! The relay: at least once, in order, needlessly never twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use db::Database;
use events::{Acknowledgement, BusError, Message, Publisher, Relay, RelayRound, RelaySettings};
use kernel::Clock as _;
use testkit::HandClock;
use tokio_util::sync::CancellationToken;

use crate::outbox::drain;
use crate::recording_bus::RecordingBus;
use crate::scene::Scene;

#[tokio::test]
async fn s_evt_4_each_members_events_keep_their_order() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        for n in 0..5 {
            for member in 1..=3 {
                scene.commit(&[scene.login(member, &format!("{member}:{n}"))]).await;
            }
        }
        assert_eq!(drain(&relay).await.published, 15);
        for member in 1..=3 {
            let mine: Vec<_> =
                bus.notes().into_iter().filter(|note| note.starts_with(&format!("{member}:"))).collect();
            assert_eq!(mine, (0..5).map(|n| format!("{member}:{n}")).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn s_evt_4_a_refused_event_holds_up_its_member_and_nobody_else() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        bus.refuse(Some("1:a"));
        scene.commit(&[scene.login(1, "1:a"), scene.login(1, "1:b"), scene.login(2, "2:a")]).await;
        scene.commit(&[scene.login(2, "2:b")]).await;

        assert_eq!(drain(&relay).await, RelayRound { published: 2, refused: 1 });
        assert_eq!(bus.notes(), ["2:a", "2:b"]);
        bus.refuse(None);
        scene.clock.advance(Duration::from_secs(1));
        drain(&relay).await;
        assert_eq!(bus.notes(), ["2:a", "2:b", "1:a", "1:b"]);
    }
}

#[tokio::test]
async fn events_that_are_always_refused_keep_none_of_the_others_from_the_bus() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let settings = RelaySettings { batch: 2, ..RelaySettings::default() };
        let relay =
            Relay::new(scene.db.clone(), std::sync::Arc::new(bus.clone()), scene.clock.clone(), settings);
        bus.refuse(Some("bad"));
        let poison: Vec<_> = (1..=6).map(|member| scene.login(member, "bad")).collect();
        scene.commit(&poison).await;
        for _ in 0..3 {
            relay.round().await.unwrap();
        }
        for round in 0..20 {
            // By then all that was refused is due again.
            scene.clock.advance(Duration::from_mins(1));
            scene.commit(&[scene.login(7, &format!("good {round}"))]).await;
            relay.round().await.unwrap();
            assert_eq!(bus.notes().len(), round + 1);
        }
    }
}

#[tokio::test]
async fn s_evt_2_two_relays_on_one_database_publish_each_event_once_and_in_order() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        // The second has connections of its own, as another replica would.
        let other = db::Database::open(scene.db.url()).await.unwrap();
        let relays = [
            scene.relay(bus.clone()),
            Relay::new(
                other.clone(),
                std::sync::Arc::new(bus.clone()),
                scene.clock.clone(),
                RelaySettings { batch: 7, ..RelaySettings::default() },
            ),
        ];
        for n in 0..10 {
            for member in 1..=12 {
                scene.commit(&[scene.login(member, &format!("{member:02}:{n}"))]).await;
            }
        }
        let rounds = relays.map(|relay| {
            tokio::spawn(async move {
                let mut idle = 0;
                while idle < 20 {
                    let round = relay.round().await.unwrap();
                    idle = if round.published == 0 { idle + 1 } else { 0 };
                    tokio::task::yield_now().await;
                }
            })
        });
        for round in rounds {
            round.await.unwrap();
        }
        let mut notes = bus.notes();
        assert_eq!(notes.len(), 120, "each once");
        // A stable sort by member leaves each member's events as they came.
        notes.sort_by_key(|note| note[..2].to_owned());
        assert!(notes.is_sorted(), "{notes:?}");
        other.close().await;
    }
}

#[tokio::test]
async fn s_evt_2_a_relay_that_dies_between_publishing_and_marking_loses_nothing() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let (dying, heir) = (scene.relay(bus.clone()), scene.relay(bus.clone()));
        scene.commit(&[scene.login(1, "a"), scene.login(1, "b"), scene.login(2, "c")]).await;

        bus.set_silent(true);
        tokio::select! {
            biased;
            _ = dying.round() => panic!("it must not come back"),
            () = until(|| bus.notes().len() == 2) => {}
        }
        bus.set_silent(false);
        assert_eq!(
            drain(&heir).await.published,
            0,
            "what the dead one claimed is its own until the lease ends"
        );
        assert!(RelaySettings::default().lease < Duration::from_secs(10));
        scene.clock.advance(RelaySettings::default().lease);
        assert_eq!(drain(&heir).await.published, 3);
        let (theirs, mine): (Vec<_>, Vec<_>) = bus.notes().into_iter().partition(|note| note == "c");
        assert_eq!(
            (theirs.len(), mine),
            (2, ["a", "a", "b"].map(str::to_owned).to_vec()),
            "twice rather than never"
        );
    }
}

#[tokio::test]
async fn s_evt_2_a_bus_that_never_answers_does_not_stop_the_relay() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let settings = RelaySettings { lease: Duration::from_millis(1), ..RelaySettings::default() };
        let bus_of_relay = std::sync::Arc::new(bus.clone());
        let relay = Relay::new(scene.db.clone(), bus_of_relay, scene.clock.clone(), settings);
        scene.commit(&[scene.login(1, "a")]).await;
        bus.set_silent(true);
        assert_eq!(relay.round().await.unwrap().refused, 1);
    }
}

/// All of a lease but the two seconds in which it may be claimed.
const FOR_THE_BUS: i64 = 7_000;

/// A bus that looks how much longer the relay has what it publishes.
#[derive(Debug)]
struct Timing {
    bus: RecordingBus,
    db: Database,
    clock: Arc<HandClock>,
    left: Arc<Mutex<Vec<i64>>>,
}

#[async_trait]
impl Publisher for Timing {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        let mut reader = self.db.read().await?;
        let earliest = db::query("SELECT MIN(due_at) FROM outbox_events WHERE published_at IS NULL");
        let until: i64 = db::Row::get(&earliest.fetch_one(&mut *reader).await.unwrap(), 0);
        drop(reader);
        self.left.lock().unwrap().push(until - self.clock.now().millis());
        self.bus.publish(batch).await
    }
}

#[tokio::test]
async fn s_evt_4_what_a_relay_claimed_too_slowly_does_not_go_out_when_another_may_have_it() {
    let lease = RelaySettings::default().lease;
    // A little of it, nearly all, and all.
    for slow in [Duration::from_secs(1), Duration::from_secs(3), lease] {
        for scene in Scene::both().await {
            let (bus, left) = (RecordingBus::default(), Arc::new(Mutex::new(Vec::new())));
            let relay = scene.relay(Timing {
                bus: bus.clone(),
                db: scene.db.clone(),
                clock: scene.clock.clone(),
                left: Arc::clone(&left),
            });
            scene.commit(&[scene.login(1, "a"), scene.login(2, "b")]).await;

            // Somebody else has the rows, or the only writer, and time passes.
            let mut other = scene.db.begin().await.unwrap();
            db::query("UPDATE outbox_events SET failures = failures").execute(&mut *other).await.unwrap();
            let passes = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                scene.clock.advance(slow);
                drop(other);
            };
            let (first, ()) = tokio::join!(relay.round(), passes);
            assert_eq!(first.unwrap().refused, 0, "it was not tried");
            drain(&relay).await;
            assert_eq!(bus.notes().len(), 2, "{slow:?}: at once, and each once");
            let left = left.lock().unwrap().clone();
            assert!(left.iter().all(|left| *left >= FOR_THE_BUS), "{slow:?}: {left:?}");
            assert_eq!(scene.count("SELECT MAX(failures) FROM outbox_events").await, 0);
        }
    }
}

#[tokio::test]
async fn an_event_of_a_newer_version_does_not_hold_up_the_others() {
    for scene in Scene::both().await {
        let bus = RecordingBus::default();
        let relay = scene.relay(bus.clone());
        scene.commit(&[scene.login(1, "new"), scene.login(2, "old")]).await;
        scene.execute("UPDATE outbox_events SET topic = 'user-renamed' WHERE body LIKE '%new%'").await;
        assert_eq!(drain(&relay).await, RelayRound { published: 1, refused: 1 });
        assert_eq!(bus.notes(), ["old"]);
        assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL").await, 1);
    }
}

#[tokio::test]
async fn s_evt_2_relays_that_go_on_side_by_side_publish_each_event_once_and_in_order() {
    for scene in Scene::both().await {
        let (bus, end) = (RecordingBus::default(), CancellationToken::new());
        // Small batches, so that there are always some in hand.
        let settings = RelaySettings { batch: 5, idle: Duration::from_millis(5), ..RelaySettings::default() };
        let running = [(); 2].map(|()| {
            let bus = Arc::new(bus.clone());
            let relay = Relay::new(scene.db.clone(), bus, scene.clock.clone(), settings);
            tokio::spawn(relay.run(end.clone()))
        });
        for n in 0..10 {
            for member in 1..=12 {
                scene.commit(&[scene.login(member, &format!("{member:02}:{n}"))]).await;
            }
        }
        until(|| bus.notes().len() >= 120).await;
        end.cancel();
        for relay in running {
            relay.await.unwrap();
        }
        let mut notes = bus.notes();
        assert_eq!(notes.len(), 120, "each once");
        notes.sort_by_key(|note| note[..2].to_owned());
        assert!(notes.is_sorted(), "{notes:?}");
        let waiting = "SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL";
        assert_eq!(scene.count(waiting).await, 0, "and all are marked");
    }
}

#[tokio::test]
async fn a_relay_that_waits_hears_of_what_its_program_appends() {
    for scene in Scene::both().await {
        let (bus, end) = (RecordingBus::default(), CancellationToken::new());
        let settings = RelaySettings { idle: Duration::from_hours(1), ..RelaySettings::default() };
        let relay = Relay::new(scene.db.clone(), Arc::new(bus.clone()), scene.clock.clone(), settings);
        let running = tokio::spawn(relay.run(end.clone()));
        for n in 0..3 {
            scene.commit(&[scene.login(1, &n.to_string())]).await;
            until(|| bus.notes().len() == n + 1).await;
        }
        end.cancel();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn a_relay_ends_when_it_is_told() {
    let [scene, _mysql] = Scene::both().await;
    let bus = RecordingBus::default();
    scene.commit(&[scene.login(1, "a")]).await;
    let end = CancellationToken::new();
    let running = tokio::spawn(scene.relay(bus.clone()).run(end.clone()));
    until(|| bus.notes().len() == 1).await;
    end.cancel();
    running.await.unwrap();
    assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL").await, 0);
}

/// Waits until something is so.
pub async fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        tokio::task::yield_now().await;
    }
}
