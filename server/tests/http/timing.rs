//! Whether the answer to a sign-in says anything about the account: its status, headers and body, the work that it took, and,
//! in the long run, its time (S-ACC-6).

#![allow(clippy::print_stdout, reason = "it says what it saw")]

use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, query};
use reqwest::Method;
use serde_json::json;

use crate::accounts::{PASSWORD, prove, sign_up_as};
use crate::app::App;
use crate::people;
use crate::process::{Place, callback, foreign_providers};

/// The first rounds fill caches and open connections.
const THROWN_AWAY: usize = 6;

/// One account in each of the five states, with the password that is tried.
const STATES: [(&str, &str, &str); 5] = [
    ("unknown", "nobody@example.com", PASSWORD),
    ("wrong password", "member@example.com", "어제는 이런 문장이 비밀번호가 아니었다"),
    ("by Google only", "minji@gmail.com", PASSWORD),
    ("not proven", "waiting@example.com", PASSWORD),
    ("disabled", "out@example.com", PASSWORD),
];

async fn bring_into_their_states(app: &App) {
    for address in ["member@example.com", "out@example.com"] {
        sign_up_as(app, address).await;
        prove(app, address).await;
    }
    sign_up_as(app, "waiting@example.com").await;
    app.sign_in(&app.browser(), "google", "minji").await;
    let mut tx = app.database.begin().await.unwrap();
    let disable = query("UPDATE members SET status = 'disabled' WHERE email = 'out@example.com'");
    assert_eq!(disable.execute(&mut *tx).await.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    app.settled().await;
}

/// The classes whose times differ, by Mann-Whitney with p = 0.01.
async fn classes_that_differ(app: &App, samples: usize) -> Vec<&'static str> {
    let mut differing = Vec::new();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = app.site.join("/auth/login").unwrap();
    let mut times = vec![Vec::new(); STATES.len()];
    for round in 0..samples + THROWN_AWAY {
        // Whatever was counted against an account is over.
        app.advance(Duration::from_mins(1));
        for (state, (name, email, password)) in STATES.iter().enumerate() {
            let request = client.post(url.clone()).json(&json!({"email": email, "password": password}));
            let began = Instant::now();
            let answer = request.send().await.unwrap();
            let (status, body) = (answer.status(), answer.text().await.unwrap());
            let took = began.elapsed().as_secs_f64() * 1e3;
            assert_eq!(status, 401, "{name}: {body}");
            if round >= THROWN_AWAY {
                times[state].push(took);
            }
        }
    }
    for (state, (name, ..)) in STATES.iter().enumerate() {
        let z = mann_whitney(&times[0], &times[state]);
        println!(
            "{name:>15}: {samples} samples, median {:.2} ms, Mann-Whitney z against unknown {z:+.2}",
            median(&times[state])
        );
        if z.abs() > 2.58 {
            differing.push(*name);
        }
    }
    differing
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The Mann-Whitney U statistic in its normal approximation.
#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| a.total_cmp(b)));
    let smaller: f64 = pairs.map(|order| (1.0 - f64::from(order as i8)) / 2.0).sum();
    let (m, n) = (one.len() as f64, other.len() as f64);
    (smaller - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt()
}

/// One look in a hundred differs by chance, so what differs is looked at once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "three minutes, on a quiet machine: scripts/soak"]
async fn soak_s_acc_6_the_time_of_500_sign_ins_tells_no_state_from_another() {
    let app = App::start().await;
    bring_into_their_states(&app).await;
    let first = classes_that_differ(&app, 500).await;
    if !first.is_empty() {
        let second = classes_that_differ(&app, 500).await;
        let both: Vec<_> = first.iter().filter(|name| second.contains(name)).collect();
        assert!(both.is_empty(), "twice: {both:?}");
    }
    app.stop().await;
}

/// What a client sees of an answer, without what is another's by nature.
async fn seen(
    place: &Place,
    email: &str,
    password: &str,
    form: bool,
) -> (u16, Vec<(String, String)>, String) {
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = |path: &str| format!("http://{}{path}", place.address());
    let request = if form {
        let fields = [("email", email), ("password", password), ("return_to", "/me")];
        let request = client.post(url("/api/auth/signin/password")).form(&fields);
        request.header("sec-fetch-site", "same-origin").header("sec-fetch-mode", "navigate")
    } else {
        client.post(url("/auth/login")).json(&json!({"email": email, "password": password}))
    };
    let answer = request.send().await.unwrap();
    let mut headers: Vec<_> = answer
        .headers()
        .iter()
        .map(|(name, value)| {
            let mut value = value.to_str().unwrap().to_owned();
            // A draft is sealed with a nonce of its own, and holds the address that was typed.
            if let Some((before, _)) = value.clone().split_once("draft=") {
                value = format!("{before}draft");
            }
            (name.as_str().to_owned(), value)
        })
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .collect();
    headers.sort();
    (answer.status().as_u16(), headers, answer.text().await.unwrap())
}

async fn comparisons(place: &Place) -> u64 {
    let metrics = place.operators().fetch("/metrics").await.body;
    let line = metrics.lines().find_map(|line| line.strip_prefix("daemun_passwords_compared_total "));
    line.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn s_acc_6_every_state_of_an_account_gets_the_same_answer_for_the_same_work() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let app = people::App::at(&place);
    for email in ["member@example.com", "out@example.com"] {
        app.sign_up(email, PASSWORD).await;
    }
    let wish = json!({"email": "waiting@example.com", "password": PASSWORD, "nickname": "하늘"});
    app.post("/api/users/signup", wish).await;
    app.proof("waiting@example.com", "/email/verify").await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let url = format!("sqlite:{}", place.path("data/daemun.db").display());
    let db = Database::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let disable = query("UPDATE members SET status = 'disabled' WHERE email = 'out@example.com'");
    assert_eq!(disable.execute(&mut *tx).await.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    db.close().await;

    for form in [false, true] {
        let mut answers = Vec::new();
        for (state, email, password) in STATES {
            let before = comparisons(&place).await;
            let answer = seen(&place, email, password, form).await;
            assert_eq!(
                comparisons(&place).await - before,
                1,
                "{state}: one comparison, whether there is a hash or not"
            );
            assert_eq!(answer.0, if form { 303 } else { 401 }, "{state}: {}", answer.2);
            answers.push((state, answer));
        }
        let (_, first) = &answers[0];
        for (state, answer) in &answers {
            assert_eq!(answer, first, "{state} against {}", answers[0].0);
        }
        let clock = app.call(Method::POST, "/dev/clock", "", Some(json!({"advance": "10m"}))).await;
        assert_eq!(clock.status, 200);
    }
    let right = app.post("/auth/login", json!({"email": "member@example.com", "password": PASSWORD})).await;
    assert_eq!(right.status, 200, "the control: {}", right.body);
    process.stop().await;
}
