//! The bus on a broker before the contract that every bus keeps, and what others see of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use events::{KafkaBus, Publisher as _, Subscription, Topic};
use kernel::Trace;

use crate::contract::{self, Broker, Connection};
use crate::kafka::cluster::Cluster;
use crate::outbox::drain;
use crate::scene::Scene;

struct OnKafka {
    cluster: Cluster,
    scene: Scene,
}

#[async_trait]
impl Broker for OnKafka {
    async fn connect(&self) -> Connection {
        let bus: Arc<KafkaBus> = self.cluster.bus(&self.scene);
        Connection { publisher: bus.clone(), groups: bus }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn silence(&self) -> Duration {
        Duration::from_millis(700)
    }

    /// Members get their partitions while they look for messages; what parts before this one left is passed over.
    async fn share_out(&self, members: [&mut Box<dyn Subscription>; 2]) {
        let (begun, [one, two]) = (Instant::now(), members);
        while begun.elapsed() < Duration::from_secs(4) {
            for member in [&mut *one, &mut *two] {
                for delivery in member.receive(100).await.unwrap() {
                    member.acknowledge(&[delivery]).await.unwrap();
                }
            }
            let pause = Duration::from_millis(100);
            tokio::join!(one.wait(pause), two.wait(pause));
        }
    }

    async fn let_pass(&self, span: Duration) {
        self.scene.clock.advance(span);
    }

    /// One that leaves says so to the broker.
    async fn outlive_a_lost_consumer(&self) {}

    async fn dead(&self, topic: Topic) -> Vec<String> {
        let dead = self.cluster.read(&format!("{}{}", self.cluster.prefix(), topic.dead())).await;
        dead.into_iter().map(|message| message.body).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_kafka_keeps_the_contract() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    contract::holds(&OnKafka { cluster, scene }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_4_every_client_finds_what_an_event_is_in_its_headers_and_its_order_by_its_key() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let bus = cluster.bus(&scene);
    let events: Vec<_> = (0..6).map(|number| scene.login(number % 2, &number.to_string())).collect();
    scene.commit(&events).await;
    let of_a_request = Trace::of_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Trace::within(of_a_request, scene.commit(&[scene.login(7, "of a request")])).await;
    let relay =
        events::Relay::new(scene.db.clone(), bus, scene.clock.clone(), events::RelaySettings::default());
    assert_eq!(drain(&relay).await.published, 7);
    let read = cluster.read(&cluster.topic(Topic::UserLogin)).await;
    assert_eq!(read.len(), 7);
    let traced = read.iter().find(|message| message.body.contains("of a request")).unwrap();
    assert!(traced.headers["traceparent"].starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{traced:?}");
    for member in 0..2 {
        let mine: Vec<_> = events.iter().skip(member).step_by(2).collect();
        let key = mine[0].key().to_string();
        let theirs: Vec<_> = read.iter().filter(|message| message.key == key).collect();
        assert!(theirs.iter().all(|message| message.partition == theirs[0].partition), "one partition");
        let bodies: Vec<_> = theirs.iter().map(|message| message.body.clone()).collect();
        assert_eq!(bodies, mine.iter().map(|event| event.to_json().unwrap()).collect::<Vec<_>>());
        for (message, event) in theirs.iter().zip(mine) {
            let header = |name: &str| message.headers.get(name).map(String::as_str).unwrap_or_default();
            let id = event.id().to_string();
            assert_eq!((header("event_id"), header("ce_id")), (&*id, &*id));
            assert_eq!((header("event_type"), header("ce_type")), ("USER_LOGIN", "USER_LOGIN"));
            assert_eq!((header("schema"), header("ce_specversion")), ("1", "1.0"));
            assert_eq!((header("ce_source"), header("ce_subject")), ("https://login.example", &*key));
            assert_eq!(header("content-type"), "application/json");
            let trace: Vec<_> = header("traceparent").split('-').map(str::len).collect();
            assert_eq!(trace, [2, 32, 16, 2]);
            assert!(id.replace('-', "").ends_with(&header("traceparent")[3..35]), "a trace of its own");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_made_as_the_settings_say_and_no_start_waits_for_them() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let settings = cluster.settings();
    assert_eq!(events::check(settings.clone(), &[]).await, [], "what is not there will be made");
    let bus = cluster.bus(&scene);
    bus.publish(&[]).await.unwrap();
    assert_eq!(events::check(settings.clone(), &[]).await, [], "as asked for");
    let mut other = settings;
    other.topics.partitions = 4;
    other.topics.retention = Duration::from_hours(1);
    other.topics.replication = 3;
    let found = events::check(other, &[]).await;
    for key in ["partitions", "retention", "replication_factor"] {
        // Three topics and their dead ones; too few replicas are two findings each.
        let count = found.iter().filter(|finding| finding.key == key).count();
        assert_eq!(count % (2 * Topic::ALL.len()), 0, "{key}: {found:?}");
        assert!(count > 0, "{key}");
    }
}
