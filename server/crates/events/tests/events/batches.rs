//! Deliveries that come together: which share a transaction, and for how long one round goes on with them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use db::{DbError, Transaction};
use events::{
    BusError, Consumer, ConsumerName, ConsumerRound, ConsumerRunner, ConsumerSettings, Delivery, Groups,
    HandleError, InProcessBus, Lag, Received, Subscription, Topic,
};
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::outbox::drain;
use crate::scene::Scene;

/// The bus in the program, which notes how many are acknowledged at once.
#[derive(Debug)]
struct Noting {
    bus: InProcessBus,
    together: Arc<Mutex<Vec<usize>>>,
    /// Whether nothing can be put aside.
    keeps_all: Arc<AtomicBool>,
    /// Whether it says that it is in the database.
    is_in_database: bool,
}

impl Noting {
    fn on(scene: &Scene) -> Self {
        let bus = scene.bus();
        Self { bus, together: Arc::default(), keeps_all: Arc::default(), is_in_database: false }
    }
}

#[derive(Debug)]
struct NotingMember {
    member: Box<dyn Subscription>,
    together: Arc<Mutex<Vec<usize>>>,
    keeps_all: Arc<AtomicBool>,
    is_in_database: bool,
}

#[async_trait]
impl Groups for Noting {
    async fn join(&self, name: ConsumerName, topics: &[Topic]) -> Result<Box<dyn Subscription>, BusError> {
        let member = self.bus.join(name, topics).await?;
        let (together, keeps_all) = (Arc::clone(&self.together), Arc::clone(&self.keeps_all));
        Ok(Box::new(NotingMember { member, together, keeps_all, is_in_database: self.is_in_database }))
    }

    async fn lags(&self) -> Result<Vec<Lag>, BusError> {
        self.bus.lags().await
    }
}

#[async_trait]
impl Subscription for NotingMember {
    async fn receive(&mut self, most: u32) -> Result<Vec<Delivery>, BusError> {
        self.member.receive(most).await
    }

    async fn wait(&mut self, most: Duration) {
        self.member.wait(most).await;
    }

    async fn acknowledge(&mut self, deliveries: &[Delivery]) -> Result<(), BusError> {
        self.together.lock().unwrap().push(deliveries.len());
        self.member.acknowledge(deliveries).await
    }

    async fn acknowledge_within(
        &self,
        tx: &mut Transaction,
        deliveries: &[Delivery],
    ) -> Result<bool, DbError> {
        if self.is_in_database { self.member.acknowledge_within(tx, deliveries).await } else { Ok(false) }
    }

    async fn fail(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.member.fail(delivery, pause).await
    }

    async fn give_back(&mut self, delivery: &Delivery, pause: Duration) -> Result<(), BusError> {
        self.member.give_back(delivery, pause).await
    }

    async fn bury(&mut self, delivery: &Delivery, reason: &str) -> Result<(), BusError> {
        if self.keeps_all.load(Ordering::SeqCst) {
            return Err(BusError::Broker("no right to write to the dead topic".into()));
        }
        self.member.bury(delivery, reason).await
    }
}

#[tokio::test]
async fn s_evt_3_where_the_bus_is_in_the_database_effects_and_acknowledgements_are_one_commit() {
    for scene in Scene::both().await {
        let bus = Noting { is_in_database: true, ..Noting::on(&scene) };
        let notes = Notes::named("notes");
        let mut member = bus.join(notes.name(), notes.topics()).await.unwrap();
        let (db, clock, settings) = (scene.db.clone(), scene.clock.clone(), ConsumerSettings::default());
        let mut runner = ConsumerRunner::start(notes, &bus, db, clock, settings).await.unwrap();
        scene.commit(&[scene.login(1, "a"), scene.login(2, "b"), scene.login(3, "c")]).await;
        drain(&scene.relay(scene.bus())).await;
        let deliveries = "SELECT COUNT(*) FROM bus_deliveries";
        let held = member.receive(3).await.unwrap();
        let mut tx = scene.db.begin().await.unwrap();
        assert!(member.acknowledge_within(&mut tx, &held).await.unwrap());
        drop(tx);
        assert_eq!(scene.count(deliveries).await, 3, "without the commit they are not acknowledged");
        for delivery in &held {
            member.give_back(delivery, Duration::ZERO).await.unwrap();
        }
        let handled = runner.round(&CancellationToken::new()).await.unwrap().handled;
        assert_eq!((handled, scene.count(deliveries).await, effects(&scene).await.len()), (3, 0, 3));
        assert!(bus.together.lock().unwrap().is_empty(), "none is acknowledged by itself");
    }
}

#[tokio::test]
async fn s_evt_7_what_cannot_be_put_aside_keeps_its_own_member_waiting_and_no_other() {
    for scene in Scene::both().await {
        let bus = Noting::on(&scene);
        let (db, clock) = (scene.db.clone(), scene.clock.clone());
        let settings = ConsumerSettings { attempts: 1, ..ConsumerSettings::default() };
        let notes = Notes::named("notes");
        notes.fail_on(Some("poison"));
        let mut runner = ConsumerRunner::start(notes, &bus, db, clock, settings).await.unwrap();
        bus.keeps_all.store(true, Ordering::SeqCst);
        scene.commit(&[scene.login(1, "poison"), scene.login(1, "after"), scene.login(2, "other")]).await;
        drain(&scene.relay(scene.bus())).await;
        let end = CancellationToken::new();
        let mut handled = 0;
        for _ in 0..3 {
            handled += runner.round(&end).await.unwrap().handled;
        }
        assert_eq!((handled, effects(&scene).await), (1, vec!["other".to_owned()]));

        bus.keeps_all.store(false, Ordering::SeqCst);
        scene.clock.advance(Duration::from_mins(1));
        let rounds = [runner.round(&end).await.unwrap(), runner.round(&end).await.unwrap()];
        assert_eq!((rounds[0].dead, rounds[1].handled), (1, 1), "{rounds:?}");
        assert_eq!(effects(&scene).await, ["other", "after"]);
    }
}

#[tokio::test]
async fn s_evt_7_what_cannot_be_read_keeps_none_of_the_others_from_sharing_a_transaction() {
    for scene in Scene::both().await {
        let bus = Noting::on(&scene);
        let (db, clock, settings) = (scene.db.clone(), scene.clock.clone(), ConsumerSettings::default());
        let notes = Notes::named("notes");
        let mut runner = ConsumerRunner::start(notes, &bus, db, clock, settings).await.unwrap();
        // The first of all is none, and one in the middle.
        for member in 1..=20 {
            scene.commit(&[scene.login(member, if member % 10 == 1 { "spoilt" } else { "good" })]).await;
        }
        drain(&scene.relay(scene.bus())).await;
        scene.execute("UPDATE bus_deliveries SET body = 'garbage' WHERE body LIKE '%spoilt%'").await;
        let round = runner.round(&CancellationToken::new()).await.unwrap();
        assert_eq!(round, ConsumerRound { handled: 18, failed: 2, ..ConsumerRound::default() });
        let together = bus.together.lock().unwrap().clone();
        assert_eq!(together.iter().sum::<usize>(), 18);
        assert!(together.iter().any(|one| *one > 1), "{together:?}");
    }
}

#[tokio::test]
async fn s_evt_3_events_that_come_again_among_new_ones_have_no_second_effect_and_are_not_tried_alone() {
    for scene in Scene::both().await {
        let bus = Noting::on(&scene);
        let (db, clock, settings) = (scene.db.clone(), scene.clock.clone(), ConsumerSettings::default());
        let mut runner =
            ConsumerRunner::start(Notes::named("notes"), &bus, db, clock, settings).await.unwrap();
        let (relay, end) = (scene.relay(scene.bus()), CancellationToken::new());
        for _ in 0..3 {
            let logins: Vec<_> = (1..=20).map(|member| scene.login(member, "good")).collect();
            scene.commit(&logins).await;
            drain(&relay).await;
            let round = runner.round(&end).await.unwrap();
            assert_eq!(round, ConsumerRound { handled: 20, ..ConsumerRound::default() });
        }
        // As a relay does that died before it marked them.
        scene.execute("UPDATE outbox_events SET published_at = NULL, due_at = 0").await;
        scene.commit(&[scene.login(1, "new"), scene.login(21, "new")]).await;
        drain(&relay).await;
        bus.together.lock().unwrap().clear();
        let mut total = ConsumerRound::default();
        while total.handled + total.repeated < 62 {
            let round = runner.round(&end).await.unwrap();
            assert_ne!(round, ConsumerRound::default(), "{total:?}");
            total.handled += round.handled;
            total.repeated += round.repeated;
            total.failed += round.failed;
        }
        assert_eq!(total, ConsumerRound { handled: 2, repeated: 60, ..ConsumerRound::default() });
        assert_eq!(effects(&scene).await.len(), 62);
        let together = bus.together.lock().unwrap().clone();
        assert!(together.len() < 20, "{together:?}");
    }
}

/// Takes its time.
struct Slow;

#[async_trait]
impl Consumer for Slow {
    fn name(&self) -> ConsumerName {
        ConsumerName::new("slow")
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::UserLogin]
    }

    async fn handle(&self, _: &mut Transaction, _: &Received) -> Result<(), HandleError> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(())
    }
}

#[tokio::test]
async fn s_evt_2_a_round_that_takes_long_gives_back_what_is_left() {
    for scene in Scene::both().await {
        let settings = ConsumerSettings { round: Duration::from_millis(120), ..ConsumerSettings::default() };
        let (db, clock, bus) = (scene.db.clone(), scene.clock.clone(), scene.bus());
        let mut runner = ConsumerRunner::start(Arc::new(Slow), &bus, db, clock, settings).await.unwrap();
        let logins: Vec<_> = (1..=30).map(|member| scene.login(member, "a")).collect();
        scene.commit(&logins).await;
        drain(&scene.relay(scene.bus())).await;
        let (end, mut handled, mut rounds) = (CancellationToken::new(), 0, 0);
        while handled < 30 {
            let began = Instant::now();
            let round = runner.round(&end).await.unwrap();
            assert!(round.handled > 0, "what was given back waits for nothing");
            assert!(round.handled < 30, "{round:?} in {:?}", began.elapsed());
            assert_eq!((round.failed, round.repeated, round.dead), (0, 0, 0));
            (handled, rounds) = (handled + round.handled, rounds + 1);
        }
        assert!(rounds >= 10, "{rounds}");
    }
}
