//! Services that die, hang, break off and redirect.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;

use crate::bench::{TestGateway, route};
use crate::service::{Service, nobody};

#[tokio::test]
async fn s_gw_17_a_hanging_service_is_given_up_in_time_and_harms_no_other() {
    let (hanging, echo) = (Service::hanging().await, Service::echo().await);
    let toml = route("/hangs", &[&hanging.url()], "public = true\ntimeout = \"300ms\"")
        + &route("/open/{*rest}", &[&echo.url()], "public = true");
    let gateway = TestGateway::open(&toml).await;
    let began = Instant::now();
    let (hangs, open) = tokio::join!(gateway.ask("GET /hangs", &[]), gateway.ask("GET /open/x", &[]));
    assert_eq!((hangs.status, hangs.code().as_str()), (504, "UPSTREAM_TIMEOUT"));
    assert_eq!(open.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(300) && began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn s_gw_17_a_post_reaches_the_service_once_even_if_the_answer_is_lost() {
    let dropping = Service::raw(|_, _| std::future::ready(())).await;
    let gateway = TestGateway::open(&route("/drops", &[&dropping.url()], "public = true")).await;
    let answer = gateway.send("POST /drops", &[], "once").await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "UPSTREAM_BROKEN"));
    assert_eq!(gateway.ask("POST /drops", &[]).await.status, 502);
    assert_eq!(dropping.hits(), 2);
}

#[tokio::test]
async fn s_gw_17_an_idempotent_request_is_tried_once_more_when_the_connection_breaks() {
    let dropping = Service::raw(|_, _| std::future::ready(())).await;
    let echo = Service::echo().await;
    let toml = route("/drops", &[&dropping.url()], "public = true")
        + &route("/saved", &[&dropping.url(), &echo.url()], "public = true");
    let gateway = TestGateway::open(&toml).await;
    assert_eq!(gateway.ask("GET /drops", &[]).await.status, 502);
    assert_eq!(dropping.hits(), 2, "the same server once more, then no more");
    for _ in 0..2 {
        assert_eq!(gateway.ask("GET /saved", &[]).await.status, 200);
    }
    assert_eq!((dropping.hits(), echo.hits()), (3, 2));
}

#[tokio::test]
async fn a_request_that_met_a_dead_server_goes_to_the_next_with_its_body() {
    let echo = Service::echo().await;
    let gateway = TestGateway::open(&route("/half", &[&nobody().await, &echo.url()], "public = true")).await;
    for _ in 0..4 {
        let answer = gateway.send("POST /half", &[], "whole").await;
        assert_eq!((answer.status, answer.json()["body"].as_u64()), (200, Some(5)), "{answer:?}");
    }
    assert_eq!(echo.hits(), 4);
}

#[tokio::test]
async fn an_https_upstream_is_never_spoken_to_in_the_clear() {
    let echo = Service::echo().await;
    let https = echo.url().replace("http:", "https:");
    let gateway = TestGateway::open(&route("/secret", &[&https], "public = true")).await;
    assert_eq!(gateway.ask("GET /secret", &[]).await.code(), "UPSTREAM_UNREACHABLE");
    gateway.gateway.probe_lost().await;
    assert_eq!(
        gateway.ask("GET /secret", &[]).await.code(),
        "UPSTREAM_UNAVAILABLE",
        "a port alone is no return"
    );
    assert_eq!(echo.hits(), 0);
}

#[tokio::test]
async fn a_broken_chunk_cuts_the_connection_and_never_looks_whole() {
    let breaking = Service::raw(|mut stream, _| async move {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n";
        let _ = stream.write_all(head).await;
    })
    .await;
    let short = Service::raw(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await;
    })
    .await;
    let toml = route("/breaks", &[&breaking.url()], "public = true")
        + &route("/short", &[&short.url()], "public = true");
    let gateway = TestGateway::open(&toml).await;
    for path in ["/breaks", "/short"] {
        let answer = gateway.ask(&format!("GET {path}"), &[]).await;
        assert_eq!((answer.status, answer.whole), (200, false), "{path}: {answer:?}");
        assert_eq!(answer.body, b"hello");
    }
}

#[tokio::test]
async fn an_answer_before_the_body_was_read_comes_through() {
    const REFUSAL: &[u8] = b"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nConnection: close\r\n\r\nnot";
    let draining = Service::raw(|mut stream, _| async move {
        let _ = stream.write_all(REFUSAL).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let gateway =
        TestGateway::open(&route("/drains", &[&draining.url()], "public = true\nbody_limit = \"16MiB\""))
            .await;
    let answer = gateway.send("POST /drains", &[], &"x".repeat(8 << 20)).await;
    assert_eq!((answer.status, answer.body.as_slice()), (409, b"not".as_slice()));
}

#[tokio::test]
async fn answers_that_are_no_http_or_switch_unasked_are_502() {
    let answers: [&'static [u8]; 5] = [
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ];
    for answer in answers {
        let service = Service::raw(move |mut stream, _| async move {
            let _ = stream.write_all(answer).await;
        })
        .await;
        let gateway = TestGateway::open(&route("/odd", &[&service.url()], "public = true")).await;
        let got = gateway.ask("POST /odd", &[]).await;
        assert_eq!(got.status, 502, "{}: {got:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn s_gw_8_and_13_a_services_connection_fields_and_cookies_stay_behind() {
    let chatty = Service::raw(|mut stream, _| async move {
        let answer = "HTTP/1.1 200 Fine by me\r\nContent-Length: 2\r\nConnection: keep-alive, X-Inner\r\nX-Inner: 1\r\n\
             Keep-Alive: timeout=5\r\nSet-Cookie: a=b\r\nServer: nginx/1.0\r\nX-Powered-By: PHP\r\nUpgrade: h2c\r\n\
             Proxy-Authenticate: Basic\r\nAccess-Control-Allow-Origin: *\r\nX-Accel-Redirect: /secret\r\nETag: \"7\"\r\n\r\nok";
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let gateway = TestGateway::open(&route("/chatty", &[&chatty.url()], "public = true")).await;
    let answer = gateway.ask("GET /chatty", &[]).await;
    assert_eq!(
        (answer.status, answer.body.as_slice(), answer.header("etag")),
        (200, &b"ok"[..], Some("\"7\""))
    );
    for gone in [
        "x-inner",
        "keep-alive",
        "set-cookie",
        "server",
        "x-powered-by",
        "upgrade",
        "proxy-authenticate",
        "access-control-allow-origin",
        "x-accel-redirect",
    ] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn s_gw_17_a_redirect_is_passed_on_and_not_followed() {
    let decoy = Service::echo().await;
    let location = format!("{}/inner", decoy.url());
    let there = location.clone();
    let moving = Service::http(move |_| {
        let response = http::Response::builder().status(307).header("location", &there);
        std::future::ready(response.body(axum::body::Body::empty()).unwrap())
    })
    .await;
    let gateway = TestGateway::open(&route("/moves", &[&moving.url()], "public = true")).await;
    let answer = gateway.ask("GET /moves", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (307, Some(location.as_str())));
    assert_eq!(decoy.hits(), 0);
}
