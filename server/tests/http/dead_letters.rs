//! `daemun events dead`, as an operator types it beside a program that serves.

use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, Row as _, query};

use crate::process::{Place, callback, foreign_providers};

const GROUP: &str = "notifications";
/// How long what happens by itself may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a command printed, and how it ended.
async fn dead(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let done = place.command().args(["events", "dead"]).args(arguments).output().await.unwrap();
    let printed = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code(), printed)
}

async fn count(db: &Database, sql: &'static str) -> i64 {
    query(sql).fetch_one(&mut *db.read().await.unwrap()).await.unwrap().get(0)
}

/// Makes the program's own consumer fail with the sign-in of somebody, by an event that is none; gives its id.
async fn poison(db: &Database) -> String {
    let mut tx = db.begin().await.unwrap();
    let id = "evt-0198c5a2-7c3e-7abc-8def-0123456789ab";
    query("INSERT INTO bus_deliveries (group_name, event_id, topic, event_key, sequence, body, published_at, due_at, failures) \
        VALUES (?, ?, 'user-login', ?, 1, '{\"eventId\":1}', 0, 0, 7)")
        .bind(GROUP)
        .bind(id)
        .bind("0198c5a2-7c3e-7abc-8def-0123456789ac")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id.to_owned()
}

async fn until(db: &Database, sql: &'static str, wanted: i64) {
    let began = Instant::now();
    while count(db, sql).await != wanted {
        assert!(began.elapsed() < TIMEOUT, "{sql}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn s_evt_7_operators_look_at_dead_letters_and_retry_or_discard_them_beside_the_program() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let url = DatabaseUrl::parse(&format!("sqlite:{}", place.path("data/daemun.db").display())).unwrap();
    let db = Database::open(&url).await.unwrap();
    assert_eq!(dead(&place, &["list"]).await, (Some(0), String::new()));

    let id = poison(&db).await;
    until(&db, "SELECT COUNT(*) FROM bus_dead_letters", 1).await;
    let (code, listed) = dead(&place, &["list"]).await;
    assert!(code == Some(0) && listed.contains(&id) && listed.contains("after 8 failures"), "{listed}");
    let (code, listed) = dead(&place, &["list", "--json"]).await;
    let line: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((code, &line["eventId"], &line["consumer"]), (Some(0), &id.as_str().into(), &GROUP.into()));
    assert!(!listed.contains("body"), "a list does not tell what is in it");
    let (code, shown) = dead(&place, &["show", &id]).await;
    assert!(code == Some(0) && shown.contains("body: {\"eventId\":1}\n"), "{shown}");

    // Again, with all attempts: it fails, and comes again later.
    let (code, said) = dead(&place, &["retry", &id, "--consumer", GROUP]).await;
    assert!(code == Some(0) && said.contains("processes it again"), "{said}");
    until(&db, "SELECT COUNT(*) FROM bus_deliveries WHERE failures > 0", 1).await;
    let (code, said) = dead(&place, &["retry", &id]).await;
    assert!(code == Some(1) && said.contains("there is no dead letter"), "{said}");
    let mut tx = db.begin().await.unwrap();
    query("UPDATE bus_deliveries SET failures = 7, due_at = 0").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    until(&db, "SELECT COUNT(*) FROM bus_dead_letters", 1).await;

    let (code, said) = dead(&place, &["discard", &id]).await;
    assert!(code == Some(0) && said.contains("never processes it"), "{said}");
    assert_eq!(dead(&place, &["list"]).await, (Some(0), String::new()));
    let noted = "SELECT COUNT(*) FROM audit_events WHERE actor = 'operator' AND outcome = 'success' \
        AND kind IN ('dead_letter_retried', 'dead_letter_discarded') \
        AND object = 'evt-0198c5a2-7c3e-7abc-8def-0123456789ab'";
    assert_eq!(count(&db, noted).await, 2, "who did what with which event is in the audit log");
    db.close().await;
    process.stop().await;
}
