//! Rights that are missing: named within seconds in the metrics and by `daemun check`. (`server/tests/http/kafka.rs` looks at the log.)

use std::time::{Duration, Instant};

use events::{
    Acknowledgement, Consumer as _, Groups as _, KafkaFinding, KafkaGroup, KafkaSettings, Publisher as _,
    RelayRound, RelaySettings, Topic,
};

use crate::consumers::Notes;
use crate::kafka::cluster::{Cluster, bus};
use crate::measured;
use crate::scene::Scene;

/// How long a missing right may go unnamed.
const SOON: Duration = Duration::from_secs(5);
const ERRORS: &str = "daemun_events_broker_errors_total";

fn denials() -> f64 {
    measured::sum(ERRORS, &["reason=\"access\""]).unwrap_or_default()
}

/// Does something until the metric says that we may not.
async fn is_denied(mut act: impl AsyncFnMut()) {
    let (before, began) = (denials(), Instant::now());
    while denials() <= before {
        act().await;
        assert!(began.elapsed() < SOON, "nobody says that we may not");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What `daemun check` finds.
async fn found(settings: &KafkaSettings) -> Vec<KafkaFinding> {
    let began = Instant::now();
    let groups = [KafkaGroup { name: events::ConsumerName::new("notes"), topics: vec![Topic::UserLogin] }];
    let found = events::check(settings.clone(), &groups).await;
    // It waits for five seconds at most, and the machine may be busy.
    assert!(began.elapsed() < 2 * SOON, "{:?}", began.elapsed());
    assert!(found.iter().all(|finding| finding.key == "username"), "{found:?}");
    found
}

fn all_say(found: &[KafkaFinding], problem: &str) -> bool {
    !found.is_empty() && found.iter().all(|finding| finding.problem.contains(problem))
}

/// Which rights we have was tried, and of all topics only the event is in one that we sent.
async fn leaves_nothing(cluster: &Cluster) {
    for topic in Topic::ALL {
        let sent = usize::from(*topic == Topic::UserLogin);
        let name = cluster.topic(*topic);
        assert_eq!(cluster.read(&name).await.len(), sent, "{name}");
        assert_eq!(cluster.read(&format!("{name}.dead")).await.len(), 0, "{name}.dead");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_6_each_right_that_is_missing_is_named_within_five_seconds() {
    measured::begin();
    let Some(cluster) = Cluster::guarded().await else { return };
    let [scene, _] = Scene::both().await;
    let settings = cluster.secure();
    scene.commit(&[scene.login(1, "a")]).await;
    let relay =
        |bus| events::Relay::new(scene.db.clone(), bus, scene.clock.clone(), RelaySettings::default());

    // Nothing at all.
    let refused = RelayRound { published: 0, refused: 1 };
    let stranger = bus(settings.clone(), &scene);
    let all = relay(stranger);
    is_denied(async || assert_eq!(all.round().await.unwrap().published, 0)).await;
    let without = found(&settings).await;
    assert!(without.len() > 2 * Topic::ALL.len(), "each topic, and the group: {without:?}");
    assert!(without.iter().any(|finding| finding.problem.contains("user-login is hidden")), "{without:?}");

    // Its client would make the topic, as the broker likes it, the moment it may.
    drop(all);

    // It sees and makes topics, and may not write.
    cluster.give("--topic", &["Describe", "DescribeConfigs", "Create"]).await;
    cluster.give("--group", &["Read"]).await;
    let reader = bus(settings.clone(), &scene);
    reader.publish(&[]).await.unwrap();
    scene.clock.advance(Duration::from_mins(1));
    let all = relay(reader.clone());
    is_denied(async || {
        scene.clock.advance(Duration::from_mins(1));
        assert_eq!(all.round().await.unwrap(), refused);
    })
    .await;
    let without = found(&settings).await;
    let (writing, reading): (Vec<_>, Vec<_>) =
        without.into_iter().partition(|finding| finding.problem.contains("no right to write"));
    assert_eq!(writing.len(), 2 * Topic::ALL.len(), "{writing:?}");
    assert!(reading.len() == 1 && all_say(&reading, "no right to read the topic"), "{reading:?}");

    // It writes, and may not read.
    cluster.give("--topic", &["Write"]).await;
    scene.clock.advance(Duration::from_mins(1));
    let began = Instant::now();
    while all.round().await.unwrap().published == 0 {
        scene.clock.advance(Duration::from_mins(1));
        assert!(began.elapsed() < 4 * SOON, "by itself, when the right is there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(all_say(&found(&settings).await, "no right to read the topic"));
    let notes = Notes::named("notes");
    let mut member = reader.join(notes.name(), notes.topics()).await.unwrap();
    is_denied(async || assert!(member.receive(1).await.unwrap().is_empty())).await;

    cluster.give("--topic", &["Read"]).await;
    assert_eq!(found(&settings).await, []);
    leaves_nothing(&cluster).await;
    let began = Instant::now();
    while member.receive(1).await.unwrap().is_empty() {
        assert!(began.elapsed() < 6 * SOON, "by itself, when the right is there");
        member.wait(Duration::from_millis(100)).await;
    }
    let answer = reader.publish(&[]).await.unwrap();
    assert_eq!(answer, [] as [Acknowledgement; 0]);
}
