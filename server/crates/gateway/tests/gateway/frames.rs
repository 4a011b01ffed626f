//! HTTP/2 requests that no client library would send, frame by frame (S-GW-10).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{TestGateway, route};
use crate::service::Service;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status` as an index of the static table: 8 and 12 (RFC 7541, appendix A).
const STATUS_200: u8 = 0x88;
const STATUS_400: u8 = 0x8c;
/// A bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A frame of RFC 9113, section 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields as literals without an index (RFC 7541, section 6.2.2): nothing in them is made valid on the way.
fn fields(all: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    all.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/open/x"), (":authority", "x")];

/// What the gateway does with the first stream.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The stream or the connection is ended.
    Error,
    /// An answer, whose fields begin with its status.
    Answer(Vec<u8>),
}

/// Sends these frames after the preface, and reads what becomes of stream 1.
async fn ask(gateway: &TestGateway, frames: &[u8]) -> End {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), frames].concat()).await.unwrap();
    let read = async {
        let mut head = [0; 9];
        // A closed connection ends the stream as well.
        while stream.read_exact(&mut head).await.is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut payload).await.unwrap();
            match head[3] {
                RST_STREAM | GOAWAY => break,
                HEADERS => return End::Answer(payload),
                _ => {}
            }
        }
        End::Error
    };
    tokio::time::timeout(TIMEOUT, read).await.unwrap()
}

async fn ask_with(gateway: &TestGateway, all: &[(&str, &str)]) -> End {
    ask(gateway, &frame(HEADERS, END_STREAM | END_HEADERS, 1, &fields(all))).await
}

fn is_refused(end: &End) -> bool {
    match end {
        End::Error => true,
        End::Answer(block) => block.first() == Some(&STATUS_400),
    }
}

async fn stage() -> (TestGateway, Service) {
    let echo = Service::echo().await;
    let gateway = TestGateway::open(&route("/open/{*rest}", &[&echo.url()], "public = true")).await;
    // What is sent here is a request but for what a test adds.
    let End::Answer(block) = ask_with(&gateway, &GET).await else { panic!("no answer") };
    assert_eq!(block.first(), Some(&STATUS_200));
    assert_eq!(echo.targets().len(), 1);
    (gateway, echo)
}

#[tokio::test]
async fn s_gw_10_fields_that_http_2_does_not_know_end_the_stream_and_reach_nobody() {
    let (gateway, echo) = stage().await;
    for field in [
        ("connection", "keep-alive"),
        ("connection", "x-member-id"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("te", "gzip"),
        ("X-Upper", "case"),
        ("x-evil", "a\r\nx-member-id: 1"),
        ("x-evil", "a\nb"),
        ("x-evil", "a\rb"),
        ("x-evil", "a\0b"),
        ("x-evil\r\nx-member-id", "1"),
        ("x evil", "1"),
        ("x-evil:", "1"),
        ("", "1"),
        (":status", "200"),
        (":unknown", "1"),
        (":path", "/open/after"),
    ] {
        let end = ask_with(&gateway, &[&GET[..], &[field]].concat()).await;
        assert!(is_refused(&end), "{field:?}: {end:?}");
    }
    for left_out in [":method", ":scheme", ":path"] {
        let all: Vec<_> = GET.into_iter().filter(|(name, _)| *name != left_out).collect();
        assert!(is_refused(&ask_with(&gateway, &all).await), "without {left_out}");
    }
    assert_eq!(echo.targets().len(), 1, "the first alone came through");
}

#[tokio::test]
async fn s_gw_10_a_length_that_does_not_match_is_no_request_that_succeeds() {
    let (gateway, _echo) = stage().await;
    for (length, body) in [("5", "abc"), ("2", "abcde"), ("-1", "a"), ("1, 1", "a"), ("0x1", "a"), ("5", "")]
    {
        let mut all = GET.to_vec();
        all[0] = (":method", "POST");
        all.push(("content-length", length));
        let sent =
            [frame(HEADERS, END_HEADERS, 1, &fields(&all)), frame(DATA, END_STREAM, 1, body.as_bytes())]
                .concat();
        let end = ask(&gateway, &sent).await;
        assert!(is_refused(&end), "{length:?} with {body:?}: {end:?}");
    }
}
