//! Consumers: each event has one effect, in order, and poison goes aside.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use db::{DbError, Row as _, Transaction, query};
use events::{
    Consumer, ConsumerName, ConsumerRound, ConsumerRunner, EventId, HandleError, Received, Topic,
    dead_letters,
};
use tokio_util::sync::CancellationToken;

use crate::outbox::drain;
use crate::relay::until;
use crate::scene::{HOLD, Scene, note};

/// Writes the note of each sign-in into the table `effects`.
pub struct Notes {
    name: ConsumerName,
    fails_on: Mutex<Option<String>>,
    panics: bool,
    hangs: bool,
    attempts: AtomicU32,
    /// How often it failed as it was told to.
    failures: AtomicU32,
    /// What was committed of it, which a transaction that is repeated is not.
    done: Arc<Mutex<Vec<String>>>,
}

impl Notes {
    pub fn named(name: &'static str) -> Arc<Self> {
        Arc::new(Self::plain(name))
    }

    fn plain(name: &'static str) -> Self {
        Self {
            name: ConsumerName::new(name),
            fails_on: Mutex::default(),
            panics: false,
            hangs: false,
            attempts: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            done: Arc::default(),
        }
    }

    pub fn fail_on(&self, note: Option<&str>) {
        *self.fails_on.lock().unwrap() = note.map(str::to_owned);
    }
}

#[async_trait]
impl Consumer for Notes {
    fn name(&self) -> ConsumerName {
        self.name
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::UserLogin]
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        let note = note(&received.event);
        query("INSERT INTO effects (place, consumer, note) SELECT COALESCE(MAX(place), 0) + 1, ?, ? FROM effects")
            .bind(self.name.as_str())
            .bind(note.as_str())
            .execute(&mut **tx)
            .await
            .map_err(DbError::from)?;
        self.attempts.fetch_add(1, Ordering::SeqCst);
        if self.fails_on.lock().unwrap().as_ref() == Some(&note) {
            assert!(!self.panics, "as it was told to");
            self.failures.fetch_add(1, Ordering::SeqCst);
            return Err(HandleError::Failed("it was told to".to_owned()));
        }
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let done = Arc::clone(&self.done);
        tx.after_commit(move || done.lock().unwrap().push(note));
        Ok(())
    }
}

/// What happened, in order.
pub async fn effects(scene: &Scene) -> Vec<String> {
    let mut reader = scene.db.read().await.unwrap();
    let rows = query("SELECT note FROM effects ORDER BY place").fetch_all(&mut *reader).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn rounds(runner: &mut ConsumerRunner) -> ConsumerRound {
    let end = CancellationToken::new();
    let mut total = ConsumerRound::default();
    loop {
        let round = runner.round(&end).await.unwrap();
        if round == ConsumerRound::default() {
            return total;
        }
        total.handled += round.handled;
        total.repeated += round.repeated;
        total.failed += round.failed;
        total.dead += round.dead;
    }
}

#[tokio::test]
async fn s_evt_3_an_event_that_comes_three_times_has_one_effect() {
    for scene in Scene::both().await {
        let mut runner = scene.runner(Notes::named("notes")).await;
        let relay = scene.relay(scene.bus());
        scene.commit(&[scene.login(1, "a")]).await;
        let mut repeated = 0;
        for _ in 0..3 {
            // As a relay does that died before it marked the row.
            scene.execute("UPDATE outbox_events SET published_at = NULL, due_at = 0").await;
            drain(&relay).await;
            repeated += rounds(&mut runner).await.repeated;
        }
        assert_eq!((effects(&scene).await, repeated), (vec!["a".to_owned()], 2));
    }
}

#[tokio::test]
async fn s_evt_3_a_failure_undoes_the_effect_and_a_later_attempt_makes_it() {
    for scene in Scene::both().await {
        let notes = Notes::named("notes");
        let mut runner = scene.runner(notes.clone()).await;
        notes.fail_on(Some("1:a"));
        scene.commit(&[scene.login(1, "1:a"), scene.login(1, "1:b"), scene.login(2, "2:a")]).await;
        drain(&scene.relay(scene.bus())).await;

        let first = rounds(&mut runner).await;
        assert_eq!(first, ConsumerRound { handled: 1, failed: 1, ..ConsumerRound::default() });
        assert_eq!(effects(&scene).await, ["2:a"], "the other member does not wait, the same one does");
        notes.fail_on(None);
        scene.clock.advance(Duration::from_secs(1));
        rounds(&mut runner).await;
        assert_eq!(effects(&scene).await, ["2:a", "1:a", "1:b"]);
    }
}

#[tokio::test]
async fn s_evt_7_poison_goes_to_the_dead_topic_after_bounded_attempts_and_its_member_goes_on() {
    for scene in Scene::both().await {
        let notes = Notes::named("notes");
        let mut runner = scene.runner(notes.clone()).await;
        notes.fail_on(Some("poison"));
        let poison = scene.login(1, "poison");
        scene.commit(&[poison.clone(), scene.login(1, "after")]).await;
        drain(&scene.relay(scene.bus())).await;
        let mut total = Vec::new();
        for _ in 0..4 {
            total.push(rounds(&mut runner).await);
            scene.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(total.iter().map(|round| round.failed).sum::<u32>(), 2);
        assert_eq!(total[2], ConsumerRound { dead: 1, handled: 1, ..ConsumerRound::default() });
        assert_eq!(notes.failures.load(Ordering::SeqCst), 3);
        assert_eq!(
            notes.done.lock().unwrap().as_slice(),
            ["after"],
            "once, however often transactions repeat"
        );
        assert_eq!(effects(&scene).await, ["after"]);
        let dead = dead_letters(&mut scene.db.read().await.unwrap(), None, 10).await.unwrap();
        assert_eq!(dead.len(), 1);
        assert_eq!((dead[0].topic.as_str(), dead[0].failures), ("user-login.dead", 3));
        assert_eq!((&dead[0].body, dead[0].reason.as_str()), (&poison.to_json().unwrap(), "it was told to"));

        // A copy that comes late is not dealt with any more: what followed it has been.
        notes.fail_on(None);
        scene.execute("UPDATE outbox_events SET published_at = NULL, due_at = 0").await;
        drain(&scene.relay(scene.bus())).await;
        assert_eq!(rounds(&mut runner).await.repeated, 2);
        assert_eq!(effects(&scene).await, ["after"]);
    }
}

#[tokio::test]
async fn s_evt_7_what_is_no_event_of_ours_goes_to_the_dead_topic_and_the_next_one_is_dealt_with() {
    let spoilt = [
        // Garbage, an unknown type, an unknown field, an event about somebody else.
        "UPDATE bus_deliveries SET body = 'garbage' WHERE body LIKE '%spoilt%'",
        "UPDATE bus_deliveries SET body = REPLACE(body, 'USER_LOGIN', 'USER_LOGIN_2') WHERE body LIKE '%spoilt%'",
        "UPDATE bus_deliveries SET body = REPLACE(body, '\"email\"', '\"role\":\"ADMIN\",\"email\"') \
            WHERE body LIKE '%spoilt%'",
        "UPDATE bus_deliveries SET body = REPLACE(body, '000000000001', '000000000002') WHERE body LIKE '%spoilt%'",
    ];
    for scene in Scene::both().await {
        let mut runner = scene.runner(Notes::named("notes")).await;
        for (index, spoil) in spoilt.into_iter().enumerate() {
            scene.commit(&[scene.login(1, "spoilt"), scene.login(1, "after")]).await;
            drain(&scene.relay(scene.bus())).await;
            scene.execute(spoil).await;
            for _ in 0..3 {
                rounds(&mut runner).await;
                scene.clock.advance(Duration::from_mins(1));
            }
            assert_eq!(effects(&scene).await.len(), index + 1, "{spoil}");
        }
        let dead = dead_letters(&mut scene.db.read().await.unwrap(), None, 10).await.unwrap();
        assert_eq!(dead.len(), spoilt.len());
        assert!(dead.iter().all(|letter| EventId::parse(&letter.event_id).is_ok()));
    }
}

#[tokio::test]
async fn a_consumer_that_panics_or_hangs_fails_and_no_more() {
    for scene in Scene::both().await {
        let panicking = Notes { panics: true, ..Notes::plain("panicking") };
        panicking.fail_on(Some("a"));
        let mut panicking = scene.runner(Arc::new(panicking)).await;
        let hanging = Arc::new(Notes { hangs: true, ..Notes::plain("hanging") });
        let settings = events::ConsumerSettings { time_out: Duration::from_millis(50), ..Default::default() };
        let (db, clock) = (scene.db.clone(), scene.clock.clone());
        let mut hanging = ConsumerRunner::start(hanging, &scene.bus(), db, clock, settings).await.unwrap();
        scene.commit(&[scene.login(1, "a")]).await;
        drain(&scene.relay(scene.bus())).await;
        for runner in [&mut panicking, &mut hanging] {
            assert_eq!(rounds(runner).await, ConsumerRound { failed: 1, ..ConsumerRound::default() });
        }
        assert_eq!(effects(&scene).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn s_evt_2_what_a_killed_consumer_had_in_hand_comes_again() {
    for scene in Scene::both().await {
        let hanging = Arc::new(Notes { hangs: true, ..Notes::plain("notes") });
        let mut dying = scene.runner(hanging.clone()).await;
        let mut heir = scene.runner(Notes::named("notes")).await;
        scene.commit(&[scene.login(1, "a"), scene.login(1, "b"), scene.login(2, "c")]).await;
        drain(&scene.relay(scene.bus())).await;
        let end = CancellationToken::new();
        tokio::select! {
            biased;
            _ = dying.round(&end) => panic!("it must not come back"),
            () = until(|| hanging.attempts.load(Ordering::SeqCst) == 1) => {}
        }
        drop(dying);
        assert_eq!(
            rounds(&mut heir).await,
            ConsumerRound::default(),
            "it is the other's as long as the hold lasts"
        );
        scene.clock.advance(HOLD);
        assert_eq!(rounds(&mut heir).await.handled, 3);
        let effects = effects(&scene).await;
        assert_eq!(effects.len(), 3, "{effects:?}");
        let mine: Vec<_> = effects.iter().filter(|note| *note != "c").collect();
        assert_eq!(mine, ["a", "b"]);
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_no_failure_of_the_event() {
    for scene in Scene::both().await {
        let other = db::Database::open(scene.db.url()).await.unwrap();
        let (bus, clock) = (scene.bus(), scene.clock.clone());
        let settings = events::ConsumerSettings { attempts: 1, ..Default::default() };
        let mut runner =
            ConsumerRunner::start(Notes::named("notes"), &bus, other.clone(), clock, settings).await.unwrap();
        scene.commit(&[scene.login(1, "a"), scene.login(2, "b")]).await;
        drain(&scene.relay(scene.bus())).await;
        // The consumer's own connections are gone; the bus still answers.
        other.close().await;
        runner.round(&CancellationToken::new()).await.unwrap_err();
        let open = scene.count("SELECT COUNT(*) FROM bus_deliveries WHERE failures = 0").await;
        assert_eq!((open, scene.count("SELECT COUNT(*) FROM bus_dead_letters").await), (2, 0));
    }
}

#[tokio::test]
async fn a_consumer_that_is_told_to_end_gives_back_what_it_has() {
    for scene in Scene::both().await {
        let mut runner = scene.runner(Notes::named("notes")).await;
        scene.commit(&[scene.login(1, "a"), scene.login(2, "b")]).await;
        drain(&scene.relay(scene.bus())).await;
        let end = CancellationToken::new();
        end.cancel();
        assert_eq!(runner.round(&end).await.unwrap(), ConsumerRound::default());
        assert_eq!(rounds(&mut runner).await.handled, 2, "without waiting for the hold to end");
    }
}
