//! Events over Kafka, as an operator meets them.

use std::time::{Duration, Instant};

use testkit::Brokers;

use crate::process::{Place, callback, foreign_providers};

/// How soon an outage has its name.
const SOON: Duration = Duration::from_secs(5);

fn on_kafka(brokers: &str) -> Place {
    let mut place = Place::new();
    place.set("DAEMUN_EVENTS__BUS", "kafka");
    place.set("DAEMUN_KAFKA__BROKERS", brokers);
    place.set("DAEMUN_KAFKA__REPLICATION_FACTOR", 1);
    place.set("DAEMUN_KAFKA__PARTITIONS", 2);
    place
}

async fn ready(place: &Place) -> String {
    let answer = place.operators().fetch("/health/ready").await;
    assert_eq!(answer.status, 200, "no request needs a broker");
    answer.body
}

/// Waits until readiness says this, and gives all that it says.
async fn says(place: &Place, wanted: &str) -> String {
    let begun = Instant::now();
    loop {
        let body = ready(place).await;
        if body.contains(wanted) {
            return body;
        }
        assert!(begun.elapsed() < 6 * SOON, "{body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn s_evt_1_without_a_broker_the_program_serves_and_says_what_is_away() {
    let mut place = on_kafka("127.0.0.1:1");
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let body = says(&place, "kafka: away").await;
    assert!(body.starts_with("ready\n") && body.contains("events wait in the outbox"), "{body}");
    let metrics = place.operators().fetch("/metrics").await.body;
    assert!(metrics.contains("daemun_events_broker_up 0"), "{metrics}");
    process.stop().await;

    let output = place.command().arg("check").output().await.unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(found.contains("`kafka.brokers`: no broker can be reached"), "{found}");
}

#[tokio::test]
async fn a_property_with_which_no_client_can_be_made_stops_the_start_and_is_found_by_check() {
    let place = on_kafka("127.0.0.1:1");
    std::fs::write(place.path("daemun.toml"), "[kafka.librdkafka]\nmax.poll.interval.ms = 1000\n").unwrap();
    let (code, text) = place.says(&["serve"], &[]).await;
    assert!(
        code == 1 && text.contains("[kafka.librdkafka]") && text.contains("max.poll.interval.ms"),
        "{text}"
    );
    assert!(!text.contains("the broker does not answer"), "nobody asked one: {text}");
    let (code, text) = place.says(&["check"], &[]).await;
    assert!(
        code == 1 && text.contains("`kafka.librdkafka`") && text.contains("max.poll.interval.ms"),
        "{text}"
    );
}

#[tokio::test]
async fn s_evt_2_a_sign_in_reaches_the_broker_and_our_own_consumer() {
    let Some(brokers) = Brokers::shared() else { return };
    let mut place = on_kafka(&brokers.bootstrap());
    place.set("DAEMUN_KAFKA__TOPIC_PREFIX", brokers.prefix().to_owned());
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    says(&place, "kafka: connected").await;
    let begun = Instant::now();
    loop {
        let metrics = place.operators().fetch("/metrics").await.body;
        let handled = metrics.lines().filter(|line| {
            line.starts_with("daemun_events_consumed_total") && line.contains("outcome=\"handled\"")
        });
        // The sign-up and the sign-in.
        if handled.count() == 2 {
            break;
        }
        assert!(begun.elapsed() < 6 * SOON, "{metrics}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    process.stop().await;
}

#[tokio::test]
async fn s_evt_6_a_right_that_is_missing_is_named_in_log_metric_and_check_within_five_seconds() {
    if Brokers::shared().is_none() {
        return;
    }
    let rules = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
        super.users=User:ANONYMOUS";
    let broker = Brokers::start(1, true, rules).await;
    let user = ["--add", "--allow-principal", "User:daemun"];
    let seen = [
        "--topic",
        "*",
        "--operation",
        "Describe",
        "--operation",
        "DescribeConfigs",
        "--operation",
        "Create",
    ];
    broker.script("acls", &[&user[..], &seen].concat()).await;
    broker.script("acls", &[&user[..], &["--group", "*", "--operation", "Read"]].concat()).await;
    // Who may write to no topic at all gets no idempotent producer: crates/events has that in its tests.
    broker.script("acls", &[&user[..], &["--topic", "another", "--operation", "Write"]].concat()).await;
    let mut place = on_kafka(&broker.text("bootstrap-tls"));
    for (key, value) in [
        ("SECURITY", "sasl_ssl".to_owned()),
        ("USERNAME", "daemun".to_owned()),
        ("PASSWORD", broker.text("tls/password")),
        ("CA_FILE", broker.path("tls/ca.pem")),
    ] {
        place.set(&format!("DAEMUN_KAFKA__{key}"), value);
    }
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    says(&place, "kafka: connected").await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let begun = Instant::now();
    while !place.operators().fetch("/metrics").await.body.lines().any(|line| {
        line.starts_with("daemun_events_broker_errors_total{") && line.contains("reason=\"access\"")
    }) {
        assert!(begun.elapsed() < SOON, "no metric says so");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(SOON.saturating_sub(begun.elapsed())).await;
    let log = process.stop().await;
    for told in ["broker_access", "no right to write to the topic user-"] {
        assert!(log.contains(told), "{told} is not in:\n{log}");
    }
    assert!(log.matches("no right to write to the topic user-login").count() <= 1, "once a minute:\n{log}");

    let begun = Instant::now();
    let output = place.command().arg("check").output().await.unwrap();
    assert!(begun.elapsed() < SOON + Duration::from_secs(1), "{:?}", begun.elapsed());
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for told in ["no right to write to the topic user-signup", "no right to read the topic user-login"] {
        assert!(found.contains("`kafka.username`") && found.contains(told), "{found}");
    }
}
