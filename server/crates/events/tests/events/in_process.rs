//! The in-process bus before the contract that every bus keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::{Bus, InProcessBus, Topic, dead_letters};

use crate::contract::{self, Broker};
use crate::scene::{HOLD, Scene};

struct InProcess(Scene);

#[async_trait]
impl Broker for InProcess {
    async fn connect(&self) -> Arc<dyn Bus> {
        // Connections of its own, as another replica has.
        let db = db::Database::open(self.0.db.url()).await.unwrap();
        Arc::new(InProcessBus::new(db, self.0.clock.clone(), HOLD))
    }

    async fn let_pass(&self, span: Duration) {
        self.0.clock.advance(span);
    }

    async fn outlive_a_lost_consumer(&self) {
        self.0.clock.advance(HOLD);
    }

    async fn dead(&self, topic: Topic) -> Vec<String> {
        let dead = dead_letters(&mut self.0.db.read().await.unwrap(), 100).await.unwrap();
        dead.into_iter().filter(|letter| letter.topic == topic.dead()).map(|letter| letter.body).collect()
    }
}

#[tokio::test]
async fn s_evt_2_the_in_process_bus_keeps_the_contract() {
    for scene in Scene::both().await {
        contract::holds(&InProcess(scene)).await;
    }
}
