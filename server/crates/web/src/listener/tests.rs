//! A listener with answers of its own.

use std::task::Poll;

use hyper::upgrade::OnUpgrade;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;

mod places_kept;
mod taken_back;

const LIMITS: ConnectionLimits = ConnectionLimits {
    header_time: Duration::from_millis(300),
    write_time: Duration::from_secs(5),
    header_count: 100,
    connections: 100,
    connections_per_network: 2,
    drain_time: Duration::from_secs(5),
};
const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

/// Answers every request with an upgrade, and hands out the connections.
#[derive(Clone)]
struct Upgrades(mpsc::UnboundedSender<hyper::upgrade::Upgraded>);

impl Answer for Upgrades {
    async fn answer(&self, mut request: Request, _: &ClientPlace) -> Response {
        let (upgrade, upgraded) = (request.extensions_mut().remove::<OnUpgrade>().unwrap(), self.0.clone());
        tokio::spawn(async move { upgraded.send(upgrade.await.unwrap()).unwrap() });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let response = response.header(header::CONNECTION, "upgrade").header(header::UPGRADE, "websocket");
        response.body(Body::empty()).unwrap()
    }
}

async fn opened(answers: impl Answer) -> (SocketAddr, tokio_util::sync::DropGuard) {
    opened_with(answers, LIMITS).await
}

async fn opened_with(
    answers: impl Answer,
    limits: ConnectionLimits,
) -> (SocketAddr, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, end) = (listener.local_addr().unwrap(), CancellationToken::new());
    tokio::spawn(serve(listener, answers, limits, TrustedProxies::default(), end.clone()));
    (address, end.drop_guard())
}

async fn upgraded(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(UPGRADE).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    stream
}

#[tokio::test]
async fn a_websocket_keeps_its_place_and_is_not_taken_for_idle() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (address, _end) = opened(Upgrades(sender)).await;
    let (mut one, two) = (upgraded(address).await, upgraded(address).await);
    let (first, second) = (receiver.recv().await.unwrap(), receiver.recv().await.unwrap());
    tokio::time::sleep(LIMITS.header_time * 3).await;
    let mut third = TcpStream::connect(address).await.unwrap();
    assert_eq!(third.read(&mut [0; 1]).await.unwrap_or(0), 0, "the network has its share");

    // It is not closed as if it had been answered: what arrives after our side ended is still for its owner.
    let mut first = TokioIo::new(first);
    first.write_all(b"bye").await.unwrap();
    first.shutdown().await.unwrap();
    let mut read = String::new();
    one.read_to_string(&mut read).await.unwrap();
    one.write_all(b"and you").await.unwrap();
    one.shutdown().await.unwrap();
    let mut rest = String::new();
    first.read_to_string(&mut rest).await.unwrap();
    assert_eq!((read.as_str(), rest.as_str()), ("bye", "and you"));

    drop((first, second, one, two));
    tokio::time::timeout(Duration::from_secs(5), async {
        // The place is freed shortly after its socket.
        loop {
            let mut next = TcpStream::connect(address).await.unwrap();
            let _ = next.write_all(UPGRADE).await;
            if next.read(&mut [0; 1]).await.is_ok_and(|count| count > 0) {
                return;
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn s_rate_6_an_answer_in_the_making_is_not_idle_and_a_slow_reader_is_not_cut() {
    let large = Arc::<[u8]>::from(vec![b'x'; 8 << 20]);
    let router = Router::new().fallback(move || {
        let large = Arc::clone(&large);
        async move {
            tokio::time::sleep(LIMITS.header_time * 4).await;
            large.to_vec()
        }
    });
    let (address, _end) = opened(router).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (mut read, mut buffer) = (0, vec![0; 256 << 10]);
    loop {
        let some = stream.read(&mut buffer).await.unwrap();
        if some == 0 {
            break;
        }
        read += some;
        // Several times the idle time in all.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(read > 8 << 20, "{read}");
}

#[test]
fn s_hdr_4_what_the_listener_refuses_by_itself_has_the_fields_of_every_answer() {
    let security = SecurityHeaders::new(Hsts::new(Duration::from_hours(24 * 365), true));
    let refused = too_many(&security);
    assert_eq!(refused.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000; includeSubDomains");
    assert_eq!(refused.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}
