//! Whether the time of a sign-in says anything about the account (S-ACC-6).

#![allow(clippy::print_stdout, reason = "it says what it saw")]

use std::time::{Duration, Instant};

use db::query;
use serde_json::json;

use crate::accounts::{PASSWORD, prove, sign_up_as};
use crate::app::App;

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

async fn the_time_tells_no_state_from_another(samples: usize) {
    let app = App::start().await;
    bring_into_their_states(&app).await;
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
        // 2.58 would be p = 0.01 on a quiet machine; this one is not. An early return would give 9 with sixty samples.
        assert!(z.abs() < 6.0, "{name}: {z}");
    }
    app.stop().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s_acc_6_the_time_of_a_sign_in_does_not_tell_the_states_of_accounts_apart() {
    the_time_tells_no_state_from_another(60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "three minutes: scripts/soak"]
async fn soak_the_time_of_500_sign_ins_in_each_state() {
    the_time_tells_no_state_from_another(500).await;
}
