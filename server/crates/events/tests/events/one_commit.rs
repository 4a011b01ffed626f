//! A bus in the database of the outbox: by one commit it has events and they are marked.

use std::sync::Arc;

use async_trait::async_trait;
use db::Database;
use events::{
    Acknowledgement, BusError, Consumer as _, Groups as _, InProcessBus, Message, Publisher, Relay,
    RelayRound, RelaySettings,
};

use crate::consumers::Notes;
use crate::outbox::drain;
use crate::scene::{HOLD, Scene};

/// What is there to be claimed.
const UNTOUCHED: &str = "SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL AND due_at = 0";

/// The in-process bus as a version that claims events before it publishes them has it.
#[derive(Debug)]
struct Claiming(InProcessBus);

#[async_trait]
impl Publisher for Claiming {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        self.0.publish(batch).await
    }
}

#[tokio::test]
async fn s_evt_2_what_the_bus_in_the_database_does_not_get_is_neither_marked_nor_claimed() {
    for scene in Scene::both().await {
        let relay = scene.relay(scene.bus());
        scene.commit(&[scene.login(1, "a"), scene.login(2, "b"), scene.login(3, "c")]).await;
        scene.execute("ALTER TABLE bus_subscriptions RENAME TO elsewhere").await;
        relay.round().await.unwrap_err();
        assert_eq!(scene.count(UNTOUCHED).await, 3);
        scene.execute("ALTER TABLE elsewhere RENAME TO bus_subscriptions").await;
        assert_eq!(drain(&relay).await, RelayRound { published: 3, refused: 0 });
        assert_eq!(scene.count(UNTOUCHED).await, 0);
    }
}

#[tokio::test]
async fn s_evt_2_relays_that_claim_and_relays_that_do_not_publish_each_event_once() {
    for scene in Scene::both().await {
        let notes = Notes::named("notes");
        scene.bus().join(notes.name(), notes.topics()).await.unwrap();
        // Each has connections of its own, as replicas have.
        let [one, other] =
            [Database::open(scene.db.url()).await.unwrap(), Database::open(scene.db.url()).await.unwrap()];
        let bus = |db: &Database| InProcessBus::new(db.clone(), scene.clock.clone(), HOLD);
        let relay = |db: &Database, publisher: Arc<dyn Publisher>, batch| {
            let settings = RelaySettings { batch, ..RelaySettings::default() };
            Relay::new(db.clone(), publisher, scene.clock.clone(), settings)
        };
        let relays = [
            relay(&one, Arc::new(bus(&one)), 7),
            relay(&one, Arc::new(bus(&one)), 100),
            relay(&other, Arc::new(Claiming(bus(&other))), 5),
        ];
        for n in 0..10 {
            for member in 1..=12 {
                scene.commit(&[scene.login(member, &format!("{member}:{n}"))]).await;
            }
        }
        let rounds = relays.map(|relay| {
            tokio::spawn(async move {
                let (mut idle, mut published) = (0, 0);
                while idle < 20 {
                    let round = relay.round().await.unwrap();
                    idle = if round.published == 0 { idle + 1 } else { 0 };
                    published += round.published;
                    tokio::task::yield_now().await;
                }
                published
            })
        });
        let mut published = 0;
        for round in rounds {
            published += round.await.unwrap();
        }
        assert_eq!(published, 120, "none by two relays");
        assert_eq!(scene.count("SELECT COUNT(*) FROM bus_deliveries").await, 120);
        one.close().await;
        other.close().await;
    }
}

#[tokio::test]
async fn s_evt_7_what_is_no_message_keeps_none_of_the_others_from_the_bus_in_the_database() {
    for scene in Scene::both().await {
        let relay = scene.relay(scene.bus());
        for member in 1..=9 {
            scene.commit(&[scene.login(member, if member == 4 { "odd" } else { "good" })]).await;
        }
        scene.execute("UPDATE outbox_events SET topic = 'newer' WHERE body LIKE '%odd%'").await;
        assert_eq!(drain(&relay).await, RelayRound { published: 8, refused: 1 });
        let waiting = "SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL AND failures = 1";
        assert_eq!(scene.count(waiting).await, 1);
    }
}
