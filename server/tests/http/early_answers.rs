//! Answers before the end of a body arrive, no matter who sends it: a client that writes everything before it reads, or nginx.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::echo::Echo;
use crate::process::{Place, Process, free_port};
use crate::proxies::nginx;
use crate::raw::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, fields, frame, hello};

const ROUNDS: usize = 20;
const MEBIBYTE: usize = 1 << 20;

/// What is refused, with which status when its length is told, and when not: by the gateway, by a limit, by a guard, because
/// nothing is there.
const REFUSED: [(&str, &str, u16, u16); 5] = [
    ("/api/books/7", "text/plain", 401, 401),
    ("/auth/login", "application/json", 413, 413),
    ("/api/auth/signout", "application/x-www-form-urlencoded", 413, 403),
    ("/nothing", "text/plain", 413, 404),
    ("/oauth2/jwks", "text/plain", 413, 405),
];

async fn started(public: Option<u16>) -> (Place, Process, Echo) {
    let (mut place, echo) = (Place::new(), Echo::start().await);
    place.public = public;
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    place.set("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1");
    let toml = format!(
        "[[gateway.routes]]\npath = \"/api/books/{{*rest}}\"\nupstream = [\"{}\"]\nmethods = [\"GET\", \"POST\"]\n\
         scope = \"read\"\nbody_limit = \"16MiB\"\n",
        echo.url()
    );
    std::fs::write(place.path("daemun.toml"), toml).unwrap();
    let process = place.start().await;
    (place, process, echo)
}

#[tokio::test]
async fn behind_nginx_every_refusal_of_a_large_body_arrives() {
    let port = free_port();
    let (place, process, echo) = started(Some(port)).await;
    // nginx has a limit of its own.
    let _nginx = nginx(&place, port, &echo, "client_max_body_size 100m;").await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for &(path, kind, status, _) in &REFUSED[..3] {
        for size in [2 * MEBIBYTE, 10 * MEBIBYTE] {
            let body = bytes::Bytes::from(vec![b'x'; size]);
            for round in 0..ROUNDS {
                let request =
                    client.post(format!("http://127.0.0.1:{port}{path}")).header("content-type", kind);
                let answer = request.body(body.clone()).send().await.unwrap();
                let answered = (answer.status().as_u16(), answer.text().await.unwrap());
                assert_eq!(answered.0, status, "{path} {size} {round}: {}", answered.1);
                assert!(answered.1.contains("\"success\":false"), "{path}: it is ours: {}", answered.1);
            }
        }
    }
    assert_eq!(echo.hits(), 0);
    process.stop().await;
}

#[tokio::test]
async fn nginx_that_passes_bodies_on_as_they_come_gets_every_refusal_too() {
    let port = free_port();
    let (place, process, echo) = started(Some(port)).await;
    let more = "client_max_body_size 100m; proxy_request_buffering off;";
    let _nginx = nginx(&place, port, &echo, more).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (path, kind, _, status) in REFUSED {
        for round in 0..ROUNDS {
            let pieces =
                futures::stream::iter((0..10).map(|_| Ok::<_, std::io::Error>(vec![b'x'; MEBIBYTE])));
            let request = client.post(format!("http://127.0.0.1:{port}{path}")).header("content-type", kind);
            let answer = request.body(reqwest::Body::wrap_stream(pieces)).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path} {round}: {:?}", answer.text().await);
        }
    }
    process.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_only_after_it_has_sent_everything_gets_its_answer() {
    let (place, process, _echo) = started(None).await;
    for (path, kind, told, untold) in REFUSED {
        for (chunked, status) in [(false, told), (true, untold)] {
            let mut stream = TcpStream::connect(place.address()).await.unwrap();
            let length = if chunked {
                "transfer-encoding: chunked".to_owned()
            } else {
                format!("content-length: {}", 10 * MEBIBYTE)
            };
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n{length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            for _ in 0..10 {
                if chunked {
                    stream.write_all(b"100000\r\n").await.unwrap();
                }
                stream.write_all(&vec![b'x'; MEBIBYTE]).await.unwrap();
                if chunked {
                    stream.write_all(b"\r\n").await.unwrap();
                }
            }
            let mut answer = String::new();
            let reading = stream.read_to_string(&mut answer);
            tokio::time::timeout(Duration::from_secs(12), reading).await.unwrap().unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {chunked}: {answer}");
            assert!(answer.contains("\r\nconnection: close\r\n"), "{path}: {answer}");
        }
    }
    process.stop().await;
}

#[tokio::test]
async fn a_browser_that_uploads_a_huge_picture_is_sent_back_to_its_page() {
    let (place, process, _echo) = started(None).await;
    let origin = place.url();
    let origin = origin.as_str().trim_end_matches('/');
    for size in [17 * MEBIBYTE, 100 * MEBIBYTE] {
        let mut stream = TcpStream::connect(place.address()).await.unwrap();
        let head = format!(
            "POST /api/users/me/picture HTTP/1.1\r\nhost: x\r\norigin: {origin}\r\nsec-fetch-site: same-origin\r\n\
             sec-fetch-mode: navigate\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: {size}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..size / MEBIBYTE {
            stream.write_all(&vec![b'x'; MEBIBYTE]).await.unwrap();
        }
        let mut answer = String::new();
        let reading = stream.read_to_string(&mut answer);
        tokio::time::timeout(Duration::from_secs(12), reading).await.unwrap().unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 303") && answer.contains("\r\nlocation: /me?draft="),
            "{answer}"
        );
    }
    process.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_told_so_though_it_is_still_on_its_way() {
    let (place, process, _echo) = started(None).await;
    for _ in 0..ROUNDS {
        let mut stream = TcpStream::connect(place.address()).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(4 * MEBIBYTE));
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        tokio::time::timeout(Duration::from_secs(12), reading).await.unwrap().unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
    process.stop().await;
}

#[tokio::test]
async fn a_small_body_that_nobody_wants_does_not_cost_the_connection() {
    let (place, process, _echo) = started(None).await;
    let mut stream = TcpStream::connect(place.address()).await.unwrap();
    for _ in 0..3 {
        let request = b"POST /api/books/7 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
        stream.write_all(request).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 401") && !answer.contains("connection: close"), "{answer}");
    }
    // A body that waits for leave never gets it, and the answer comes at once.
    let waits = b"POST /api/books/7 HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    stream.write_all(waits).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("connection: close"), "{answer}");
    process.stop().await;
}

#[tokio::test]
async fn over_http2_the_stream_is_reset_without_error_after_the_answer() {
    let (place, process, _echo) = started(None).await;
    for path in ["/api/books/7", "/nothing"] {
        let mut stream = TcpStream::connect(place.address()).await.unwrap();
        let open = frame(HEADERS, END_HEADERS, 1, &fields("POST", path));
        let sent = [hello(65_535), open, frame(DATA, 0, 1, &[b'x'; 10_000])].concat();
        stream.write_all(&sent).await.unwrap();
        let (mut ends, mut head) = (Vec::new(), [0; 9]);
        while !ends.contains(&RST_STREAM) {
            let reading = stream.read_exact(&mut head);
            tokio::time::timeout(Duration::from_secs(12), reading).await.unwrap().unwrap();
            let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            stream.read_exact(&mut payload).await.unwrap();
            if head[8] == 1 && (head[3] == RST_STREAM || head[4] & END_STREAM != 0) {
                ends.push(head[3]);
            }
            if head[3] == RST_STREAM {
                assert_eq!(payload, [0; 4], "NO_ERROR");
            }
        }
        assert_eq!(ends, [DATA, RST_STREAM], "{path}: the whole answer, then the end of the request");
    }
    process.stop().await;
}
