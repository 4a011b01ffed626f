//! Brokers that die: nothing is lost, nothing is doubled in effect, and each member's events keep their order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use db::{Database, Row as _, query};
use events::{
    ConsumerRunner, ConsumerSettings, Event, KafkaBus, Payload, Relay, RelaySettings, Topic, UserLogin,
    outbox,
};
use kernel::id::Uuid;
use kernel::{BackOff, Clock, OsRandomness, SystemClock};
use names::{MemberId, SignInMethod};
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::kafka::cluster::Cluster;
use crate::scene::Scene;

const MEMBERS: u128 = 7;
const QUICK: BackOff = BackOff { least: Duration::from_millis(50), most: Duration::from_millis(500) };

fn login(member: u128, number: u32) -> Event {
    let payload = UserLogin {
        uuid: MemberId::from_uuid(Uuid::from_u128(member)),
        email: None,
        login_method: SignInMethod::Password,
        ip_address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: format!("{member}:{number:05}"),
    };
    Event::new(payload, &SystemClock, &OsRandomness)
}

/// A replica: it relays and consumes until it is told to end.
async fn replica(db: &Database, bus: Arc<KafkaBus>, end: &CancellationToken) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings =
        ConsumerSettings { idle: Duration::from_millis(20), back_off: QUICK, ..Default::default() };
    let notes = Notes::named("notes");
    let runner = ConsumerRunner::start(notes, &*bus, db.clone(), Arc::clone(&clock), settings).await.unwrap();
    let settings = RelaySettings {
        idle: Duration::from_millis(20),
        lease: Duration::from_secs(6),
        back_off: QUICK,
        ..Default::default()
    };
    tokio::spawn(Relay::new(db.clone(), bus, clock, settings).run(end.clone()));
    tokio::spawn(runner.run(end.clone()));
}

fn bus(cluster: &Cluster, db: &Database) -> Arc<KafkaBus> {
    let mut settings = cluster.settings();
    settings.request_timeout = Duration::from_secs(4);
    Arc::new(KafkaBus::new(settings, db.clone(), Arc::new(SystemClock)).unwrap())
}

/// Commits facts until it is told to stop; how many.
async fn commit(db: Database, stop: Arc<AtomicBool>) -> u32 {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        let mut tx = db.begin().await.unwrap();
        outbox::append(&mut tx, &login(u128::from(number) % MEMBERS, number)).await.unwrap();
        if number.is_multiple_of(10) {
            drop(tx);
        } else {
            tx.commit().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    number
}

fn committed(member: u128, last: u32) -> Vec<String> {
    let mine = (1..=last).filter(|number| u128::from(*number) % MEMBERS == member && number % 10 != 0);
    mine.map(|number| format!("{member}:{number:05}")).collect()
}

/// Two replicas live through `trouble`: then each committed event had its effect once, in order, and is in the log.
async fn live_through(cluster: &Cluster, trouble: impl AsyncFnOnce(&[CancellationToken; 2])) {
    let [scene, _] = Scene::both().await;
    let (stop, ends) =
        (Arc::new(AtomicBool::new(false)), [CancellationToken::new(), CancellationToken::new()]);
    let writing = tokio::spawn(commit(scene.db.clone(), Arc::clone(&stop)));
    let buses = [bus(cluster, &scene.db), bus(cluster, &scene.db)];
    for (bus, end) in buses.iter().zip(&ends) {
        replica(&scene.db, Arc::clone(bus), end).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    trouble(&ends).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!writing.is_finished(), "no request waits for a broker");
    stop.store(true, Ordering::SeqCst);
    let last = writing.await.unwrap();
    let wanted: usize = (0..MEMBERS).map(|member| committed(member, last).len()).sum();
    let begun = Instant::now();
    while effects(&scene).await.len() < wanted {
        assert!(begun.elapsed() < Duration::from_mins(1), "{} of {wanted}", effects(&scene).await.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ends[1].cancel();
    let told = effects(&scene).await;
    let read = cluster.read(&cluster.topic(Topic::UserLogin)).await;
    for member in 0..MEMBERS {
        let begins = format!("{member}:");
        let mine: Vec<_> = told.iter().filter(|note| note.starts_with(&begins)).cloned().collect();
        assert_eq!(mine, committed(member, last), "each once, in order");
        let mut log: Vec<_> = read.iter().map(note).filter(|note| note.starts_with(&begins)).collect();
        log.dedup();
        assert_eq!(log, committed(member, last), "and so it is in the log, after deduplication");
    }
    assert_eq!(failures(&scene).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_killed_brokers_and_a_killed_replica_lose_nothing_and_double_nothing() {
    let Some((cluster, _brokers)) = Cluster::own(1).await else { return };
    live_through(&cluster, async |ends| {
        for round in 0..2 {
            cluster.script("kill", &[]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            cluster.script("start", &[]).await;
            if round == 0 {
                // One replica ends while the other goes on.
                ends[0].cancel();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
}

/// It says nothing, and its connections stay: only time tells.
#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_broker_that_stands_still_for_longer_than_anybody_waits_loses_nothing() {
    let Some((cluster, _brokers)) = Cluster::own(1).await else { return };
    live_through(&cluster, async |_| {
        cluster.signal("-STOP");
        // Longer than a request may take, and than members of a group may be silent.
        tokio::time::sleep(Duration::from_secs(9)).await;
        cluster.signal("-CONT");
        tokio::time::sleep(Duration::from_secs(2)).await;
    })
    .await;
}

fn note(message: &crate::kafka::cluster::Read) -> String {
    let event = Event::parse(Topic::UserLogin, &message.body).unwrap();
    let Payload::UserLogin(login) = event.payload() else { unreachable!() };
    login.user_agent.clone()
}

async fn failures(scene: &Scene) -> i64 {
    let mut reader = scene.db.read().await.unwrap();
    query("SELECT COUNT(*) FROM bus_dead_letters").fetch_one(&mut *reader).await.unwrap().get(0)
}
