//! Clients that do not wait for their answer: what they asked for was done, and is in the log, in the metrics and in the audit log.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::accounts::{EMAIL, sign_up};
use crate::app::App;
use crate::echo::{Echo, SILENT};
use crate::process::Place;

/// A bound, not a wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a request. To drop the connection is to leave.
async fn send(address: SocketAddr, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: application/json\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn s_log_4_a_request_at_the_gateway_whose_client_leaves_has_its_line_and_its_count() {
    let (mut place, echo) = (Place::new(), Echo::start().await);
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let route = "[[gateway.routes]]\npath = \"/shop/{*rest}\"\nmethods = [\"POST\"]\npublic = true\n";
    std::fs::write(place.path("daemun.toml"), format!("{route}upstream = [\"{}\"]\n", echo.url())).unwrap();
    let process = place.start().await;
    let path = format!("/shop{SILENT}");
    for hits in 1..=3 {
        let waiting = send(place.address().parse().unwrap(), &path, "{}").await;
        until("the request reaches the service", async || echo.hits() == hits).await;
        drop(waiting);
    }
    let line = "daemun_gateway_requests_total{route=\"/shop/{*rest}\",status=\"499\"} 3";
    until(line, async || place.operators().fetch("/metrics").await.body.lines().any(|said| said == line))
        .await;
    let open = "daemun_gateway_open{route=\"/shop/{*rest}\"} 0";
    until(open, async || place.operators().fetch("/metrics").await.body.lines().any(|said| said == open))
        .await;
    let log = process.stop().await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_request = |line: &&Value| line["message"] == "answered" && line["path"] == path.as_str();
    let lines: Vec<_> = lines.iter().filter(of_request).collect();
    assert_eq!(lines.len(), 3, "{log}");
    for line in lines {
        assert_eq!((&line["status"], &line["route"]), (&499.into(), &"/shop/{*rest}".into()));
    }
}

#[tokio::test]
async fn s_log_1_a_guess_whose_client_leaves_is_in_the_audit_log() {
    let app = App::start().await;
    sign_up(&app).await;
    app.flush_audit().await;
    let failures = async || {
        app.flush_audit().await;
        let dump = app.database.dump().await;
        let is_failure = |line: &&str| {
            line.starts_with("audit_events|") && line.contains("sign_in") && line.contains("failure")
        };
        dump.lines().filter(is_failure).count()
    };
    let before = failures().await;
    let guess = json!({ "email": EMAIL, "password": "a wrong one, and long enough" }).to_string();
    drop(send(app.address(), "/auth/login", &guess).await);
    until("the guess is written down", async || failures().await > before).await;
}
