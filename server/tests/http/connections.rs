//! Whom a connection may hold up: nobody (S-RATE-6). Each test at both listeners, with short limits.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::App;
use crate::raw::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, all_from, connect_from, fields, frame, held, hello, plain_request,
};

/// The limits of these tests are one second; a busy machine may be late by some.
const SOON: Duration = Duration::from_secs(12);
/// What a request may take while others misbehave.
const FAST: Duration = Duration::from_secs(2);
const OFTEN: Duration = Duration::from_millis(200);
const NEVER: Duration = Duration::from_hours(1);

async fn short() -> App {
    App::with(&[
        ("DAEMUN_LIMITS__HEADER_TIME", "1s"),
        ("DAEMUN_LIMITS__WRITE_TIME", "1s"),
        ("DAEMUN_LIMITS__REQUEST_TIME", "1s"),
        ("DAEMUN_LIMITS__CONNECTIONS", "400"),
    ])
    .await
}

fn listeners(app: &App) -> [SocketAddr; 2] {
    [app.address(), app.operations()]
}

/// A way to hold a connection: what is sent at first, and what again and again.
type SignInMethodId = (&'static str, Vec<u8>, Vec<u8>);

/// Holds a connection by each way at both listeners, and asks meanwhile.
async fn all_are_cut(app: &App, ways: &[SignInMethodId]) {
    for address in listeners(app) {
        let hold = async |(name, first, again): &SignInMethodId| {
            let stream = TcpStream::connect(address).await.unwrap();
            let every = if again.is_empty() { NEVER } else { OFTEN };
            (*name, held(stream, first, (again, every), SOON).await)
        };
        let asking = async {
            for _ in 0..5 {
                let took = plain_request(2, address).await;
                assert!(took < FAST, "{took:?}");
                tokio::time::sleep(OFTEN).await;
            }
        };
        let (ended, ()) = tokio::join!(join_all(ways.iter().map(hold)), asking);
        let open: Vec<_> = ended.iter().filter(|(_, after)| after.is_none()).map(|(name, _)| name).collect();
        assert_eq!(open, Vec::<&&str>::new(), "these are still open at {address}");
    }
}

fn get(path: &str, flags: u8) -> Vec<u8> {
    frame(HEADERS, flags, 1, &fields("GET", path))
}

#[tokio::test]
async fn s_rate_6_a_connection_without_a_whole_head_is_cut_whatever_it_does() {
    let ping = frame(PING, 0, 0, &[7; 8]);
    let settings = frame(SETTINGS, 0, 0, &[]);
    let ways: Vec<SignInMethodId> = vec![
        ("says nothing", vec![], vec![]),
        ("half a preface", b"PRI * HTTP/2.0".to_vec(), vec![]),
        ("a preface alone", PREFACE.to_vec(), vec![]),
        ("a preface and settings", hello(65_535), vec![]),
        ("a preface, byte by byte", b"PRI * HTTP/2.0\r\n\r\nSM".to_vec(), b"\r".to_vec()),
        ("half a head", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec(), vec![]),
        ("a head, byte by byte", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec(), b"a".to_vec()),
        ("empty lines", b"\r\n".to_vec(), b"\r\n".to_vec()),
        ("HTTP/2 half a head", [hello(65_535), get("/", END_STREAM)].concat(), vec![]),
        (
            "HTTP/2 a head without end",
            [hello(65_535), get("/", END_STREAM)].concat(),
            frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y']),
        ),
        ("HTTP/2 pings", hello(65_535), ping),
        ("HTTP/2 settings", hello(65_535), settings),
        ("HTTP/2 windows", hello(65_535), frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        ("HTTP/2 answers to pings that nobody sent", hello(65_535), frame(PING, ACK, 0, &[7; 8])),
        ("HTTP/2 frames of no known kind", hello(65_535), frame(0x77, 0, 0, b"x")),
    ];
    all_are_cut(&short().await, &ways).await;
}

#[tokio::test]
async fn s_rate_6_an_idle_connection_is_closed_in_either_protocol() {
    let one = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n".to_vec();
    let two = [hello(65_535), get("/health/live", END_STREAM | END_HEADERS)].concat();
    let ways: Vec<SignInMethodId> = vec![
        ("HTTP/1.1 keep-alive", one.clone(), vec![]),
        ("HTTP/1.1, then half a head", [one, b"GET / HT".to_vec()].concat(), vec![]),
        ("HTTP/2", two.clone(), vec![]),
        ("HTTP/2 that pings", two.clone(), frame(PING, 0, 0, &[7; 8])),
        ("HTTP/2 that opens a stream and does not finish its head", two, {
            // Only the first of them is a frame that may come; it is enough to try.
            frame(HEADERS, END_STREAM, 3, &fields("GET", "/"))
        }),
    ];
    all_are_cut(&short().await, &ways).await;
}

#[tokio::test]
async fn s_rate_6_a_slow_body_ends_in_either_protocol() {
    let head = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n")
            .into_bytes()
    };
    let chunked = b"POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    transfer-encoding: chunked\r\n\r\n";
    let open = [hello(65_535), frame(HEADERS, END_HEADERS, 1, &fields("POST", "/auth/login"))].concat();
    let ways: Vec<SignInMethodId> = vec![
        ("a body that does not come", head("/auth/login"), vec![]),
        ("a body, byte by byte", head("/auth/login"), b" ".to_vec()),
        ("chunks of one byte", chunked.to_vec(), b"1\r\n \r\n".to_vec()),
        ("a body for nobody", head("/health/live"), b" ".to_vec()),
        ("HTTP/2 a body that does not come", open.clone(), vec![]),
        ("HTTP/2 a body, byte by byte", open.clone(), frame(DATA, 0, 1, b" ")),
        ("HTTP/2 a body of empty pieces", open.clone(), frame(DATA, 0, 1, b"")),
        ("HTTP/2 a body that does not come, and pings", open, frame(PING, 0, 0, &[7; 8])),
    ];
    all_are_cut(&short().await, &ways).await;
}

#[tokio::test]
async fn a_picture_over_a_slow_line_arrives_and_one_that_stops_is_the_clients_fault() {
    let app = App::with(&[("DAEMUN_LIMITS__REQUEST_TIME", "2s")]).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let cookie = browser.cookie("daemun").unwrap();
    let upload = async |pieces: usize| {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        let head = format!(
            "POST /api/users/me/picture HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\ncookie: daemun={cookie}\r\n\
             content-type: image/png\r\ncontent-length: {}\r\n\r\n",
            26 * 5120
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..pieces {
            tokio::time::sleep(OFTEN).await;
            stream.write_all(&[b'x'; 5120]).await.unwrap();
        }
        let mut all = vec![0; 4096];
        let length = tokio::time::timeout(SOON, stream.read(&mut all)).await.unwrap().unwrap();
        String::from_utf8_lossy(&all[..length]).into_owned()
    };
    let (whole, half) = tokio::join!(upload(26), upload(10));
    // Read to its end, though it took more than twice the time: these bytes are no picture.
    assert!(whole.starts_with("HTTP/1.1 400") && whole.contains("picture"), "{whole}");
    assert!(half.starts_with("HTTP/1.1 408") && half.contains("connection: close"), "{half}");
}

#[tokio::test]
async fn an_idle_http2_client_is_told_before_it_is_cut() {
    let app = short().await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let asked = [hello(65_535), get("/health/live", END_STREAM | END_HEADERS)].concat();
    stream.write_all(&asked).await.unwrap();
    let all = all_from(stream, SOON).await;
    let mut kinds = Vec::new();
    let mut rest = &all[..];
    while rest.len() >= 9 {
        let length = usize::from(rest[1]) << 8 | usize::from(rest[2]);
        kinds.push(rest[3]);
        rest = rest.get(9 + length..).unwrap_or_default();
    }
    assert!(kinds.contains(&HEADERS) && kinds.contains(&GOAWAY), "{kinds:?}");
}

#[tokio::test]
async fn s_rate_6_an_idle_http2_client_that_answers_pings_frees_its_place() {
    let settings = [("DAEMUN_LIMITS__HEADER_TIME", "1s"), ("DAEMUN_LIMITS__CONNECTIONS_PER_NETWORK", "1")];
    let app = App::with(&settings).await;
    for address in listeners(&app) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = [hello(65_535), get("/health/live", END_STREAM | END_HEADERS)].concat();
        stream.write_all(&asked).await.unwrap();
        let began = Instant::now();
        let mut head = [0; 9];
        while stream.read_exact(&mut head).await.is_ok() {
            let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            stream.read_exact(&mut payload).await.unwrap();
            if head[3] == PING && head[4] & ACK == 0 {
                stream.write_all(&frame(PING, ACK, 0, &payload)).await.unwrap();
            }
            assert!(began.elapsed() < SOON, "it is still open");
        }
        // The client holds its end for as long as it likes; the place is another's.
        while is_closed(TcpStream::connect(address).await.unwrap()).await {
            assert!(began.elapsed() < SOON, "the place is still taken");
        }
        drop(stream);
    }
}

#[tokio::test]
async fn s_rate_6_a_client_that_does_not_read_is_cut_in_either_protocol() {
    let app = short().await;
    for address in listeners(&app) {
        // HTTP/2: a window of nothing, answers wait for ever. Its pings are answered.
        let mut unread = TcpStream::connect(address).await.unwrap();
        let asked = [hello(0), get("/health/live", END_STREAM | END_HEADERS)].concat();
        unread.write_all(&asked).await.unwrap();
        let ping = frame(PING, 0, 0, &[7; 8]);
        assert!(held(unread, &[], (&ping, OFTEN), SOON).await.is_some(), "{address}: HTTP/2");
        // A window of one byte now and then is no reading either.
        let mut drop_by_drop = TcpStream::connect(address).await.unwrap();
        drop_by_drop.write_all(&asked).await.unwrap();
        let more = frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]);
        assert!(held(drop_by_drop, &[], (&more, OFTEN), SOON).await.is_some(), "{address}: a byte at a time");
        // HTTP/1.1: requests on end, of which no answer is read.
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
        let began = Instant::now();
        let asking = async { while stream.write_all(&asked).await.is_ok() {} };
        assert!(tokio::time::timeout(SOON * 2, asking).await.is_ok(), "{address}: {:?}", began.elapsed());
        assert!(plain_request(2, address).await < FAST);
    }
}

/// Sends pieces until the other side has enough; says how many went.
async fn flood(address: SocketAddr, first: Vec<u8>, piece: impl Fn(u32) -> Vec<u8>, most: u32) -> u32 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&first).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut sent = 0;
    let flooding = async {
        while sent < most && writer.write_all(&piece(sent)).await.is_ok() {
            sent += 1;
        }
    };
    let mut buffer = vec![0; 64 * 1024];
    let reading = async { while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
    tokio::select! {
        () = flooding => {}
        () = reading => {}
    }
    sent
}

#[tokio::test]
async fn s_rate_6_a_flood_of_opened_and_reset_streams_ends_the_connection() {
    const MOST: u32 = 200_000;
    let app = short().await;
    for address in listeners(&app) {
        let opened_and_reset = |number: u32| {
            let stream = number * 2 + 1;
            let head = frame(HEADERS, END_STREAM | END_HEADERS, stream, &fields("GET", "/health/ready"));
            [head, frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
        };
        // One by one: each stream is under way when it is reset.
        let flooding = flood(address, hello(65_535), opened_and_reset, MOST);
        let asking = async {
            let mut slowest = Duration::ZERO;
            for _ in 0..5 {
                slowest = slowest.max(plain_request(2, address).await);
            }
            slowest
        };
        let (sent, slowest) = tokio::join!(flooding, asking);
        assert!(sent < MOST, "{address}: nobody stopped {sent} streams");
        assert!(slowest < FAST, "{address}: {slowest:?}");
    }
}

#[tokio::test]
async fn s_rate_6_continuation_without_end_ends_the_connection() {
    const MOST: u32 = 2000;
    let app = short().await;
    for address in listeners(&app) {
        let name = [&[0, 100][..], &[b'x'; 100], &[100], &[b'y'; 100]].concat().repeat(40);
        let first = [hello(65_535), get("/", END_STREAM)].concat();
        let sent = flood(address, first, |_| frame(CONTINUATION, 0, 1, &name), MOST).await;
        assert!(sent < MOST, "{address}: {sent} frames were taken");
        assert!(plain_request(2, address).await < FAST);
    }
}

#[tokio::test]
async fn s_rate_6_one_network_does_not_take_all_connections() {
    let settings = [("DAEMUN_LIMITS__CONNECTIONS", "40"), ("DAEMUN_LIMITS__HEADER_TIME", "60s")];
    let app = App::with(&settings).await;
    for address in listeners(&app) {
        let mut sockets = Vec::new();
        for _ in 0..40 {
            sockets.push(TcpStream::connect(address).await.unwrap());
        }
        assert!(
            plain_request(2, address).await < FAST,
            "another network gets in, though no time-out has come"
        );
        let mut open = 0;
        for socket in sockets {
            open += usize::from(is_open(socket).await);
        }
        assert_eq!(open, 10, "{address}: a quarter of all, the others are closed");
    }
    let apart = [settings[0], settings[1], ("DAEMUN_LIMITS__CONNECTIONS_PER_NETWORK", "3")];
    assert_eq!(open_of(&App::with(&apart).await, 5).await, 3);
    let proxied = [settings[0], settings[1], ("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.0/8")];
    assert_eq!(open_of(&App::with(&proxied).await, 20).await, 20, "a proxy speaks for many");
}

async fn open_of(app: &App, count: usize) -> usize {
    let mut sockets = Vec::new();
    for _ in 0..count {
        sockets.push(TcpStream::connect(app.address()).await.unwrap());
    }
    let open = join_all(sockets.into_iter().map(is_open)).await;
    open.into_iter().filter(|open| *open).count()
}

async fn is_closed(socket: TcpStream) -> bool {
    !is_open(socket).await
}

async fn is_open(mut socket: TcpStream) -> bool {
    let read = tokio::time::timeout(Duration::from_millis(500), socket.read_u8()).await;
    read.is_err()
}

#[tokio::test]
async fn one_network_does_not_take_all_requests_by_http2_either() {
    let app =
        App::with(&[("DAEMUN_LIMITS__CONNECTIONS", "400"), ("DAEMUN_LIMITS__REQUEST_TIME", "60s")]).await;
    let open = |stream: u32| frame(HEADERS, END_HEADERS, stream, &fields("POST", "/auth/login"));
    let hundred: Vec<u8> = (0..100).flat_map(|number| open(number * 2 + 1)).collect();
    let (mut one, mut two) =
        (TcpStream::connect(app.address()).await.unwrap(), TcpStream::connect(app.address()).await.unwrap());
    one.write_all(&[hello(65_535), hundred.clone()].concat()).await.unwrap();
    // All of the first are in flight once its ping is answered; nothing but bodies is waited for.
    let before = plain_request(2, app.address()).await;
    two.write_all(&[hello(65_535), open(1)].concat()).await.unwrap();
    let answered = tokio::time::timeout(SOON, async {
        let mut head = [0; 9];
        loop {
            two.read_exact(&mut head).await.unwrap();
            let length = usize::from(head[1]) << 8 | usize::from(head[2]);
            let mut payload = vec![0; length];
            two.read_exact(&mut payload).await.unwrap();
            if head[3] == HEADERS {
                return String::from_utf8_lossy(&payload).into_owned();
            }
        }
    })
    .await;
    assert!(answered.is_ok(), "the hundred-and-first is refused and does not wait");
    assert!(before < FAST && plain_request(2, app.address()).await < FAST);
}

#[tokio::test]
async fn the_end_does_not_wait_for_connections_that_ask_nothing() {
    let app = App::with(&[("DAEMUN_LIMITS__HEADER_TIME", "60s"), ("DAEMUN_LIMITS__DRAIN_TIME", "60s")]).await;
    let asked = [hello(65_535), get("/health/live", END_STREAM | END_HEADERS)].concat();
    let firsts: [&[u8]; 6] =
        [b"", b"PRI * HT", PREFACE, b"GET / HTTP/1.1\r\nx: ", &asked, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"];
    let mut sockets = Vec::new();
    for address in listeners(&app) {
        for first in firsts {
            let mut socket = connect_from(3, address).await;
            socket.write_all(first).await.unwrap();
            sockets.push(socket);
        }
        assert!(plain_request(2, address).await < FAST);
    }
    let began = Instant::now();
    app.stop().await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    drop(sockets);
}
