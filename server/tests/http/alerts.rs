//! What an operator is alerted of: each thing is made to happen, and its metric must rise (S-LOG-7).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, query};
use regex::Regex;
use reqwest::Method;
use serde_json::json;

use crate::people::App;
use crate::process::Place;

const EMAIL: &str = "haneul@example.com";
const PASSWORD: &str = "조용한 아침에 마시는 보리차 한 잔";

/// A delivery to every group of consumers that is no event, at its last attempt.
const POISON: &str = "INSERT INTO bus_deliveries \
    (group_name, event_id, topic, event_key, sequence, body, published_at, due_at, failures) \
    SELECT group_name, 'evt-0190b1c2-0000-7000-8000-000000000000', topic, 'nobody', 1, 'garbage', 0, 0, 7 \
    FROM bus_subscriptions WHERE topic = 'user-login'";

/// All metrics. A test beside it compares them with those that the sources count.
const CATALOGUE: &str = include_str!("../../src/metrics_catalogue.rs");

/// The sum of the samples of a metric whose labels are among those wanted.
fn sum(metrics: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let lines = metrics.lines().filter(|line| {
        let rest = line.strip_prefix(name).filter(|rest| rest.starts_with(['{', ' ']));
        let wanted = |(key, value): &(&str, &str)| line.contains(&format!("{key}=\"{value}\""));
        rest.is_some() && labels.iter().all(wanted)
    });
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[tokio::test]
async fn s_log_7_each_alert_rises_when_its_cause_comes() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let process = place.start().await;
    let (app, operators) = (App::at(&place), place.operators());
    let metrics = async || operators.fetch("/metrics").await.body;
    app.sign_up(EMAIL, PASSWORD).await;
    let causes: [(&str, &[(&str, &str)]); 5] = [
        ("daemun_security_events_total", &[("kind", "token_reuse"), ("outcome", "failure")]),
        ("daemun_security_events_total", &[("kind", "sign_in"), ("outcome", "failure")]),
        ("daemun_tokens_refused_total", &[("reason", "signature")]),
        ("daemun_operator_actions", &[]),
        ("daemun_events_consumed_total", &[("outcome", "dead")]),
    ];
    let before = metrics().await;
    for (name, labels) in causes {
        assert!(sum(&before, name, labels) < 0.5, "{name} {labels:?}: {before}");
    }

    let (access, first) = app.log_in(EMAIL, PASSWORD).await;
    assert_eq!(app.refresh(&first).await.status, 200);
    let second = app.refresh(&first).await.body["data"]["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(app.refresh(&second).await.status, 200);
    assert_eq!(app.refresh(&first).await.status, 401, "its successor was used");
    let wrong = json!({"email": EMAIL, "password": "wrong but long enough"});
    assert_eq!(app.post("/auth/login", wrong).await.status, 401);
    // The first sign of the signature is another one.
    let (head, signature) = access.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged =
        app.call(Method::GET, "/api/users/me", &format!("{head}.{first}{}", &signature[1..]), None).await;
    assert_eq!(forged.code(), (401, "TOKEN_INVALID"));
    app.log_in(EMAIL, PASSWORD).await;
    let step = place.command().args(["sign-out", "--everyone"]).output().await.unwrap();
    assert!(String::from_utf8_lossy(&step.stdout).starts_with("1 member is signed out"), "{step:?}");
    let url = format!("sqlite:{}", place.path("data/daemun.db").display());
    let db = Database::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    query(POISON).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;

    let began = Instant::now();
    loop {
        let now = metrics().await;
        let silent: Vec<_> = causes
            .iter()
            .filter(|(name, labels)| sum(&now, name, labels) - sum(&before, name, labels) < 0.5)
            .collect();
        if silent.is_empty() {
            names_of_the_rules_are_real(&now);
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "silent: {silent:?}\n{now}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process.stop().await;
}

/// A file of docs/alerts.
fn documented(file: &str) -> String {
    std::fs::read_to_string(format!("{}/../docs/alerts/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn each_metric_of_waiting_has_a_rule() {
    let pattern = Regex::new(r#""(daemun_[a-z_]*oldest_[a-z_]*seconds)""#).unwrap();
    let waiting: BTreeSet<_> = pattern.captures_iter(CATALOGUE).map(|found| found[1].to_owned()).collect();
    assert!(waiting.len() >= 5, "{waiting:?}");
    for file in ["daemun.rules.yml", "README.md"] {
        let text = documented(file);
        let missing: Vec<_> = waiting.iter().filter(|name| !text.contains(name.as_str())).collect();
        assert!(missing.is_empty(), "{file} has nothing on {missing:?}");
    }
}

/// Every name and label of docs/alerts is in what the program shows; names without labels may also be of metrics that are shown only
/// once something failed, or with receivers of webhooks.
fn names_of_the_rules_are_real(metrics: &str) {
    let mut names = BTreeSet::new();
    let pattern = Regex::new(r"\b(daemun_[a-z_]+)(?:\{([a-z]+)=)?").unwrap();
    for file in ["daemun.rules.yml", "README.md"] {
        let text = documented(file);
        for found in pattern.captures_iter(&text) {
            let (name, label) = (found[1].to_owned(), found.get(2).map(|label| label.as_str().to_owned()));
            let shown = metrics.lines().any(|line| {
                line.strip_prefix(&name).is_some_and(|rest| match &label {
                    Some(label) => rest.starts_with('{') && rest.contains(&format!("{label}=\"")),
                    None => rest.starts_with(['{', ' ']),
                })
            });
            let is_known = label.is_none() && CATALOGUE.contains(&format!("\"{name}\""));
            assert!(shown || is_known, "{file}: the program shows no {name} {label:?}");
            names.insert(name);
        }
    }
    assert!(names.len() >= 7, "{names:?}");
}
