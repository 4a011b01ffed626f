//! A database with a clock, the bus with the consumer on it, and couriers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, Row as _, query};
use events::{
    ConsumerRound, ConsumerRunner, ConsumerSettings, Event, InProcessBus, Relay, RelayRound, RelaySettings,
    UserLogin, outbox,
};
use kernel::id::Uuid;
use kernel::{Context, OsRandomness};
use names::{MemberId, ProviderName, SignInMethod};
use testkit::{HandClock, SeededRandomness, TestDatabase};
use tokio_util::sync::CancellationToken;
use webhooks::{
    Courier, CourierSettings, Lookup, Outcome, Post, Receiver, ReceiverConfig, Rules, SystemLookup,
    WebhookConsumer, receivers,
};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub struct Stage {
    pub db: TestDatabase,
    pub clock: Arc<HandClock>,
    randomness: SeededRandomness,
}

/// A receiver at this address, which may be on this machine.
pub fn receiver(name: &str, url: &str) -> Receiver {
    let config = ReceiverConfig {
        name: Some(name.to_owned()),
        url: Some(url.to_owned()),
        topics: vec!["user-login".to_owned()],
        secret: Some(SECRET.into()),
        previous_secret: None,
    };
    let private_hosts = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    receivers(&[config], Rules { private_hosts: &private_hosts, allows_http: true }).unwrap().remove(0)
}

pub fn post() -> Post {
    Post::new(&(Arc::new(SystemLookup) as Arc<dyn Lookup>), None).unwrap()
}

impl Stage {
    pub async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(|db| Self {
            db,
            clock: Arc::new(HandClock::default()),
            randomness: SeededRandomness::new(7),
        })
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

    /// Lets events happen, and takes them from the bus for these receivers.
    pub async fn happen(&self, receivers: &[&Receiver], events: &[Event]) {
        let bus = InProcessBus::new(self.db.clone(), self.clock.clone(), Duration::from_secs(30));
        let receivers: Vec<Receiver> = receivers.iter().map(|receiver| (*receiver).clone()).collect();
        let consumer = Arc::new(WebhookConsumer::new(receivers.into(), self.clock.clone()));
        let (db, clock) = (self.db.clone(), self.clock.clone());
        let settings = ConsumerSettings::default();
        let mut runner = ConsumerRunner::start(consumer, &bus, db, clock, settings).await.unwrap();
        for event in events {
            let mut tx = self.db.begin().await.unwrap();
            outbox::append(&mut tx, event).await.unwrap();
            tx.commit().await.unwrap();
        }
        let relay = Relay::new(self.db.clone(), Arc::new(bus), self.clock.clone(), RelaySettings::default());
        while relay.round().await.unwrap() != RelayRound::default() {}
        let end = CancellationToken::new();
        while runner.round(&end).await.unwrap() != ConsumerRound::default() {}
    }

    pub fn courier_of(&self, receiver: &Receiver, post: Post, db: Database) -> Courier {
        Courier::new(receiver.clone(), post, db, &self.context(), CourierSettings::default())
    }

    pub fn courier_with(&self, receiver: &Receiver, settings: CourierSettings) -> Courier {
        Courier::new(receiver.clone(), post(), self.db.clone(), &self.context(), settings)
    }

    fn context(&self) -> Context {
        Context { clock: self.clock.clone(), randomness: Arc::new(OsRandomness) }
    }

    pub fn courier(&self, receiver: &Receiver) -> Courier {
        self.courier_of(receiver, post(), self.db.clone())
    }

    /// A number that `sql` asks for.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut reader = self.db.read().await.unwrap();
        query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
    }
}

/// Sends what is due now, until nothing is; what became of each.
pub async fn send_all(courier: &mut Courier) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while courier.begin().await.unwrap() > 0 {
        while let Some(outcome) = courier.next().await {
            outcomes.push(outcome.unwrap());
        }
    }
    outcomes
}
