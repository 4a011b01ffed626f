//! WebSockets (RFC 6455): the handshake goes through the same checks as any request; then bytes pass both ways.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::header::{CONNECTION, HeaderMap, UPGRADE};
use http::request::Parts as Head;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

use crate::download::{Cut, Watch};
use crate::identity::Identity;
use crate::meter::Opened;
use crate::upstream::Permit;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether the request asks for a WebSocket, and for nothing else besides (S-GW-18: h2c above all).
pub(crate) fn is_wanted(head: &Head) -> bool {
    head.method == Method::GET && head.version == Version::HTTP_11 && names_websocket(&head.headers)
}

fn names_websocket(headers: &HeaderMap) -> bool {
    let mut upgrades = headers.get_all(UPGRADE).iter();
    let one = matches!((upgrades.next(), upgrades.next()), (Some(upgrade), None)
        if upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let tokens =
        headers.get_all(CONNECTION).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    one && tokens.map(<[u8]>::trim_ascii).any(|token| token.eq_ignore_ascii_case(b"upgrade"))
}

/// Whether the head may be that of a handshake, by any sign of one. Proxies that ask about a request leave out `Upgrade`, which
/// is for one connection only, and services need not look at every field.
pub(crate) fn may_be_handshake(headers: &HeaderMap) -> bool {
    let is_mode = |mode: &HeaderValue| mode.as_bytes().eq_ignore_ascii_case(b"websocket");
    headers.contains_key(UPGRADE)
        || headers.keys().any(|name| name.as_str().starts_with("sec-websocket-"))
        || headers.get_all(FETCH_MODE).iter().any(is_mode)
}

/// Puts the two fields of the handshake back, which are for one connection only and were removed with their like.
pub(crate) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// Whether the service agreed.
pub(crate) fn is_agreed(response: &Response<Incoming>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS && names_websocket(response.headers())
}

/// The two ends of a WebSocket, and what watches over it.
pub(crate) struct Tunnel {
    pub(crate) client: OnUpgrade,
    pub(crate) service: OnUpgrade,
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) idle: Duration,
    pub(crate) end: CancellationToken,
    pub(crate) permit: Permit,
    pub(crate) opened: Opened,
}

impl Tunnel {
    /// Passes bytes until one side closes, nothing moves for too long, the sign-in ends or the program does.
    pub(crate) async fn run(self) {
        let Self { client, service, identity, idle, end, permit, opened } = self;
        // Both are held until the end.
        let _held = (permit, opened);
        // The service must not wait for a client that left before it read the handshake's answer.
        let Ok(Ok((client, service))) =
            tokio::time::timeout(Duration::from_secs(10), async { tokio::try_join!(client, service) }).await
        else {
            return;
        };
        let moved = AtomicBool::new(false);
        let mut client = Counted { io: TokioIo::new(client), moved: &moved };
        let mut service = Counted { io: TokioIo::new(service), moved: &moved };
        tokio::select! {
            ended = tokio::io::copy_bidirectional(&mut client, &mut service) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a WebSocket broke");
                }
            }
            cut = watch(Watch::new(idle, identity), &moved) => tracing::info!(%cut, "a WebSocket was closed"),
            () = end.cancelled() => {}
        }
    }
}

/// Looks each second whether something moved and whether the sign-in still holds.
async fn watch(mut watch: Watch, moved: &AtomicBool) -> Cut {
    loop {
        let second = tokio::time::sleep(crate::download::CHECK_INTERVAL);
        let cut = tokio::select! {
            biased;
            cut = std::future::poll_fn(|context| watch.poll_cut(context)) => Some(cut),
            () = second => None,
        };
        let has_moved = moved.swap(false, Ordering::Relaxed);
        match cut {
            Some(Cut::Silent) if has_moved => {}
            Some(cut) => return cut,
            None => {}
        }
        if has_moved && let Err(cut) = watch.moved() {
            return cut;
        }
    }
}

/// One end, which notes that something was read.
struct Counted<'a> {
    io: TokioIo<Upgraded>,
    moved: &'a AtomicBool,
}

impl AsyncRead for Counted<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.io).poll_read(context, buffer));
        self.moved.store(true, Ordering::Relaxed);
        Poll::Ready(read)
    }
}

impl AsyncWrite for Counted<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::Request;

    #[test]
    fn s_bff_3_one_sign_of_a_handshake_is_enough() {
        for (name, value, expected) in [
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", true),
            ("sec-websocket-version", "13", true),
            ("sec-websocket-protocol", "chat", true),
            ("sec-fetch-mode", "websocket", true),
            ("upgrade", "websocket", true),
            ("sec-fetch-mode", "navigate", false),
            ("upgrade-insecure-requests", "1", false),
            ("connection", "upgrade", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(may_be_handshake(&headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn s_gw_18_only_a_websocket_is_an_upgrade() {
        let wanted = |connection: &str, upgrades: &[&str], method: Method| {
            let mut request = Request::new(Body::empty());
            *request.method_mut() = method;
            request.headers_mut().insert(CONNECTION, HeaderValue::from_str(connection).unwrap());
            for upgrade in upgrades {
                request.headers_mut().append(UPGRADE, HeaderValue::from_str(upgrade).unwrap());
            }
            is_wanted(&request.into_parts().0)
        };
        assert!(wanted("keep-alive, Upgrade", &["WebSocket"], Method::GET));
        assert!(
            !wanted("upgrade", &["h2c"], Method::GET) && !wanted("upgrade", &["websocket, h2c"], Method::GET)
        );
        assert!(
            !wanted("upgrade", &["websocket", "h2c"], Method::GET) && !wanted("upgrade", &[], Method::GET)
        );
        assert!(
            !wanted("close", &["websocket"], Method::GET) && !wanted("upgrade", &["websocket"], Method::POST)
        );
    }
}
