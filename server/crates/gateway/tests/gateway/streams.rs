//! Bodies on their way: streamed, not held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use futures::StreamExt as _;
use futures::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::actor;
use crate::bench::{TestGateway, metrics_of_this_process, route, value_of};
use crate::service::Service;

const CHUNK: u64 = 64 << 10;
const GIBIBYTE: u64 = 1 << 30;
/// What the kernel's buffers of four sockets and the gateway's own may hold.
const ON_THE_WAY: u64 = 40 << 20;

async fn reader(gateway: &TestGateway, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(&actor::text(head, &[], "")).await.unwrap();
    stream
}

#[tokio::test]
async fn a_gibibyte_passes_and_little_of_it_is_on_the_way_at_any_time() {
    let made = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&made);
    let service = Service::http(move |_| {
        let counter = Arc::clone(&counter);
        let chunk = Bytes::from(vec![0; usize::try_from(CHUNK).unwrap()]);
        let chunks = stream::iter(0..GIBIBYTE / CHUNK).map(move |_| {
            counter.fetch_add(CHUNK, Ordering::SeqCst);
            Ok::<_, std::io::Error>(chunk.clone())
        });
        std::future::ready(axum::response::Response::new(Body::from_stream(chunks)))
    })
    .await;
    let gateway = TestGateway::open(&route("/big", &[&service.url()], "public = true")).await;
    let mut stream = reader(&gateway, "GET /big").await;
    // Nobody reads: soon nothing more is made. Half a second without a chunk counts as standing still.
    let mut before = u64::MAX;
    while made.load(Ordering::SeqCst) != before {
        before = made.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(before > 0 && before <= ON_THE_WAY, "{before} bytes were taken though nobody reads");
    let (mut read, mut buffer) = (0_u64, vec![0; 256 << 10]);
    loop {
        let some = stream.read(&mut buffer).await.unwrap();
        if some == 0 {
            break;
        }
        read += some as u64;
        let ahead = made.load(Ordering::SeqCst).saturating_sub(read);
        assert!(ahead <= ON_THE_WAY, "{ahead} bytes are on the way");
    }
    assert!(read >= GIBIBYTE, "{read}");
}

#[tokio::test]
async fn an_upload_waits_for_a_service_that_does_not_read() {
    let service = Service::hanging().await;
    let more = "public = true\nbody_limit = \"1GiB\"\ntimeout = \"2s\"";
    let gateway = TestGateway::open(&route("/up", &[&service.url()], more)).await;
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let head = format!("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: {GIBIBYTE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (answer, mut body) = stream.split();
    let (chunk, mut sent) = (vec![0; 256 << 10], 0_u64);
    // The gateway gives up after two seconds and answers; until then it takes only what it can pass on. Then it discards what
    // still comes.
    loop {
        let some = tokio::select! {
            biased;
            answered = answer.readable() => break answered.unwrap(),
            some = body.write(&chunk) => some.unwrap(),
        };
        sent += some as u64;
        assert!(sent <= ON_THE_WAY, "{sent} bytes were taken though nobody reads them");
    }
    assert!(sent > 0);
}

#[tokio::test]
async fn server_sent_events_arrive_one_by_one() {
    let next = Arc::new(Notify::new());
    let waiting = Arc::clone(&next);
    let service = Service::http(move |_| {
        let waiting = Arc::clone(&waiting);
        let events = stream::unfold(0, move |round| {
            let waiting = Arc::clone(&waiting);
            async move {
                if round > 0 {
                    waiting.notified().await;
                }
                (round < 3).then(|| (Ok::<_, std::io::Error>(format!("data: {round}\n\n")), round + 1))
            }
        });
        let response = axum::response::Response::builder().header("content-type", "text/event-stream");
        std::future::ready(response.body(Body::from_stream(events)).unwrap())
    })
    .await;
    let gateway = TestGateway::open(&route("/events", &[&service.url()], "public = true")).await;
    let mut stream = reader(&gateway, "GET /events").await;
    let mut seen = Vec::new();
    for round in 0..3 {
        let event = format!("data: {round}\n\n");
        while !String::from_utf8_lossy(&seen).contains(&event) {
            assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "{}", String::from_utf8_lossy(&seen));
        }
        // Only now the next one is made: had the gateway waited for more, the test would stand still.
        next.notify_one();
    }
    next.notify_one();
    stream.read_to_end(&mut seen).await.unwrap();
    assert!(seen.ends_with(b"0\r\n\r\n"));
}

async fn endless(_: Request) -> axum::response::Response {
    let first = stream::iter([Ok::<_, std::io::Error>("data: first\n\n")]);
    axum::response::Response::new(Body::from_stream(first.chain(stream::pending())))
}

/// Waits until a metric has a value. A bound, not a wait.
async fn until(metric: &str, expected: f64) {
    let began = std::time::Instant::now();
    while value_of(metrics_of_this_process(), metric) != Some(expected) {
        assert!(began.elapsed() < Duration::from_secs(20), "no {metric} {expected}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_is_open_until_its_end_and_one_whose_client_left_unanswered_is_counted() {
    metrics_of_this_process();
    let (streams, hangs) = (Service::http(endless).await, Service::hanging().await);
    let toml = route("/counted-events", &[&streams.url()], "public = true")
        + &route("/counted-silence", &[&hangs.url()], "public = true");
    let gateway = TestGateway::open(&toml).await;
    let open = "daemun_gateway_open{route=\"/counted-events\"}";
    let mut stream = reader(&gateway, "GET /counted-events").await;
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("first") {
        stream.read_buf(&mut seen).await.unwrap();
    }
    assert_eq!(value_of(metrics_of_this_process(), open), Some(1.0));
    drop(stream);
    until(open, 0.0).await;

    for hits in 1..=2 {
        let waiting = reader(&gateway, "GET /counted-silence").await;
        while hangs.hits() < hits {
            tokio::task::yield_now().await;
        }
        drop(waiting);
    }
    until("daemun_gateway_requests_total{route=\"/counted-silence\",status=\"499\"}", 2.0).await;
    until("daemun_gateway_open{route=\"/counted-silence\"}", 0.0).await;
}

#[tokio::test]
async fn a_silent_stream_is_cut() {
    let service = Service::http(endless).await;
    let gateway =
        TestGateway::open(&route("/events", &[&service.url()], "public = true\nidle_timeout = \"300ms\""))
            .await;
    let answer = gateway.ask("GET /events", &[]).await;
    assert_eq!((answer.status, answer.whole, answer.body.as_slice()), (200, false, &b"data: first\n\n"[..]));
}

#[tokio::test]
async fn a_stream_ends_when_its_member_signs_out() {
    let service = Service::http(endless).await;
    let gateway = TestGateway::open(&route("/events", &[&service.url()], "")).await;
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(&actor::text("GET /events", &["Authorization: Bearer reader"], "")).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("first") {
        stream.read_buf(&mut seen).await.unwrap();
    }
    gateway.keeper.active.store(false, Ordering::SeqCst);
    let ended = std::time::Instant::now();
    let _ = stream.read_to_end(&mut seen).await;
    assert!(ended.elapsed() < Duration::from_millis(1800), "{:?}", ended.elapsed());
    assert!(!seen.ends_with(b"0\r\n\r\n"), "it does not look whole");
}
