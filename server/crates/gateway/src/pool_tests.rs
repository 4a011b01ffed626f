//! Which connections are used again, and which are not.

use std::sync::Arc;
use std::time::Duration;

use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use web::PublicOrigin;

use crate::download::{Download, Watch};
use crate::meter::Meter;
use crate::settings::Settings;
use crate::tls::Tls;
use crate::upload::Upload;
use crate::upstream::{Upstream, UpstreamKey};
use crate::upstream_address::UpstreamAddress;

/// A service whose every byte the test writes, and the gateway's view of it.
struct Service {
    listener: TcpListener,
    upstream: Arc<Upstream>,
}

impl Service {
    async fn new(keep_alive: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = UpstreamAddress {
            scheme: Scheme::HTTP,
            authority: listener.local_addr().unwrap().to_string().parse().unwrap(),
        };
        let mut settings = Settings::new(PublicOrigin::of(&Url::parse("http://localhost").unwrap()));
        settings.keep_alive = keep_alive;
        let key = UpstreamKey { address, http2: false, health: None };
        let upstream = Arc::new(Upstream::new(key, &settings, &Tls::default()).unwrap());
        Self { listener, upstream }
    }

    async fn accept(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }

    /// Sends a request and returns the head of the answer, with the body still to be read.
    async fn ask(&self) -> Download {
        let mut permit = self.upstream.permit().unwrap();
        let path = PathAndQuery::from_static("/x");
        let request = self.upstream.request(Method::GET, &path, HeaderMap::new(), Upload::empty()).unwrap();
        let response = permit.send(request, false).await.unwrap();
        let watch = Watch::new(Duration::from_secs(20), None);
        Download::new(response.into_body(), watch, permit, Arc::new(Meter::new(&"/x".into())).opened())
    }

    async fn read(&self) -> bytes::Bytes {
        self.ask().await.collect().await.unwrap().to_bytes()
    }
}

/// Reads one request and writes `answer`.
async fn answer(connection: &mut TcpStream, answer: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert_ne!(connection.read_buf(&mut head).await.unwrap(), 0, "the connection was closed");
    }
    assert!(head.starts_with(b"GET /x HTTP/1.1\r\n"), "{}", String::from_utf8_lossy(&head));
    connection.write_all(answer.as_bytes()).await.unwrap();
}

async fn is_closed(mut connection: TcpStream) -> bool {
    connection.read(&mut [0]).await.is_ok_and(|count| count == 0)
}

const LONG: Duration = Duration::from_secs(60);
const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

#[tokio::test]
async fn a_connection_whose_answer_was_read_takes_the_next_request() {
    let service = Service::new(LONG).await;
    let (first, mut connection) = tokio::join!(service.read(), async {
        let mut connection = service.accept().await;
        answer(&mut connection, WHOLE).await;
        connection
    });
    assert_eq!(first, "ok");
    for text in [CHUNKED, WHOLE] {
        assert_eq!(tokio::join!(service.read(), answer(&mut connection, text)).0, "ok");
    }
}

#[tokio::test]
async fn a_connection_that_the_service_has_closed_is_passed_over() {
    let service = Service::new(LONG).await;
    tokio::join!(service.read(), async { answer(&mut service.accept().await, WHOLE).await });
    let (again, ()) =
        tokio::join!(service.read(), async { answer(&mut service.accept().await, WHOLE).await });
    assert_eq!(again, "ok");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_to_its_end_costs_the_connection() {
    let service = Service::new(LONG).await;
    let (body, connection) = tokio::join!(service.ask(), async {
        let mut connection = service.accept().await;
        answer(&mut connection, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok").await;
        connection
    });
    drop(body);
    assert!(is_closed(connection).await);
}

#[tokio::test]
async fn what_the_service_sends_unasked_is_no_answer_to_the_next() {
    let service = Service::new(LONG).await;
    let twice = format!("{WHOLE}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
    tokio::join!(service.read(), async { answer(&mut service.accept().await, &twice).await });
    let (next, ()) = tokio::join!(service.read(), async { answer(&mut service.accept().await, WHOLE).await });
    assert_eq!(next, "ok");
}

#[tokio::test]
async fn idle_connections_are_closed_after_their_time() {
    let service = Service::new(Duration::ZERO).await;
    let ((), connection) = tokio::join!(async { drop(service.read().await) }, async {
        let mut connection = service.accept().await;
        answer(&mut connection, WHOLE).await;
        connection
    });
    service.upstream.evict_idle();
    assert!(is_closed(connection).await);
}
