//! The gateway as its operator meets it: routes from a file, read again on SIGHUP, shown by commands, metrics and log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::DatabaseUrl;
use kernel::SystemClock;

use crate::echo::Echo;
use crate::process::{Place, callback, foreign_providers};
use crate::token_actor::{MASTER_KEY, TokenActor};

/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(20);

fn route(echo: &Echo, path: &str, access: &str) -> String {
    format!(
        "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\n{access}\n",
        echo.url()
    )
}

fn write(place: &Place, toml: &str) {
    std::fs::write(place.path("daemun.toml"), toml).unwrap();
}

/// Waits until the metrics say so.
async fn counted(place: &Place, line: &str) {
    let began = Instant::now();
    loop {
        let metrics = place.operators().fetch("/metrics").await.body;
        if metrics.lines().any(|counted| counted == line) {
            return;
        }
        assert!(began.elapsed() < TIMEOUT, "no `{line}` in:\n{metrics}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sighup_reads_the_routes_again_and_a_bad_file_changes_nothing() {
    let (mut place, echo) = (Place::new(), Echo::start().await);
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    write(&place, &route(&echo, "/one", "public = true"));
    let process = place.start().await;
    let status = async |path: &str| place.browser().fetch(path).await.status.as_u16();
    assert_eq!((status("/one").await, status("/two").await), (200, 404));

    write(&place, &route(&echo, "/two", "public = true"));
    process.signal("-HUP");
    counted(&place, "daemun_gateway_reloads_total{outcome=\"taken\"} 1").await;
    assert_eq!((status("/one").await, status("/two").await), (404, 200));

    write(&place, &route(&echo, "/three", ""));
    process.signal("-HUP");
    counted(&place, "daemun_gateway_reloads_total{outcome=\"refused\"} 1").await;
    assert_eq!((status("/two").await, status("/three").await), (200, 404));
    let metrics = place.operators().fetch("/metrics").await.body;
    assert!(metrics.contains("daemun_gateway_requests_total{route=\"/two\",status=\"200\"} 2"), "{metrics}");
    assert!(
        metrics.contains("daemun_gateway_seconds") && metrics.contains("daemun_gateway_upstream_seconds")
    );
    let log = process.stop().await;
    assert!(log.contains("gateway.routes[0].scope") && log.contains("daemun.toml:1"), "{log}");
}

#[tokio::test]
async fn s_gw_1_a_start_with_a_wrong_table_is_refused_with_the_line() {
    let (mut place, echo) = (Place::new(), Echo::start().await);
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    write(&place, &format!("\n{}", route(&echo, "/one", "")));
    let said = place.refused().await;
    assert!(said.contains("daemun.toml:2") && said.contains("gateway.routes[0].scope"), "{said}");
    let output = place.command().arg("check").output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && text.contains("daemun.toml:2"), "{text}");

    write(&place, &route(&echo, "/api/orders/{*rest}", "scope = \"read write\""));
    let output = place.command().arg("routes").output().await.unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let line = table.lines().find(|line| line.contains("/api/orders/{*rest}")).unwrap();
    assert!(line.starts_with("GET,HEAD") && line.contains("scope read write") && line.ends_with(&echo.url()));
}

#[tokio::test]
async fn the_access_log_knows_the_member_by_a_hash_only() {
    let (mut place, echo) = (Place::new(), Echo::start().await);
    place.set("DAEMUN_MASTER_KEYS", MASTER_KEY);
    write(&place, &route(&echo, "/orders/{*rest}", "scope = \"read\""));
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let database = DatabaseUrl::parse(&format!("sqlite:{}", place.path("data/daemun.db").display())).unwrap();
    let origin = place.url().origin().ascii_serialization();
    let app = TokenActor::new(&database, &origin, Arc::new(SystemClock)).await.sign_in("read").await;
    let headers = [("authorization", app.bearer.as_str())];
    let answer = place.browser().send(reqwest::Method::GET, "/orders/7?secret=canary", &headers, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    let by_cookie = browser.fetch("/orders/8").await.json();
    let log = process.stop().await;
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |path: &str| {
        let mut found = lines.iter().filter(|l| l["message"] == "answered" && l["path"] == path);
        let line = found.next().unwrap_or_else(|| panic!("no line for {path} in {log}"));
        assert!(found.next().is_none(), "one line for each request");
        line.clone()
    };
    let (bearer, cookie) = (of("/orders/7"), of("/orders/8"));
    for line in [&bearer, &cookie] {
        assert_eq!((&line["route"], &line["status"]), (&"/orders/{*rest}".into(), &200.into()));
        assert_eq!(line["member"].as_str().unwrap().len(), 8, "{line}");
        assert!(line["request_id"].is_string() && line["ms"].is_number());
    }
    assert_ne!(bearer["member"], cookie["member"]);
    let member = by_cookie["headers"]["x-member-id"].as_str().unwrap();
    for secret in [app.member.as_str(), member, "canary", "eyJ"] {
        assert!(!log.lines().any(|l| l.contains("answered") && l.contains(secret)), "{secret}");
    }
}
