//! States that must heal: a disk that takes no writes, replicas that start together, what a platform puts in the way.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use testkit::TestDatabase;

use crate::process::{Place, Process, callback, foreign_providers};
use crate::provider_actor::ProviderActor;
use crate::token_actor::MASTER_KEY;

/// Bounds the size to which the program may write a file, as a full disk does; every user may do that to their programs.
fn limit_files(process: &Process, bytes: &str) {
    let id = process.id().to_string();
    let limited = std::process::Command::new("prlimit")
        .args(["--pid", &id, &format!("--fsize={bytes}:")])
        .status()
        .unwrap();
    assert!(limited.success());
}

/// An app that logs in; no matter as whom, something is written.
async fn log_in(place: &Place) -> (u16, serde_json::Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = serde_json::json!({"email": "minji@example.com", "password": "not the right one"});
    let answer =
        client.post(format!("http://{}/auth/login", place.address())).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn sign_in(place: &Place, actor: &ProviderActor) -> testkit::Browser {
    let browser = place.browser();
    let answer = browser.visit(&callback(&browser, actor, "google").await).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"));
    browser
}

#[tokio::test]
async fn a_disk_that_was_full_for_a_moment_leaves_nothing_behind() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let signed_in = sign_in(&place, &actor).await;
    let operators = place.operators();
    assert_eq!(operators.fetch("/health/ready").await.status, 200);

    limit_files(&process, "0");
    for _ in 0..3 {
        let refused = place.browser().submit("/api/auth/signin/google", &[("return_to", "/me")]).await;
        assert_eq!(refused.status, 503, "{}", refused.body);
        let (status, body) = log_in(&place).await;
        assert_eq!((status, &*body["error"]["code"].to_string()), (503, "\"AUTH_UNAVAILABLE\""), "{body}");
        let ready = operators.fetch("/health/ready").await;
        assert_eq!((ready.status.as_u16(), ready.body.as_str()), (503, "the database takes no writes\n"));
        assert_eq!(operators.fetch("/health/live").await.status, 200);
        assert_eq!(place.browser().send(Method::GET, "/", &[], None).await.status, 200);
        assert!(!signed_in.fetch("/api/auth/session").await.json().is_null(), "nobody is signed out");
    }

    limit_files(&process, "unlimited");
    assert_eq!(operators.fetch("/health/ready").await.status, 200);
    for _ in 0..3 {
        sign_in(&place, &actor).await;
    }
    assert!(!signed_in.fetch("/api/auth/session").await.json().is_null());
    process.stop().await;
}

/// Replicas that know the same keys, on one database.
fn replicas(count: usize, database: &str) -> Vec<Place> {
    let mut places: Vec<_> = (0..count).map(|_| Place::new()).collect();
    for place in &mut places {
        place.set("DAEMUN_DATABASE__URL", database);
        place.set("DAEMUN_MASTER_KEYS", MASTER_KEY);
    }
    places
}

#[tokio::test]
async fn replicas_that_start_together_on_an_empty_database_all_serve() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let sqlite = format!("sqlite:{}/{round}.db", folder.path().display());
        let mysql = TestDatabase::empty_mysql().await.map(|url| url.expose());
        for database in [Some(sqlite), mysql].into_iter().flatten() {
            let places = replicas(3, &database);
            let processes = join_all(places.iter().map(Place::start)).await;
            let mut keys = BTreeSet::new();
            for place in &places {
                assert_eq!(place.operators().fetch("/health/ready").await.status, 200);
                let published = place.browser().fetch("/oauth2/jwks").await.json();
                let [key] = &published["keys"].as_array().unwrap()[..] else { panic!("{published}") };
                keys.insert(key["kid"].to_string());
            }
            assert_eq!(keys.len(), 1, "all sign with one key");
            for process in processes {
                process.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn what_kubernetes_writes_for_a_service_named_daemun_is_passed_over_with_one_line() {
    let mut place = Place::new();
    place.set("DAEMUN_SERVICE_HOST", "10.96.12.7");
    place.set("DAEMUN_PORT", "tcp://10.96.12.7:3000");
    place.set("DAEMUN_PORT_3000_TCP_ADDR", "10.96.12.7");
    let log = place.start().await.stop().await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("DAEMUN_SERVICE_HOST")).collect();
    assert!(lines.len() == 1 && lines[0].contains("DAEMUN_PORT_3000_TCP_ADDR"), "{log}");
    place.set("DAEMUN_LISTENN", "127.0.0.1:3000");
    let said = place.refused().await;
    assert!(
        said.contains("DAEMUN_LISTENN") && said.contains("`listen`") && !said.contains("DAEMUN_PORT"),
        "{said}"
    );
}
