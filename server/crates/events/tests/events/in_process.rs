//! The in-process bus before the contract that every bus keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::{Consumer as _, Groups as _, InProcessBus, Topic, dead_letters};

use crate::consumers::Notes;
use crate::contract::{self, Broker, Connection};
use crate::scene::{HOLD, Scene};

struct InProcess(Scene);

#[async_trait]
impl Broker for InProcess {
    async fn connect(&self) -> Connection {
        // Connections of its own, as another replica has.
        let db = db::Database::open(self.0.db.url()).await.unwrap();
        let bus = Arc::new(InProcessBus::new(db, self.0.clock.clone(), HOLD));
        Connection { publisher: bus.clone(), groups: bus }
    }

    /// What is there is there at once.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    async fn let_pass(&self, span: Duration) {
        self.0.clock.advance(span);
    }

    async fn outlive_a_lost_consumer(&self) {
        self.0.clock.advance(HOLD);
    }

    async fn dead(&self, topic: Topic) -> Vec<String> {
        let dead = dead_letters(&mut self.0.db.read().await.unwrap(), None, 100).await.unwrap();
        dead.into_iter().filter(|letter| letter.topic == topic.dead()).map(|letter| letter.body).collect()
    }
}

/// While a newer version runs beside this one.
#[tokio::test]
async fn deliveries_of_topics_that_are_unknown_here_take_no_places() {
    for scene in Scene::both().await {
        let bus = scene.bus();
        let notes = Notes::named("notes");
        let mut subscription = bus.join(notes.name(), notes.topics()).await.unwrap();
        let mut tx = scene.db.begin().await.unwrap();
        for number in 0..20 {
            let newer = "INSERT INTO bus_deliveries \
                (group_name, event_id, topic, event_key, sequence, body, published_at, due_at, failures) \
                VALUES ('notes', ?, 'newer', ?, 1, '{}', 0, 0, 0)";
            let newer = db::query(newer).bind(format!("newer-{number}")).bind(format!("member-{number}"));
            newer.execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        scene.commit(&[scene.login(1, "known")]).await;
        scene.relay(bus).round().await.unwrap();
        assert_eq!(subscription.receive(4).await.unwrap().len(), 1);
        assert_eq!(scene.count("SELECT COUNT(*) FROM bus_deliveries").await, 21);
    }
}

#[tokio::test]
async fn s_evt_2_the_in_process_bus_keeps_the_contract() {
    for scene in Scene::both().await {
        contract::holds(&InProcess(scene)).await;
    }
}
