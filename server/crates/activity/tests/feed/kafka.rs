//! The same with a broker between posts and feeds: the one that `scripts/with-kafka` starts.

use std::sync::Arc;

use db::Database;
use events::{KafkaBus, KafkaSettings, KafkaTopics};
use testkit::{Brokers, HandClock, TestDatabase};

use crate::random_walk::{Way, long_ways, seed, walk};
use crate::replica::Bus;
use crate::stage::{Stage, small};

fn bus(brokers: &Brokers, db: &Database, clock: &Arc<HandClock>) -> Bus {
    let settings = KafkaSettings {
        brokers: brokers.bootstrap(),
        prefix: brokers.prefix().to_owned(),
        topics: KafkaTopics { partitions: 3, replication: 1, ..KafkaTopics::default() },
        librdkafka: Brokers::quick(),
        ..KafkaSettings::default()
    };
    let bus = Arc::new(KafkaBus::new(settings, db.clone(), clock.clone()).unwrap());
    Bus { publisher: bus.clone(), groups: bus }
}

async fn walk_by(way: Way) {
    for database in TestDatabase::both().await {
        let Some(brokers) = Brokers::shared() else { return };
        Box::pin(walk(Stage::on(database, small()).await, |db, clock| bus(&brokers, db, clock), way)).await;
    }
}

#[tokio::test]
async fn every_feed_is_right_with_a_broker_between() {
    Box::pin(walk_by(Way { seed: seed(), steps: 120, kills: 20, threefold: true })).await;
}

#[tokio::test]
#[ignore = "takes minutes: scripts/soak feeds"]
async fn soak_feeds_over_kafka() {
    for long in long_ways() {
        Box::pin(walk_by(long)).await;
    }
}
