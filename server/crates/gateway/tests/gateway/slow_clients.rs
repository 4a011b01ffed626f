//! Clients that send slowly, stop, or leave; services that answer before they have read. The one is not charged for the
//! other.

use std::time::{Duration, Instant};

use axum::response::IntoResponse as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::actor;
use crate::bench::{TestGateway, route};
use crate::service::Service;

const TINY: &str = "public = true\nbody_limit = \"16MiB\"\ntimeout = \"1s\"\nidle_timeout = \"1s\"";

/// A gateway whose circuits open at the third failure, and for long.
async fn gateway(toml: &str) -> TestGateway {
    TestGateway::with(toml, |settings| {
        settings.failures_to_open = 3;
        settings.open_for = Duration::from_mins(10);
    })
    .await
}

fn head(path: &str, length: usize) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

/// A client that sends one piece each quarter of a second.
async fn steps(gateway: &TestGateway, path: &str, pieces: usize, announced: usize) -> Option<actor::Answer> {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(&head(path, announced)).await.unwrap();
    for _ in 0..pieces {
        tokio::time::sleep(Duration::from_millis(250)).await;
        stream.write_all(&[b'x'; 10]).await.unwrap();
    }
    let mut all = Vec::new();
    let reading = async {
        while actor::parse(&all).is_none_or(|answer| !answer.whole) {
            all.reserve(4096);
            assert!(stream.read_buf(&mut all).await.unwrap() > 0, "{}", String::from_utf8_lossy(&all));
        }
    };
    tokio::time::timeout(Duration::from_secs(8), reading).await.ok()?;
    actor::parse(&all)
}

#[tokio::test]
async fn a_steady_upload_may_take_longer_than_the_answer() {
    let echo = Service::echo().await;
    let gateway = gateway(&route("/up", &[&echo.url()], TINY)).await;
    let uploads = futures::future::join_all((0..6).map(|_| steps(&gateway, "/up", 12, 120))).await;
    for answer in uploads {
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.json()["body"].as_u64()), (200, Some(120)), "{answer:?}");
    }
    assert_eq!(gateway.ask("GET /up", &[]).await.status, 200);
}

#[tokio::test]
async fn a_client_that_stops_sending_gets_408_and_is_charged_to_nobody() {
    let echo = Service::echo().await;
    let gateway = gateway(&route("/up", &[&echo.url()], TINY)).await;
    let began = Instant::now();
    let stopped = futures::future::join_all((0..6).map(|_| steps(&gateway, "/up", 2, 120))).await;
    for answer in stopped {
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (408, Some("close")), "{answer:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(6));
    for _ in 0..6 {
        let mut left = TcpStream::connect(gateway.address).await.unwrap();
        left.write_all(&[head("/up", 1000), vec![b'x'; 10]].concat()).await.unwrap();
    }
    for _ in 0..4 {
        assert_eq!(gateway.send("POST /up", &[], "whole").await.status, 200, "the circuit is closed");
    }
}

#[tokio::test]
async fn a_service_that_hangs_up_on_a_slow_client_has_not_failed() {
    let impatient = Service::raw(|mut stream, _| async move {
        let mut byte = [0; 1];
        // It closes once nothing came for a while, as many do, without a word.
        while let Ok(Ok(1)) = tokio::time::timeout(Duration::from_millis(1500), stream.read(&mut byte)).await
        {
        }
    })
    .await;
    let gateway = gateway(&route("/up", &[&impatient.url()], "public = true")).await;
    let slow = futures::future::join_all((0..4).map(|_| steps(&gateway, "/up", 1, 100))).await;
    assert_eq!(slow.iter().map(|answer| answer.as_ref().unwrap().status).collect::<Vec<_>>(), [408; 4]);
    // The circuit is closed: this one reaches it, and is its own failure.
    assert_eq!(gateway.ask("GET /up", &[]).await.code(), "UPSTREAM_BROKEN");
}

#[tokio::test]
async fn s_rate_6_an_upload_that_never_ends_is_ended() {
    let echo = Service::echo().await;
    let toml = route("/up", &[&echo.url()], "public = true\nidle_timeout = \"1s\"");
    let whole = TestGateway::with(&toml, |settings| settings.upload_time = Duration::from_secs(2)).await;
    let began = Instant::now();
    assert_eq!(steps(&whole, "/up", 20, 1000).await.unwrap().status, 408, "in all");
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn a_service_that_takes_nothing_is_late_and_not_the_client() {
    let hanging = Service::hanging().await;
    let gateway = gateway(&route("/up", &[&hanging.url()], TINY)).await;
    let answer = gateway.send("POST /up", &[], &"x".repeat(12 << 20)).await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "UPSTREAM_TIMEOUT"));
}

const REFUSAL: &[u8] = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig";

/// Sends a large body so many times; each must come back with the service's own refusal.
async fn all_are_refused(gateway: &TestGateway, path: &str) {
    let body = "x".repeat(4 << 20);
    for round in 0..20 {
        let answer = gateway.send(&format!("POST {path}"), &[], &body).await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (413, b"big".as_slice()),
            "{path} {round}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_of_a_service_that_closes_at_once_is_read_though_writing_failed() {
    let closing = Service::raw(|mut stream, _| async move {
        let _ = stream.write_all(REFUSAL).await;
    })
    .await;
    let late = Service::raw(|mut stream, _| async move {
        let mut some = vec![0; 512 << 10];
        let _ = stream.read_exact(&mut some).await;
        let _ = stream.write_all(REFUSAL).await;
    })
    .await;
    let resetting = Service::raw(|mut stream, _| async move {
        let _ = stream.write_all(REFUSAL).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    let toml = [("/closes", &closing), ("/late", &late), ("/resets", &resetting)]
        .map(|(path, service)| route(path, &[&service.url()], TINY))
        .concat();
    let gateway = gateway(&toml).await;
    for path in ["/closes", "/late", "/resets"] {
        all_are_refused(&gateway, path).await;
    }
}

#[tokio::test]
async fn an_early_answer_by_http2_is_passed_on_too() {
    let service =
        Service::http(|_| async { (http::StatusCode::PAYLOAD_TOO_LARGE, "big").into_response() }).await;
    let gateway = gateway(&route("/h2", &[&service.url()], &format!("{TINY}\nhttp2 = true"))).await;
    all_are_refused(&gateway, "/h2").await;
}

#[tokio::test]
async fn a_service_that_closes_without_an_answer_has_still_failed() {
    let dropping = Service::raw(|_, _| std::future::ready(())).await;
    let gateway = gateway(&route("/drops", &[&dropping.url()], TINY)).await;
    for _ in 0..3 {
        assert_eq!(gateway.send("POST /drops", &[], &"x".repeat(1 << 20)).await.code(), "UPSTREAM_BROKEN");
    }
    assert_eq!(gateway.send("POST /drops", &[], "x").await.code(), "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn s_rate_6_a_body_that_trickles_behind_an_early_answer_ends() {
    let draining = Service::raw(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\n\r\nnot").await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let toml = route("/drains", &[&draining.url()], TINY) + &route("/refused", &[&draining.url()], "");
    let gateway = gateway(&toml).await;
    for (path, status) in [("/drains", 409), ("/refused", 401)] {
        let mut stream = TcpStream::connect(gateway.address).await.unwrap();
        stream.write_all(&[head(path, 1 << 20), vec![b'x'; 4096]].concat()).await.unwrap();
        let began = Instant::now();
        let (mut reader, mut writer) = stream.split();
        let trickling = async {
            while writer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let mut all = Vec::new();
        let reading = reader.read_to_end(&mut all);
        let both = async { tokio::join!(trickling, reading) };
        assert!(tokio::time::timeout(Duration::from_secs(15), both).await.is_ok(), "{path} is still open");
        assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
        let answer = actor::parse(&all).unwrap();
        assert_eq!((answer.status, answer.header("connection"), answer.whole), (status, Some("close"), true));
    }
}
