//! Internal errors: who asked learns that it was ours and under which id it is in the log, and nothing else.

use db::{Database, DatabaseUrl, query};
use reqwest::Method;
use serde_json::Value;
use testkit::Answer;

use crate::process::{Place, Process, callback, foreign_providers};

const SECRET: &str = "a-word-that-stays-inside";

/// What nobody outside is told of a failure.
const INSIDE: [&str; 6] = [SECRET, "panicked", ".rs", "sqlx", "sessions_away", "no such table"];

fn is_generic(answer: &Answer, status: u16, id: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.header("x-request-id"), id);
    let told = format!("{:?}{}", answer.headers, answer.body);
    for word in INSIDE {
        assert!(!told.contains(word), "{word} is told: {told}");
    }
    for header in ["x-content-type-options", "content-security-policy", "referrer-policy"] {
        assert_ne!(answer.header(header), "", "S-HDR-10: {header}");
    }
}

/// The entries of the log that belong to a request; each line must be one.
pub fn entries(log: &str, id: &str) -> Vec<Value> {
    let all =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no object: {line}")));
    all.filter(|entry: &Value| entry["request_id"] == id).collect()
}

async fn started() -> (Place, Process) {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let process = place.start().await;
    (place, process)
}

#[tokio::test]
async fn s_log_8_a_panic_is_a_500_with_its_id_and_the_program_goes_on() {
    let (place, process) = started().await;
    let browser = place.browser();
    let program = [("x-request-id", "panic-of-a-call"), ("accept", "application/json")];
    let person =
        [("x-request-id", "panic-of-a-page"), ("accept", "text/html"), ("sec-fetch-mode", "navigate")];
    for headers in [&program[..], &person[..]] {
        let answer = browser.send(Method::POST, "/dev/panic", headers, Some(&[("word", SECRET)])).await;
        is_generic(&answer, 500, headers[0].1);
        assert_eq!(browser.fetch("/api/auth/session").await.status, 200, "the next request is served");
    }
    let log = process.stop().await;
    for (_, id) in [program[0], person[0]] {
        let entries = entries(&log, id);
        assert!(
            entries.iter().any(|entry| entry["level"] == "ERROR" && entry["event"] == "panic"),
            "{entries:?}"
        );
        assert!(entries.iter().any(|entry| entry["status"] == 500), "{entries:?}");
    }
    assert!(!log.contains(SECRET), "S-LOG-2: a panic's message may hold what somebody sent");
}

#[tokio::test]
async fn s_log_8_a_database_that_refuses_is_a_generic_answer_and_ends_no_session() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let url = format!("sqlite:{}", place.path("data/daemun.db").display());
    let db = Database::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let alter = async |statement: &'static str| {
        let mut tx = db.begin().await.unwrap();
        query(statement).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    alter("ALTER TABLE sessions RENAME TO sessions_away").await;
    // A cookie that the program has not seen lately, so that it must ask.
    let stranger = place.browser();
    stranger.plant("daemun", &"A".repeat(43));
    let headers = [("x-request-id", "database-refuses"), ("accept", "application/json")];
    let answer = stranger.send(Method::GET, "/api/auth/session", &headers, None).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    is_generic(&answer, answer.status.as_u16(), "database-refuses");
    assert_eq!(answer.cookies(), [] as [&str; 0], "nobody is signed out by an outage");
    let page = stranger.send(
        Method::GET,
        "/me",
        &[("x-request-id", "database-page"), ("accept", "text/html")],
        None,
    );
    let page = page.await;
    is_generic(&page, page.status.as_u16(), "database-page");
    alter("ALTER TABLE sessions_away RENAME TO sessions").await;
    assert!(!browser.fetch("/api/auth/session").await.json().is_null(), "and all is as before");
    db.close().await;
    let log = process.stop().await;
    let entries = entries(&log, "database-refuses");
    assert!(entries.iter().any(|entry| entry["level"] == "ERROR" || entry["level"] == "WARN"), "{entries:?}");
}
