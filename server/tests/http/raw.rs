//! A client that holds its connection byte by byte: what no client library would do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// A frame of RFC 9113, section 4.1.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields as literals without an index (RFC 7541, section 6.2.2).
pub fn fields(method: &str, path: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let all = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "x")];
    all.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// The beginning of an HTTP/2 connection, with this initial window.
pub fn hello(window: u32) -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[&[0, 4], &window.to_be_bytes()[..]].concat())].concat()
}

/// A socket of another network than the rest of the test: 127.0.0.`host`.
pub async fn connect_from(host: u8, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0)).unwrap();
    socket.connect(address).await.unwrap()
}

/// Sends `first`, then `again` every so often, reads whatever comes, and says after how long the other side closed.
/// `None`: not within `patience`.
pub async fn held(
    mut stream: TcpStream,
    first: &[u8],
    (again, every): (&[u8], Duration),
    patience: Duration,
) -> Option<Duration> {
    let began = Instant::now();
    if stream.write_all(first).await.is_err() {
        return Some(began.elapsed());
    }
    let (mut reader, mut writer) = stream.split();
    let mut buffer = vec![0; 64 * 1024];
    let reading = async { while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
    let writing = async {
        loop {
            tokio::time::sleep(every).await;
            if writer.write_all(again).await.is_err() {
                return;
            }
        }
    };
    let closed = async {
        tokio::select! {
            () = reading => {}
            () = writing => {}
        }
    };
    tokio::time::timeout(patience, closed).await.ok().map(|()| began.elapsed())
}

/// All that comes until the other side closes.
pub async fn all_from(mut stream: TcpStream, patience: Duration) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = tokio::time::timeout(patience, stream.read_to_end(&mut all)).await;
    all
}

/// How long a plain request of another network takes.
pub async fn plain_request(host: u8, address: SocketAddr) -> Duration {
    let began = Instant::now();
    let mut stream = connect_from(host, address).await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let answer = all_from(stream, Duration::from_secs(20)).await;
    assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    began.elapsed()
}
