//! Long runs with replicas that die, replies that are lost, and keys that change. A short form of each runs with the
//! other tests; `scripts/soak` runs the whole.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::AUTHORIZATION;
use testkit::TestDatabase;
use tokens::TokenId;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, dice};

/// When the rotation was made that a service's token comes from.
fn rotation_of(echoed: &serde_json::Value) -> i64 {
    use base64::Engine as _;
    let bearer = echoed["headers"][AUTHORIZATION.as_str()].as_str().unwrap();
    let payload = bearer.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    TokenId::parse(claims["jti"].as_str().unwrap()).unwrap().made_at.millis()
}

/// What the tabs of one session saw.
#[derive(Default)]
struct Seen {
    rotations: Mutex<BTreeSet<i64>>,
    answered: AtomicUsize,
    lost: AtomicUsize,
    forced_logouts: AtomicUsize,
    unavailable: AtomicUsize,
}

/// One tab: asks a service through any replica, again and again; one reply in ten is never read.
async fn tab(cluster: Arc<Cluster>, cookie: String, seen: Arc<Seen>, over: Arc<AtomicBool>) {
    while !over.load(Ordering::Relaxed) {
        let request = cluster.get(dice(cluster.places.len()), "/service/tab", &cookie).send();
        if dice(10) == 0 {
            let patience = Duration::from_micros(u64::try_from(dice(5_000)).unwrap());
            let _ = tokio::time::timeout(patience, request).await;
            seen.lost.fetch_add(1, Ordering::Relaxed);
        } else if let Ok(answer) = request.await {
            match answer.status().as_u16() {
                200 => {
                    let Ok(echoed) = answer.json().await else { continue };
                    seen.rotations.lock().await.insert(rotation_of(&echoed));
                    seen.answered.fetch_add(1, Ordering::Relaxed);
                }
                401 | 303 => _ = seen.forced_logouts.fetch_add(1, Ordering::Relaxed),
                _ => _ = seen.unavailable.fetch_add(1, Ordering::Relaxed),
            }
        }
        tokio::time::sleep(Duration::from_millis(150 + u64::try_from(dice(100)).unwrap())).await;
    }
}

/// `rounds` lives of an access token of 2 seconds, with a replica killed every `calm`.
async fn nobody_is_signed_out(replicas: usize, database: &str, rounds: usize, calm: Duration) {
    let cluster = Arc::new(Cluster::start(replicas, database, &[("DAEMUN_TOKENS__ACCESS_TTL", "2s")]).await);
    let (seen, over) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
    let cookie = cluster.sign_in().await;
    let mut tabs = JoinSet::new();
    for _ in 0..50 {
        tabs.spawn(tab(Arc::clone(&cluster), cookie.clone(), Arc::clone(&seen), Arc::clone(&over)));
    }
    let (mut killed, mut last_kill) = (0, Instant::now());
    while seen.rotations.lock().await.len() < rounds && seen.forced_logouts.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if last_kill.elapsed() >= calm {
            cluster.replace(killed % replicas).await;
            (killed, last_kill) = (killed + 1, Instant::now());
        }
    }
    over.store(true, Ordering::Relaxed);
    tabs.join_all().await;
    let rotations: Vec<_> = seen.rotations.lock().await.iter().copied().collect();
    let shortest = rotations.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
    let counted = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    println!(
        "{replicas} replicas, {} rotations, the nearest two {shortest} ms apart; {} answers, {} lost, {} unavailable, \
        {killed} kills, {} forced logouts",
        rotations.len(),
        counted(&seen.answered),
        counted(&seen.lost),
        counted(&seen.unavailable),
        counted(&seen.forced_logouts),
    );
    assert_eq!(counted(&seen.forced_logouts), 0);
    // A token of 2 s is renewed half a second before its end; two rotations closer than that were made for one expiry.
    assert!(shortest >= 1_500, "{shortest} ms: more than one rotation for one expiry");
    assert!(killed > 0);
}

/// `logouts` people sign out while each has 20 requests in flight on two replicas.
async fn logout_wins(logouts: usize, at_once: usize) {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let cluster = Arc::new(Cluster::start(2, &database.expose(), &[]).await);
    let mut people = JoinSet::new();
    for person in 0..logouts {
        if people.len() >= at_once {
            people.join_next().await.unwrap().unwrap();
        }
        people.spawn(one_logout(Arc::clone(&cluster), person));
    }
    people.join_all().await;
    println!("{logouts} logouts with 20 requests in flight each");
}

async fn one_logout(cluster: Arc<Cluster>, person: usize) {
    let cookie = cluster.sign_in().await;
    let paths = ["/service/a", "/api/auth/session", "/me", "/service/b"];
    let mut in_flight = JoinSet::new();
    for index in 0..20 {
        let request = cluster.get(index % 2, paths[index % paths.len()], &cookie).send();
        in_flight.spawn(async move {
            let answer = request.await.unwrap();
            let cookies = answer.headers().get_all("set-cookie").iter();
            cookies.map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        });
    }
    cluster.sign_out(person % 2, &cookie).await;
    let ended = Instant::now();
    for line in in_flight.join_all().await.concat() {
        assert!(!line.starts_with("daemun="), "a cookie came back: {line}");
    }
    tokio::time::sleep(Duration::from_secs(1).saturating_sub(ended.elapsed())).await;
    for (index, path) in paths.into_iter().enumerate() {
        let answer = cluster.get(index % 2, path, &cookie).send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        let refused = if path == "/api/auth/session" { body == "null" } else { [401, 303].contains(&status) };
        assert!(refused, "{path} answered {status} a second after the logout: {body}");
    }
}

/// Signing keys change every `life` for `span`, under `rate` requests a second; a service of its own keeps the JWKS as
/// long as its header allows, and verifies each token by it.
async fn keys_rotate_without_a_401(life: Duration, span: Duration, rate: u32) {
    let (rotate, ahead) = (format!("{}s", life.as_secs()), format!("{}s", life.as_secs() / 2));
    let settings = [
        ("DAEMUN_TOKENS__ROTATE_AFTER", rotate.as_str()),
        ("DAEMUN_TOKENS__PUBLISH_AHEAD", ahead.as_str()),
        ("DAEMUN_TOKENS__ACCESS_TTL", "2s"),
    ];
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let cluster = Arc::new(Cluster::start(2, &database.expose(), &settings).await);
    let cookie = cluster.sign_in().await;
    let service = Arc::new(crate::service::Service::new(cluster.places[1].address(), "service"));
    let (began, mut asked) = (Instant::now(), JoinSet::new());
    let mut pace = tokio::time::interval(Duration::from_secs(1) / rate);
    // More in flight would only age in this process, and be blamed for it.
    let in_flight = Arc::new(tokio::sync::Semaphore::new(64));
    let mut count = 0_u32;
    while began.elapsed() < span {
        pace.tick().await;
        let permit = Arc::clone(&in_flight).acquire_owned().await.unwrap();
        let request = cluster.get(count as usize % 2, "/service/keys", &cookie).send();
        let service = Arc::clone(&service);
        asked.spawn(async move {
            let answer = request.await.unwrap();
            assert_eq!(answer.status(), 200);
            let echoed: serde_json::Value = answer.json().await.unwrap();
            service.verify(echoed["headers"]["authorization"].as_str().unwrap()).await;
            drop(permit);
        });
        count += 1;
        while let Some(done) = asked.try_join_next() {
            done.unwrap();
        }
    }
    asked.join_all().await;
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    println!("{count} requests, {rate:.0} a second, {} keys seen, no 401", service.keys_seen().await);
    assert!(service.keys_seen().await >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_bff_10_tabs_replicas_kills_and_lost_replies_sign_nobody_out() {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    nobody_is_signed_out(3, &database.expose(), 4, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_cookie_6_s_tok_21_a_logout_wins_over_what_is_in_flight() {
    logout_wins(20, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_tok_22_signing_keys_change_and_no_service_notices() {
    // Shorter key times would measure how busy the machine is.
    keys_rotate_without_a_401(Duration::from_secs(12), Duration::from_secs(18), 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "six minutes: scripts/soak"]
async fn soak_200_expiries_on_three_replicas() {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    nobody_is_signed_out(3, &database.expose(), 200, Duration::from_secs(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "six minutes: scripts/soak"]
async fn soak_200_expiries_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/daemun.db", folder.path().display());
    nobody_is_signed_out(1, &database, 200, Duration::from_secs(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "two minutes: scripts/soak"]
async fn soak_1000_logouts() {
    logout_wins(1_000, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "five minutes: scripts/soak"]
async fn soak_keys_rotate_under_500_requests_a_second() {
    keys_rotate_without_a_401(Duration::from_mins(1), Duration::from_mins(5), 500).await;
}
