//! The same with a broker between posts and feeds: the one that `scripts/with-kafka` starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use db::Database;
use events::{KafkaBus, KafkaSecurity, KafkaSettings, KafkaTopics};
use kernel::{OsRandomness, SystemClock, new_uuid};
use names::id::Uuid;
use testkit::{HandClock, TestDatabase};

use crate::random_walk::{Way, long_ways, seed, walk};
use crate::replica::Bus;
use crate::stage::{Stage, small};

/// Topics that no other test has.
#[derive(Clone)]
struct Topics {
    brokers: String,
    prefix: String,
}

impl Topics {
    /// `None` where there is no broker.
    #[expect(clippy::print_stderr, reason = "who runs the tests should know which were not run")]
    fn new() -> Option<Self> {
        let Ok(folder) = std::env::var("DAEMUN_TEST_KAFKA") else {
            eprintln!("skipped: no broker (scripts/with-kafka starts one)");
            return None;
        };
        let brokers = std::fs::read_to_string(PathBuf::from(folder).join("bootstrap")).unwrap();
        let id: Uuid = new_uuid(&SystemClock, &OsRandomness);
        Some(Self { brokers: brokers.trim().to_owned(), prefix: format!("f{}.", id.simple()) })
    }

    fn bus(&self, db: &Database, clock: &Arc<HandClock>) -> Bus {
        let settings = KafkaSettings {
            brokers: self.brokers.clone(),
            client_id: "daemun-test".to_owned(),
            security: KafkaSecurity::default(),
            prefix: self.prefix.clone(),
            topics: KafkaTopics {
                create: true,
                partitions: 3,
                replication: 1,
                retention: Duration::from_hours(30 * 24),
            },
            compression: "zstd".to_owned(),
            linger: Duration::from_millis(5),
            request_timeout: Duration::from_secs(10),
            librdkafka: [("heartbeat.interval.ms", "300"), ("session.timeout.ms", "6000")]
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            source: "https://login.example".to_owned(),
        };
        let bus = Arc::new(KafkaBus::new(settings, db.clone(), clock.clone()).unwrap());
        Bus { publisher: bus.clone(), groups: bus }
    }
}

async fn walk_by(way: Way) {
    for database in TestDatabase::both().await {
        let Some(topics) = Topics::new() else { return };
        walk(Stage::on(database, small()).await, |db, clock| topics.bus(db, clock), way).await;
    }
}

#[tokio::test]
async fn every_feed_is_right_with_a_broker_between() {
    walk_by(Way { seed: seed(), steps: 120, kills: 20, threefold: true }).await;
}

#[tokio::test]
#[ignore = "takes minutes: scripts/soak feeds"]
async fn soak_feeds_over_kafka() {
    for long in long_ways() {
        walk_by(long).await;
    }
}
