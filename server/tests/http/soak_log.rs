//! What Kafka's log must be at the end of a long run: exactly what was committed, in order.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::collections::{HashMap, HashSet};

use db::{Database, DatabaseUrl, Row as _, query};
use serde_json::Value;
use testkit::{Brokers, ReadMessage};

/// The topics that people's lives here are told on.
const TOPICS: [&str; 3] = ["user-signup", "user-login", "password-reset"];

/// An event, as the transaction wrote it that made it true.
struct Committed {
    key: String,
    sequence: i64,
    body: String,
}

async fn committed(db: &Database, topic: &str) -> HashMap<String, Committed> {
    let mut reader = db.read().await.unwrap();
    let rows =
        query("SELECT event_id, event_key, sequence, body FROM outbox_events WHERE topic = ?").bind(topic);
    let rows = rows.fetch_all(&mut *reader).await.unwrap();
    let event = |row: &db::AnyRow| Committed { key: row.get(1), sequence: row.get(2), body: row.get(3) };
    rows.iter().map(|row| (row.get(0), event(row))).collect()
}

/// Without repetitions: what a consumer that keeps ids lets through.
fn deduplicated(read: Vec<ReadMessage>) -> Vec<(String, ReadMessage)> {
    let mut seen = HashSet::new();
    let identified = read.into_iter().map(|message| {
        let body: Value = serde_json::from_str(&message.body).unwrap();
        (body["eventId"].as_str().unwrap().to_owned(), message)
    });
    identified.filter(|(id, _)| seen.insert(id.clone())).collect()
}

/// Reads every topic whole, and compares.
///
/// # Panics
/// When something is lacking, was never committed, was changed, or is out of its member's order.
pub async fn log_is_what_was_committed(database: &DatabaseUrl, brokers: &Brokers) {
    let db = Database::open(database).await.unwrap();
    for topic in TOPICS {
        let (mut committed, read) = (committed(&db, topic).await, brokers.read(topic).await);
        let (total, written) = (committed.len(), read.len());
        let mut last: HashMap<String, i64> = HashMap::new();
        for (id, message) in deduplicated(read) {
            let Some(event) = committed.remove(&id) else { panic!("{topic}: {id} was never committed") };
            assert_eq!((&message.key, &message.body), (&event.key, &event.body), "{topic}: {id}");
            let before = last.insert(event.key, event.sequence);
            assert!(before < Some(event.sequence), "{topic}: {id} is out of order");
        }
        let lacking: Vec<_> = committed.keys().collect();
        assert!(lacking.is_empty(), "{topic}: {lacking:?} of {total} are not in the log");
        println!("{topic}: {total} events, {} repetitions in the log", written - total);
        let dead = brokers.read(&format!("{topic}.dead")).await;
        assert!(dead.is_empty(), "{topic}: {} are dead", dead.len());
    }
}
