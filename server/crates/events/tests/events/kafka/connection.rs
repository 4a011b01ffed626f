//! What becomes of a connection that cannot be: a name for what is wrong, within seconds, and no start that fails.

use std::time::{Duration, Instant};

use events::{Groups as _, KafkaBus, KafkaSettings, Link, LinkError, LinkState, Publisher as _};

use crate::consumers::Notes;
use crate::kafka::cluster::{Cluster, bus};
use crate::scene::Scene;
use events::Consumer as _;

/// How long a named problem may take.
const SOON: Duration = Duration::from_secs(5);

async fn problem(link: &Link) -> LinkError {
    let begun = Instant::now();
    loop {
        if let LinkState::Down(problem) = link.state() {
            return problem;
        }
        assert!(begun.elapsed() < SOON, "nothing is known of {:?}", link.state());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each bad setting, the key that `daemun check` names, and the label of the problem.
fn bad(cluster: &Cluster) -> Vec<(KafkaSettings, &'static str, &'static str)> {
    let mut password = cluster.secure();
    password.security.login.as_mut().unwrap().password = "wrong".to_owned().into();
    let mut name = cluster.secure();
    "nobody".clone_into(&mut name.security.login.as_mut().unwrap().username);
    let mut authority = cluster.secure();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    authority.security.tls.as_mut().unwrap().authority = Some(other.cert.pem());
    let mut plain = cluster.secure();
    plain.security = cluster.settings().security;
    let mut nobody = cluster.settings();
    "127.0.0.1:1".clone_into(&mut nobody.brokers);
    vec![
        (password, "password", "login"),
        (name, "password", "login"),
        (authority, "ca_file", "tls"),
        (plain, "security", "protocol"),
        (nobody, "brokers", "unreachable"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_6_a_wrong_password_authority_or_listener_is_named_within_five_seconds() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    for (settings, key, label) in bad(&cluster) {
        let begun = Instant::now();
        let bus = bus(settings.clone(), &scene);
        let problem = problem(&bus.link()).await;
        assert_eq!(problem.label(), label, "{problem}");
        assert!(bus.is_away(), "{label}: nothing is asked in vain");
        let begun_check = Instant::now();
        let found = events::check(settings, &[]).await;
        // A broker that cannot be reached is waited for until its time is over.
        let most = if label == "unreachable" { 2 * SOON } else { SOON };
        assert!(begun_check.elapsed() < most, "{label}: {:?}", begun_check.elapsed());
        let keys: Vec<_> = found.iter().map(|finding| finding.key).collect();
        assert_eq!(keys, [key], "{label} after {:?}: {found:?}", begun.elapsed());
        assert!(!format!("{found:?} {problem}").contains("wrong\""), "no password is told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_client_can_be_made_with_is_named_before_a_broker_is_asked() {
    let [scene, _] = Scene::both().await;
    for (property, value) in [
        // Only a consumer has it,
        ("max.poll.interval.ms", "1000"),
        ("fetch.wait.max.ms", "-1"),
        // only a producer,
        ("retries", "0"),
        // and nobody.
        ("no.such.property", "1"),
    ] {
        let mut settings = KafkaSettings { brokers: "127.0.0.1:1".to_owned(), ..KafkaSettings::default() };
        settings.librdkafka.insert(property.to_owned(), value.to_owned());
        let begun = Instant::now();
        let found = events::check(settings.clone(), &[]).await;
        let [finding] = &found[..] else { panic!("{property}: {found:?}") };
        assert!(finding.key == "librdkafka" && finding.problem.contains(property), "{finding:?}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{property}: {:?}", begun.elapsed());
        let notes = Notes::named("notes");
        let refused = match KafkaBus::new(settings, scene.db.clone(), scene.clock.clone()) {
            Ok(bus) => bus.join(notes.name(), notes.topics()).await.map(drop).unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(refused, events::BusError::Settings(_)), "{property}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_6_with_name_password_and_authority_events_go_out() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] {
        let mut settings = cluster.secure();
        mechanism.clone_into(&mut settings.security.login.as_mut().unwrap().mechanism);
        let bus = bus(settings.clone(), &scene);
        scene.commit(&[scene.login(1, mechanism)]).await;
        let settings_of_relay = events::RelaySettings::default();
        let relay = events::Relay::new(scene.db.clone(), bus.clone(), scene.clock.clone(), settings_of_relay);
        assert_eq!(relay.round().await.unwrap().published, 1);
        assert_eq!(bus.link().state(), LinkState::Up);
        assert_eq!(events::check(settings, &[]).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_1_a_broker_that_is_away_stops_no_start_and_touches_no_row() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let mut settings = cluster.settings();
    settings.brokers = "127.0.0.1:1".to_owned();
    settings.request_timeout = Duration::from_secs(2);
    let begun = Instant::now();
    let bus: std::sync::Arc<KafkaBus> = bus(settings, &scene);
    let notes = Notes::named("notes");
    let mut member = bus.join(notes.name(), notes.topics()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "a start waits for nobody");
    problem(&bus.link()).await;
    member.receive(1).await.unwrap_err();
    scene.commit(&[scene.login(1, "a")]).await;
    let relay = scene.relay(Arced(bus));
    for _ in 0..3 {
        assert_eq!(relay.round().await.unwrap(), events::RelayRound::default());
    }
    assert_eq!(scene.count("SELECT COUNT(*) FROM outbox_events WHERE failures = 0 AND due_at = 0").await, 1);
}

/// A bus that others have as well.
#[derive(Debug)]
pub struct Arced(pub std::sync::Arc<KafkaBus>);

#[async_trait::async_trait]
impl events::Publisher for Arced {
    async fn publish(
        &self,
        batch: &[events::Message],
    ) -> Result<Vec<events::Acknowledgement>, events::BusError> {
        self.0.publish(batch).await
    }

    fn is_away(&self) -> bool {
        self.0.is_away()
    }
}
