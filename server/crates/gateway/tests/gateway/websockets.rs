//! WebSockets, from a client through the gateway to a service.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::bench::{ALICE, ORIGIN, TestGateway, route};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A service that first says whom it sees, then repeats what it is told.
async fn parrot() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut seen = String::new();
                #[expect(clippy::result_large_err, reason = "the library's own signature")]
                let look = |request: &Request, response: Response| {
                    seen = format!(
                        "{:?} {:?}",
                        request.headers().get("x-member-id"),
                        request.headers().get("cookie")
                    );
                    Ok(response)
                };
                let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, look).await else { return };
                let _ = socket.send(Message::text(seen)).await;
                while let Some(Ok(message)) = socket.next().await {
                    if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

async fn gateway(more: &str) -> TestGateway {
    let url = parrot().await;
    let toml = route("/ws", &[&url], &format!("websocket = true\n{more}")) + &route("/plain", &[&url], "");
    TestGateway::open(&toml).await
}

async fn connect(gateway: &TestGateway, path: &str, fields: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("ws://{}{path}", gateway.address).into_client_request().unwrap();
    for (name, value) in fields {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

const READER: (&str, &str) = ("authorization", "Bearer reader");

#[tokio::test]
async fn a_websocket_passes_both_ways_with_the_identity() {
    let gateway = gateway("").await;
    let mut socket = connect(&gateway, "/ws", &[READER, ("cookie", "a=1")]).await.unwrap();
    let seen = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(seen.as_str(), format!("Some(\"{ALICE}\") None"));
    for size in [1, 100, 100_000] {
        let message = Message::binary(vec![7; size]);
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket.close(None).await.unwrap();
}

#[tokio::test]
async fn a_websocket_needs_a_credential_its_route_and_our_own_page() {
    let gateway = gateway("").await;
    let live = ("cookie", "daemun=live");
    let refused = async |path, fields: &[_]| connect(&gateway, path, fields).await.err();
    assert_eq!(refused("/ws", &[]).await, Some(401));
    assert_eq!(refused("/ws", &[live]).await, Some(403), "no page of ours");
    assert_eq!(refused("/ws", &[live, ("origin", "https://evil.example")]).await, Some(403));
    assert_eq!(refused("/ws", &[live, ("origin", ORIGIN)]).await, None);
    // Without the upgrade this is a plain GET, which the parrot does not understand.
    assert_eq!(refused("/plain", &[READER]).await, Some(502));
}

#[tokio::test]
async fn a_websocket_ends_when_its_member_signs_out() {
    let gateway = gateway("").await;
    let mut socket = connect(&gateway, "/ws", &[READER]).await.unwrap();
    let _ = socket.next().await;
    gateway.keeper.active.store(false, Ordering::SeqCst);
    let ended = Instant::now();
    while socket.next().await.is_some_and(|message| message.is_ok()) {}
    assert!(ended.elapsed() < Duration::from_millis(1800), "{:?}", ended.elapsed());
}

#[tokio::test]
async fn a_silent_websocket_is_cut_and_the_end_of_the_program_ends_all() {
    let silent = gateway("idle_timeout = \"300ms\"").await;
    let mut socket = connect(&silent, "/ws", &[READER]).await.unwrap();
    while socket.next().await.is_some_and(|message| message.is_ok()) {}

    let ending = gateway("").await;
    let tasks = tokio_util::task::TaskTracker::new();
    ending.gateway.start(&ending.end, &tasks);
    let mut socket = connect(&ending, "/ws", &[READER]).await.unwrap();
    let _ = socket.next().await;
    ending.end.cancel();
    tasks.close();
    tasks.wait().await;
    while socket.next().await.is_some_and(|message| message.is_ok()) {}
}
