//! Brokers that die: nothing is lost, nothing is doubled in effect, and each member's events keep their order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// What requests do while brokers die.
#[derive(Default)]
struct Requests {
    stop: AtomicBool,
    committed: AtomicU32,
}

impl Requests {
    /// Facts are committed while no broker answers: at least two in a second, however busy the machine is. One that waited for a
    /// broker would take all of that time.
    async fn wait_for_no_broker(&self, span: Duration) {
        let before = self.committed.load(Ordering::SeqCst);
        tokio::time::sleep(span).await;
        let after = self.committed.load(Ordering::SeqCst);
        let wanted = u32::try_from(2 * span.as_secs()).unwrap();
        assert!(after - before >= wanted, "no request waits for a broker: {before}, {after}");
        assert!(!self.stop.load(Ordering::SeqCst));
    }
}

/// Commits facts until it is told to stop; how many.
async fn commit(db: Database, requests: Arc<Requests>) -> u32 {
    let mut number = 0;
    while !requests.stop.load(Ordering::SeqCst) {
        number += 1;
        let mut tx = db.begin().await.unwrap();
        outbox::append(&mut tx, &login(u128::from(number) % MEMBERS, number)).await.unwrap();
        if number.is_multiple_of(10) {
            drop(tx);
        } else {
            tx.commit().await.unwrap();
            requests.committed.fetch_add(1, Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    number
}

fn committed(member: u128, last: u32) -> Vec<String> {
    let mine = (1..=last).filter(|number| u128::from(*number) % MEMBERS == member && number % 10 != 0);
    mine.map(|number| format!("{member}:{number:05}")).collect()
}

/// Two of them, and the requests to them.
#[derive(Default)]
struct Replicas {
    requests: Arc<Requests>,
    ends: [CancellationToken; 2],
}

/// Two replicas live through `trouble`: then each committed event had its effect once, in order, and is in the log.
async fn live_through(cluster: &Cluster, trouble: impl AsyncFnOnce(&Replicas)) {
    let [scene, _] = Scene::both().await;
    let replicas = Replicas::default();
    let Replicas { requests, ends } = &replicas;
    let writing = tokio::spawn(commit(scene.db.clone(), Arc::clone(requests)));
    let buses = [bus(cluster, &scene.db), bus(cluster, &scene.db)];
    for (bus, end) in buses.iter().zip(ends) {
        replica(&scene.db, Arc::clone(bus), end).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    trouble(&replicas).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!writing.is_finished(), "no request fails");
    requests.stop.store(true, Ordering::SeqCst);
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
    let Some(cluster) = Cluster::own(1).await else { return };
    live_through(&cluster, async |replicas| {
        for round in 0..2 {
            if round > 0 {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            cluster.script("kill", &[]).await;
            replicas.requests.wait_for_no_broker(Duration::from_secs(1)).await;
            cluster.script("start", &[]).await;
            if round == 0 {
                // One replica ends while the other goes on.
                replicas.ends[0].cancel();
            }
        }
    })
    .await;
}

/// It says nothing, and its connections stay: only time tells. Its cluster counts it out meanwhile, so that it says for a moment
/// that there are no brokers.
#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_broker_that_stands_still_for_longer_than_anybody_waits_loses_nothing() {
    let Some(cluster) = Cluster::fenced_soon().await else { return };
    live_through(&cluster, async |replicas| {
        cluster.signal("-STOP");
        // Longer than a request may take, and than members of a group may be silent.
        replicas.requests.wait_for_no_broker(Duration::from_secs(9)).await;
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
