//! What the metrics say of a group on a real broker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{ConsumerRunner, ConsumerSettings, Groups as _, Relay, RelaySettings, Topic};
use kernel::{BackOff, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::consumers::Notes;
use crate::kafka::cluster::Cluster;
use crate::measured::{self, sum};
use crate::outbox::drain;
use crate::scene::Scene;

const CONSUMER: &str = "consumer=\"measured\"";
const TIMEOUT: Duration = Duration::from_secs(20);

/// Lets the runner go on until a metric says this.
async fn until(runner: &mut ConsumerRunner, name: &str, labels: &[&str], wanted: impl Fn(f64) -> bool) {
    let (begun, end) = (Instant::now(), CancellationToken::new());
    while !sum(name, labels).is_some_and(&wanted) {
        runner.round(&end).await.unwrap();
        assert!(begun.elapsed() < TIMEOUT, "{name} is {:?}", sum(name, labels));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_9_lag_age_rebalances_and_dead_letters_are_measured_on_a_broker() {
    measured::begin();
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let topic = format!("topic=\"{}\"", cluster.topic(Topic::UserLogin));
    let events: Vec<_> = ["poison", "b", "c", "d"].map(|note| scene.login(1, note)).into();
    scene.commit(&events).await;
    let relay =
        Relay::new(scene.db.clone(), cluster.bus(&scene), scene.clock.clone(), RelaySettings::default());
    assert_eq!(drain(&relay).await.published, 4);

    let notes = Notes::named("measured");
    notes.fail_on(Some("poison"));
    // The first waits for its next attempt for as long as we look.
    let back_off = BackOff { least: Duration::from_secs(3), most: Duration::from_secs(3) };
    let settings = ConsumerSettings { attempts: 2, back_off, ..ConsumerSettings::default() };
    let bus = cluster.bus_by(&scene, Arc::new(SystemClock));
    let mut runner =
        ConsumerRunner::start(notes, &*bus, scene.db.clone(), Arc::new(SystemClock), settings).await.unwrap();
    until(&mut runner, "daemun_events_rebalances_total", &[CONSUMER], |count| count >= 1.0).await;
    until(&mut runner, "daemun_events_consumer_lag", &[CONSUMER, &topic], |lag| lag >= 4.0).await;
    let told: Vec<_> = bus.lags().await.unwrap();
    let told = told.iter().find(|lag| lag.group == "measured" && lag.topic == "user-login");
    assert!(told.is_some_and(|lag| lag.events == 4), "operators are told the same: {told:?}");
    let age = "daemun_events_consumer_oldest_seconds";
    until(&mut runner, age, &[CONSUMER, "bus=\"kafka\""], |seconds| seconds > 0.5 && seconds < 60.0).await;
    let consumed = "daemun_events_consumed_total";
    until(&mut runner, consumed, &[CONSUMER, "outcome=\"failed\""], |count| count >= 1.0).await;
    until(&mut runner, consumed, &[CONSUMER, "outcome=\"dead\""], |count| count >= 1.0).await;
    until(&mut runner, consumed, &[CONSUMER, "outcome=\"handled\""], |count| count >= 3.0).await;
    until(&mut runner, "daemun_events_consumer_lag", &[CONSUMER, &topic], |lag| lag < 0.5).await;
    until(&mut runner, age, &[CONSUMER, "bus=\"kafka\""], |seconds| seconds < 0.001).await;
    assert_eq!(scene.count("SELECT COUNT(*) FROM bus_dead_letters").await, 1);
}
