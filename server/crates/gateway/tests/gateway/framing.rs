//! Messages whose end two programs may see in different places (S-GW-9).

use crate::actor;
use crate::bench::{TestGateway, route};
use crate::service::Service;

/// Whatever follows the first message would, read as a request of its own, ask for `/open/smuggled`.
const SECOND: &str = "GET /open/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

fn messages() -> Vec<String> {
    let chunked = format!("0\r\n\r\n{SECOND}");
    let message =
        |fields: &str, body: &str| format!("POST /open/first HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n{body}");
    let both = format!("Content-Length: {}", chunked.len());
    vec![
        message(&format!("{both}\r\nTransfer-Encoding: chunked"), &chunked),
        message(&format!("Transfer-Encoding: chunked\r\n{both}"), &chunked),
        message("Content-Length: 4\r\nTransfer-Encoding: chunked", &format!("0\r\n\r\n{SECOND}")),
        message("Content-Length: 0\r\nContent-Length: 5", &format!("abcde{SECOND}")),
        message("Content-Length: 5\r\nContent-Length: 0", &format!("abcde{SECOND}")),
        message("Content-Length: 5, 5", &format!("abcde{SECOND}")),
        message("Content-Length: +5", &format!("abcde{SECOND}")),
        message("Content-Length: -1", SECOND),
        message("Content-Length: 0x5", &format!("abcde{SECOND}")),
        message("Content-Length: 5 ", &format!("abcd{SECOND}")),
        message("Content-Length:", SECOND),
        message("Content-Length : 5", &format!("abcde{SECOND}")),
        message("Transfer-Encoding : chunked", &chunked),
        message(" Transfer-Encoding: chunked", &chunked),
        message("X: y\r\n Transfer-Encoding: chunked", &chunked),
        message("Transfer-Encoding: gzip, chunked", &chunked),
        message("Transfer-Encoding: chunked, identity", &chunked),
        message("Transfer-Encoding: xchunked", &chunked),
        message("Transfer-Encoding: identity", SECOND),
        message("Transfer-Encoding:\x0bchunked", &chunked),
        message("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", &chunked),
        message("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", &chunked),
        message("Transfer-Encoding: chunked", &format!("5;x=\n\r\nabcde\r\n0\r\n\r\n{SECOND}")),
        message("Transfer-Encoding: chunked", &format!("-1\r\nabcde\r\n0\r\n\r\n{SECOND}")),
        message("Transfer-Encoding: chunked", &format!("fffffffffffffffff1\r\nabcde\r\n0\r\n\r\n{SECOND}")),
        message("Transfer-Encoding: chunked", &format!("5\r\nabcdeX\r\n0\r\n\r\n{SECOND}")),
        message("Transfer-Encoding: chunked\r\nConnection: transfer-encoding, keep-alive", &chunked),
        format!(
            "POST /open/first HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
        ),
        format!(
            "POST /open/first HTTP/1.1\nHost: x\nContent-Length: 0\nTransfer-Encoding: chunked\n\n{chunked}"
        ),
    ]
}

#[tokio::test]
async fn s_gw_9_an_ambiguous_message_is_one_request_or_none_and_the_last_on_its_connection() {
    let echo = Service::echo().await;
    let gateway = TestGateway::open(&route("/open/{*rest}", &[&echo.url()], "public = true")).await;
    let messages = messages();
    assert!(messages.len() >= 20);
    let ambiguous = |message: &str| !message.contains("Content-Length: 5 \r\n");
    for (place, message) in messages.iter().filter(|message| ambiguous(message)).enumerate() {
        // A name of its own, since an upload that broke off may reach the service later than the next message.
        let own = format!("/open/first{place}");
        let message = message.replace("/open/first", &own);
        // `knock` reads until the gateway closes: an open connection would hold the test forever.
        let all = actor::knock(gateway.address, message.as_bytes()).await;
        let answers = String::from_utf8_lossy(&all).matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{message:?}: {}", String::from_utf8_lossy(&all));
        let reached = echo.targets().iter().filter(|target| **target == own).count();
        match actor::parse(&all).unwrap().status {
            400 => assert!(reached <= 1, "{message:?}"),
            200 => assert_eq!(reached, 1, "{message:?}"),
            status => panic!("{message:?}: {status}"),
        }
    }
    assert!(!echo.targets().iter().any(|target| target.contains("smuggled")), "{:?}", echo.targets());
}

#[tokio::test]
async fn a_clear_message_leaves_the_connection_open_for_the_next() {
    let echo = Service::echo().await;
    let gateway = TestGateway::open(&route("/open/{*rest}", &[&echo.url()], "public = true")).await;
    let first = "POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    let second = "GET /open/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let all = actor::knock(gateway.address, format!("{first}{second}").as_bytes()).await;
    assert_eq!(String::from_utf8_lossy(&all).matches("HTTP/1.1 200").count(), 2);
    assert_eq!(echo.targets(), ["/open/1", "/open/2"]);
}
