//! A database with a clock and the hands that move things along.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use db::{Row as _, query};
use events::{
    Consumer, ConsumerRunner, ConsumerSettings, Event, InProcessBus, Payload, Publisher, Relay,
    RelaySettings, UserLogin, outbox,
};
use kernel::id::Uuid;
use names::{MemberId, ProviderName, SignInMethod};
use testkit::{HandClock, SeededRandomness, TestDatabase};

/// How long a consumer has a delivery.
pub const HOLD: Duration = Duration::from_secs(30);

/// What consumers of these tests do, in the order in which they did it.
pub const EFFECTS: &str = "CREATE TABLE effects \
    (place BIGINT NOT NULL PRIMARY KEY, consumer VARCHAR(64) NOT NULL, note VARCHAR(400) NOT NULL)";

pub struct Scene {
    pub db: TestDatabase,
    pub clock: Arc<HandClock>,
    pub randomness: SeededRandomness,
}

impl Scene {
    /// The same scene on each database.
    pub async fn both() -> [Self; 2] {
        let scenes = TestDatabase::both().await.map(|db| Self {
            db,
            clock: Arc::new(HandClock::default()),
            randomness: SeededRandomness::new(7),
        });
        for scene in &scenes {
            scene.execute(EFFECTS).await;
        }
        scenes
    }

    /// A sign-in of `member` that can be told apart by `note`.
    pub fn login(&self, member: u128, note: &str) -> Event {
        let payload = UserLogin {
            uuid: MemberId::from_uuid(Uuid::from_u128(member)),
            email: None,
            login_method: SignInMethod::Provider(ProviderName::Kakao),
            ip_address: Ipv4Addr::LOCALHOST.into(),
            user_agent: note.to_owned(),
        };
        Event::new(payload, &*self.clock, &self.randomness)
    }

    /// Appends events, each in a transaction of its own.
    pub async fn commit(&self, events: &[Event]) {
        for event in events {
            let mut tx = self.db.begin().await.unwrap();
            outbox::append(&mut tx, event).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    pub fn relay(&self, publisher: impl Publisher + 'static) -> Relay {
        Relay::new(self.db.clone(), Arc::new(publisher), self.clock.clone(), RelaySettings::default())
    }

    pub fn bus(&self) -> InProcessBus {
        InProcessBus::new(self.db.clone(), self.clock.clone(), HOLD)
    }

    pub async fn runner(&self, consumer: Arc<dyn Consumer>) -> ConsumerRunner {
        let settings = ConsumerSettings { attempts: 3, ..ConsumerSettings::default() };
        ConsumerRunner::start(consumer, &self.bus(), self.db.clone(), self.clock.clone(), settings)
            .await
            .unwrap()
    }

    /// A number that `sql` asks for.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut reader = self.db.read().await.unwrap();
        query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
    }

    pub async fn execute(&self, sql: &'static str) {
        let mut tx = self.db.begin().await.unwrap();
        query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// By what a sign-in made by [`Scene::login`] is told apart.
pub fn note(event: &Event) -> String {
    let Payload::UserLogin(login) = event.payload() else { panic!("{event:?} is no sign-in") };
    login.user_agent.clone()
}
