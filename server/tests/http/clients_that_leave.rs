//! Clients that do not wait for their answer: what they asked for was done, and is in the log, in the metrics and in the audit log.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use db::{Database, DatabaseUrl, Row as _, query};
use serde_json::{Value, json};
use simulators::SimulatedProvider;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use crate::accounts::{EMAIL, sign_up};
use crate::app::App;
use crate::echo::{Echo, SILENT};
use crate::process::{Place, callback, foreign_providers};

/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(20);

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
        assert!(began.elapsed() < TIMEOUT, "{what}");
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

/// A server that answers when it is let.
struct HeldServer {
    port: u16,
    /// How many connections came.
    came: watch::Receiver<usize>,
    answers: watch::Sender<bool>,
}

impl HeldServer {
    async fn before(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connected, came) = watch::channel(0);
        let (answers, let_go) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut let_go = let_go.clone();
                connected.send_modify(|count| *count += 1);
                tokio::spawn(async move {
                    let_go.wait_for(|answers| *answers).await.unwrap();
                    let mut far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, came, answers }
    }
}

/// Google is asked for tokens, the browser is gone, and the program is told to end. It is a `GET`, which is done to its end as well.
#[tokio::test]
async fn a_sign_in_whose_browser_leaves_is_done_to_its_end_before_the_program_ends() {
    let mut place = Place::new();
    let (simulators, actor) = foreign_providers(&mut place).await;
    let mut token_url: Url = simulators.endpoints(SimulatedProvider::Google).token_url;
    let mut google = HeldServer::before(token_url.port().unwrap()).await;
    token_url.set_port(Some(google.port)).unwrap();
    place.set("DAEMUN_PROVIDERS__GOOGLE__TOKEN_URL", token_url);
    let process = place.start().await;
    let browser = place.browser();
    let callback = callback(&browser, &actor, "google").await;
    let waiting = tokio::spawn(async move { browser.visit(&callback).await });
    google.came.wait_for(|count| *count == 1).await.unwrap();
    waiting.abort();
    let ending = tokio::spawn(process.stop());
    until("it takes no more connections", async || TcpStream::connect(place.address()).await.is_err()).await;
    google.answers.send_replace(true);
    ending.await.unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite:{}", place.path("data/daemun.db").display())).unwrap();
    let db = Database::open(&url).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let sessions = query("SELECT COUNT(*) FROM sessions").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(sessions.get::<i64, _>(0), 1);
    let counted = "SELECT CAST(SUM(times) AS BIGINT) FROM audit_hours WHERE kind = 'sign_in'";
    let counted = query(counted).fetch_one(&mut *reader).await.unwrap();
    assert_eq!(counted.get::<i64, _>(0), 1, "what counts sign-ins was there until the last one");
}
