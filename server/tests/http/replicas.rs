//! Replicas that serve together: each says that it is there, and one does for all what one does.

use std::time::{Duration, Instant};

use testkit::TestDatabase;

use crate::cluster::Cluster;
use crate::process::Place;

const LEASES: [&str; 2] = ["cleaning", "signing keys"];
/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the program in `place` has all the leases; nothing when it does not answer.
async fn leads(place: &Place) -> Option<bool> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("http://{}/metrics", place.operations())).send().await.ok()?;
    let metrics = answer.text().await.ok()?;
    let held = |lease: &&str| metrics.contains(&format!("daemun_leader_leases_held{{lease=\"{lease}\"}} 1"));
    Some(LEASES.iter().all(held))
}

/// Waits until the program in `place` has all the leases; gives how long that took.
async fn comes_to_lead(place: &Place) -> Duration {
    let began = Instant::now();
    while leads(place).await != Some(true) {
        assert!(began.elapsed() < TIMEOUT, "nobody takes over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_does_for_all_another_takes_over_within_ten_seconds_of_a_kill() {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let cluster = Cluster::start(2, &database.expose(), &[]).await;
    let (first, second) = (&cluster.places[0], &cluster.places[1]);
    comes_to_lead(first).await;
    assert_eq!(leads(second).await, Some(false));

    cluster.kill(0).await;
    let took = comes_to_lead(second).await;
    assert!(took < Duration::from_secs(10), "{took:?}");

    cluster.revive(0).await;
    assert_eq!((leads(first).await, leads(second).await), (Some(false), Some(true)), "it stays where it is");

    // Who stops in order gives up what it has: the other one has it with its next beat.
    cluster.stop(1).await;
    let took = comes_to_lead(first).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_stopped_leads_no_more_when_it_goes_on() {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let cluster = Cluster::start(2, &database.expose(), &[]).await;
    comes_to_lead(&cluster.places[0]).await;
    cluster.signal(0, "-STOP").await;
    let took = comes_to_lead(&cluster.places[1]).await;
    assert!(took < Duration::from_secs(10), "a row that it may hold hinders nobody: {took:?}");
    cluster.signal(0, "-CONT").await;
    let began = Instant::now();
    while leads(&cluster.places[0]).await != Some(false) {
        assert!(began.elapsed() < TIMEOUT);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(leads(&cluster.places[1]).await, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn s_ops_7_a_clock_that_is_off_is_in_the_log_in_the_metrics_and_in_what_check_says() {
    let place = Place::new();
    let process = place.start().await;
    let moved = serde_json::json!({"advance": "1m"});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let moved =
        client.post(format!("http://{}/dev/clock", place.address())).json(&moved).send().await.unwrap();
    assert!(moved.status().is_success(), "{}", moved.status());
    let began = Instant::now();
    let said = loop {
        let output = place.command().arg("check").output().await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let metrics = place.operators().fetch("/metrics").await.body;
        let drift = metrics.lines().find_map(|line| line.strip_prefix("daemun_clock_drift_seconds "));
        // A first look may have been before the clock was moved.
        if said.contains("the clock of the replica") && drift.unwrap().parse::<f64>().unwrap() > 2.0 {
            assert!(metrics.contains("\ndaemun_replicas 1\n"));
            break said;
        }
        assert!(began.elapsed() < TIMEOUT, "{said}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(said.contains("s ahead of the database's"), "{said}");
    let log = process.stop().await;
    assert!(log.contains("clock_drift"), "{log}");
}
