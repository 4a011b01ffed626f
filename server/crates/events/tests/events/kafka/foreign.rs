//! Programs of others read our topics, with the consumers of docs/examples: each message is checked against its schema there.

use std::process::{Output, Stdio};
use std::time::Duration;

use events::{Relay, RelaySettings, Topic};
use tokio::process::Command;

use crate::kafka::cluster::{Cluster, bus};
use crate::outbox::drain;
use crate::scene::Scene;
use crate::schemas;

fn examples() -> String {
    format!("{}/../../../docs/examples", env!("CARGO_MANIFEST_DIR"))
}

/// Runs an example until it has seen `count` events, or has found one that is none.
async fn run(program: [&str; 2], cluster: &Cluster, count: usize) -> Output {
    let mut command = Command::new(program[0]);
    command
        .arg(format!("{}/{}", examples(), program[1]))
        .env("BROKERS", cluster.brokers())
        .env("PREFIX", cluster.prefix())
        .env("GROUP", format!("{}{}", cluster.prefix(), program[0].trim_start_matches('/').replace('/', "-")))
        .env("COUNT", count.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    tokio::time::timeout(Duration::from_mins(1), command.output()).await.expect("it ends").unwrap()
}

const PROGRAMS: [[&str; 2]; 2] = [["/usr/bin/python3", "python/consumer.py"], ["node", "node/consumer.mjs"]];

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_5_consumers_in_other_languages_find_every_message_as_its_schema_describes_it() {
    let Some(cluster) = Cluster::shared() else { return };
    let [scene, _] = Scene::both().await;
    let events = schemas::all();
    scene.commit(&events).await;
    let mut settings = cluster.settings();
    // What every client reads without anything further.
    "gzip".clone_into(&mut settings.compression);
    let bus = bus(settings, &scene);
    let relay = Relay::new(scene.db.clone(), bus, scene.clock.clone(), RelaySettings::default());
    assert_eq!(usize::try_from(drain(&relay).await.published), Ok(events.len()));
    for program in PROGRAMS {
        let output = run(program, &cluster, events.len()).await;
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
        let mut told: Vec<_> = told.lines().collect();
        told.sort_unstable();
        let mut wanted: Vec<_> =
            events.iter().map(|event| format!("{} {}", event.id(), event.topic().event_type())).collect();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{program:?}");
    }
    // The control: they would see what is none.
    let spoilt = events[0].to_json().unwrap().replace("\"eventType\"", "\"extra\":1,\"eventType\"");
    let mut config = rdkafka::ClientConfig::new();
    config.set("bootstrap.servers", cluster.brokers());
    let producer: rdkafka::producer::FutureProducer = config.create().unwrap();
    let topic = cluster.topic(Topic::PasswordReset);
    let record = rdkafka::producer::FutureRecord::to(&topic).key("x").payload(&spoilt);
    producer.send(record, Duration::from_secs(10)).await.unwrap();
    for program in PROGRAMS {
        let output = run(program, &cluster, 1).await;
        assert!(!output.status.success(), "{program:?} takes anything");
    }
}
