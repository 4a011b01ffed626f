//! What strangers may cost us.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::App;

#[tokio::test]
async fn s_cookie_7_thirty_logins_fit_in_one_browser() {
    let app = App::start().await;
    let browser = app.browser();
    for _ in 0..30 {
        app.begin(&browser, "google", "/").await;
    }
    assert!(browser.cookie_count() <= 2, "one handle stands for all logins on their way");
    assert_eq!(browser.open("/").await.status, 200);
    let callback = app.until_callback(&browser, "google", "minji").await;
    assert_eq!(browser.visit(&callback).await.status, 303);
}

#[tokio::test]
async fn s_rate_7_logins_on_their_way_are_bounded_and_end() {
    let app = App::with(&[("DAEMUN_LIMITS__LOGINS_IN_FLIGHT", "20")]).await;
    let mut refused = 0;
    for _ in 0..40 {
        let answer = app.browser().submit("/api/auth/signin/google", &[("return_to", "/")]).await;
        if answer.status == 429 || answer.status == 503 {
            refused += 1;
            assert_ne!(answer.header("retry-after"), "");
        }
    }
    assert!((20..=21).contains(&refused), "{refused}");
    app.advance(Duration::from_mins(11));
    app.sign_in(&app.browser(), "google", "minji").await;
}

#[tokio::test]
async fn s_rate_7_whoever_fills_the_logins_on_their_way_keeps_nobody_else_out() {
    let app = App::with(&[
        ("DAEMUN_LIMITS__LOGINS_IN_FLIGHT", "40"),
        ("DAEMUN_LIMITS__LOGINS_IN_FLIGHT_PER_NETWORK", "15"),
        ("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let begin = async |address: &str| {
        let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)];
        let method = Method::POST;
        let form = [("return_to", "/")];
        app.browser().send(method, "/api/auth/signin/google", &headers, Some(&form)).await.status.as_u16()
    };
    let mut passed = 0;
    for _ in 0..30 {
        passed += usize::from(begin("203.0.113.9").await == 303);
    }
    assert_eq!(passed, 15, "the share of one network");
    for n in 0..60 {
        assert_eq!(begin(&format!("203.0.113.{}", 10 + n)).await, 303, "its neighbours");
    }
    // The place is full of them, and somebody else signs in as ever.
    let callback = app.until_callback(&app.browser(), "google", "minji").await;
    for n in 0..60 {
        begin(&format!("203.0.113.{}", 80 + n)).await;
    }
    assert_ne!(callback, "");
    app.sign_in(&app.browser(), "naver", "minji").await;
}

#[tokio::test]
async fn s_rate_1_one_network_may_begin_so_many_logins_a_minute() {
    let app = App::with(&[
        ("DAEMUN_LIMITS__SIGN_INS_PER_MINUTE", "5"),
        ("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let begin = async |address: &str| {
        let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)];
        app.browser()
            .send(Method::POST, "/api/auth/signin/google", &headers, Some(&[("return_to", "/")]))
            .await
    };
    for n in 0..5 {
        // One /64 is one network (S-RATE-4).
        assert_eq!(begin(&format!("2001:db8:0:1::{n}")).await.status, 303);
    }
    let answer = begin("2001:db8:0:1:ffff::1").await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(begin("2001:db8:0:2::1").await.status, 303, "the neighbours are not held up");
}

#[tokio::test]
async fn s_rate_4_addresses_are_believed_from_named_proxies_only() {
    let app = App::with(&[("DAEMUN_LIMITS__SIGN_INS_PER_MINUTE", "3")]).await;
    let mut last = 0;
    for n in 0..4 {
        let address = format!("198.51.100.{n}");
        let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address.as_str())];
        last = app
            .browser()
            .send(Method::POST, "/api/auth/signin/google", &headers, Some(&[("return_to", "/")]))
            .await
            .status
            .as_u16();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn s_rate_5_oversize_is_refused_in_time_on_both_listeners() {
    let app = App::start().await;
    let many = (0..1000).fold(String::new(), |lines, n| lines + &format!("x-{n}: 1\r\n"));
    let (long, large) = ("a".repeat(20 * 1024), "a".repeat(64 * 1024));
    for (address, path) in [(app.address(), "/"), (app.operations(), "/health/live")] {
        for (request, status) in [
            (format!("GET {path} HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
            (format!("GET {path}?{long} HTTP/1.1\r\nhost: x\r\n\r\n"), "414"),
            (format!("GET {path} HTTP/1.1\r\nhost: x\r\nx: {large}\r\n\r\n"), "431"),
            (format!("GET {path} HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", &large[..40_000]), "431"),
            (format!("GET {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 11 << 20), "413"),
        ] {
            let answer = raw(address, request.as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {status}: {answer:.80}");
        }
    }
    assert_eq!(app.browser().open("/").await.status, 200);
    assert_eq!(app.operators().fetch("/health/live").await.body, "live\n");
}

#[tokio::test]
async fn s_rate_5_a_body_in_chunks_without_end_stops_at_the_limit() {
    let app = App::start().await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let head = "POST /api/auth/signout HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\n\
                content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
    let mut sent = 0;
    // Far more than the limit of 64 KiB would be taken if nobody counted.
    while sent < 4096 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 1;
    }
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 413") || (answer.is_empty() && sent < 4096), "{sent} {answer:.80}");
    assert_eq!(app.browser().open("/").await.status, 200);
}

#[tokio::test]
async fn s_rate_6_slow_headers_are_cut_on_both_listeners() {
    let app = App::with(&[("DAEMUN_LIMITS__HEADER_TIME", "1s")]).await;
    for address in [app.address(), app.operations()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        let mut rest = Vec::new();
        // Bounded by the test itself: without the limit this would wait for ever.
        let closed = tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "the connection to {address} is still open");
    }
    assert_eq!(app.browser().open("/").await.status, 200);
}

async fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(count)) = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..count]);
        if count == 0 || answer.windows(4).any(|window| window == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
