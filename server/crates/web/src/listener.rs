//! A listener that no client can exhaust: idle connections end, connections are limited in all and for each network, answers
//! arrive although the client is still sending, and the program ends in an orderly way.
//!
//! axum's own `serve` arms no header timeout (it installs no timer), so this is hyper's server with a [timer of our own](attend)
//! (S-RATE-6).

mod attend;
mod connection;
mod connection_limits;
mod places;
mod request_body;
mod response_body;
mod socket;
mod traffic;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use limits::LimitExceeded;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::connection::{ClientSocket, Connection, Protocols, Requests};
pub use self::connection_limits::ConnectionLimits;
use self::places::{Place, Places};
use self::request_body::RequestBody;
use self::response_body::ResponseBody;
use self::socket::Socket;
pub use self::traffic::ClientPlace;
use self::traffic::{InFlight, Traffic};
use crate::client::TrustedProxies;
use crate::headers::{Hsts, SecurityHeaders};
use crate::refusal::Refusal;
use crate::stall::StallGuard;

/// How often at most the log says that connections cannot be accepted.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// What answers the requests of a listener. A trait of its own, since a `tower::Service` has to name its future, which
/// mostly means to box it.
pub trait Answer: Clone + Send + Sync + 'static {
    /// Answers one request, which takes this place as long as somebody works on it.
    fn answer(&self, request: Request, place: &ClientPlace) -> impl Future<Output = Response> + Send;

    /// What a refusal of the listener itself says, too.
    fn security(&self) -> &SecurityHeaders {
        &WITHOUT_HSTS
    }
}

impl Answer for Router {
    async fn answer(&self, request: Request, _: &ClientPlace) -> Response {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Serves `answers` on `listener` until `end` is cancelled, then lets requests in flight finish. Connections of `proxies` carry
/// the requests of many networks, and are not counted for one.
pub async fn serve(
    listener: TcpListener,
    answers: impl Answer,
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    end: CancellationToken,
) {
    let protocols = Arc::new(Protocols::new(&limits));
    let places = Places::new(limits.connections, limits.connections_per_network, proxies);
    let connections = TaskTracker::new();
    let mut told_at = None;
    loop {
        let accepted = tokio::select! {
            () = end.cancelled() => break,
            accepted = accept(&listener, &places, &mut told_at) => accepted,
        };
        let Some((stream, address, place)) = accepted else { continue };
        // Answers are written whole; Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let traffic = Arc::new(Traffic::new(place));
        let socket = socket(stream, &traffic, &limits);
        let requests = requests(answers.clone(), Arc::clone(&traffic), address);
        let connection = Connection::new(Arc::clone(&protocols), Arc::clone(&traffic), socket, requests);
        // A child token, so that connections do not contend for one lock.
        connections.spawn(attend::attend(connection, traffic, &limits, end.child_token()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

fn socket(stream: TcpStream, traffic: &Arc<Traffic>, limits: &ConnectionLimits) -> ClientSocket {
    let io = StallGuard::new(TokioIo::new(stream), limits.write_time);
    Socket::new(io, Arc::clone(traffic), limits.header_time)
}

/// What answers the requests of one connection.
fn requests(answers: impl Answer, traffic: Arc<Traffic>, address: SocketAddr) -> impl Requests {
    hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let in_flight = InFlight::begin(&traffic, request.version() == Version::HTTP_2);
        let answers = answers.clone();
        async move { Ok::<_, Infallible>(respond(answers, request, address, in_flight).await) }
    })
}

/// Answers one request. An answer that does not wait for the end of the body closes the connection (RFC 9112 section
/// 9.6); over HTTP/2 the stream is reset with `NO_ERROR` after it (RFC 9113 section 8.1), as hyper does.
async fn respond(
    answers: impl Answer,
    request: hyper::Request<Incoming>,
    address: SocketAddr,
    mut in_flight: InFlight,
) -> http::Response<ResponseBody> {
    let (mut request, rest) = if request.body().is_end_stream() {
        (request.map(Body::new), None)
    } else {
        let waits_for_leave = request.headers().contains_key(header::EXPECT);
        let (head, incoming) = request.into_parts();
        let (body, rest) = RequestBody::new(incoming, waits_for_leave);
        (Request::from_parts(head, Body::new(body)), Some(rest))
    };
    let is_http2 = request.version() == Version::HTTP_2;
    request.extensions_mut().insert(ConnectInfo(address));
    let mut response = if is_http2 && in_flight.traffic().is_network_full() {
        drop(request);
        too_many(answers.security())
    } else {
        answers.answer(request, in_flight.place()).await
    };
    in_flight.answered();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        in_flight.traffic().upgrades();
    }
    let rest = rest.filter(|rest| !rest.is_over());
    if rest.is_some() && !is_http2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        in_flight.traffic().answers_early();
    }
    response.map(|body| ResponseBody::new(body, in_flight, rest))
}

static WITHOUT_HSTS: LazyLock<SecurityHeaders> = LazyLock::new(|| SecurityHeaders::new(Hsts::off()));

fn too_many(security: &SecurityHeaders) -> Response {
    let refusal = Refusal::from(LimitExceeded { retry_after: Duration::from_secs(1) });
    let mut response = refusal.into_response();
    security.complete(response.headers_mut());
    response
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Places>,
    told_at: &mut Option<Instant>,
) -> Option<(TcpStream, SocketAddr, Place)> {
    let one = places.one_of_all().await?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, places.take(one, address.ip())?)),
        // Caused by the client: it left while waiting.
        Err(error) if is_of_connection(&error) => None,
        Err(error) => {
            if told_at.is_none_or(|at| at.elapsed() >= LOG_INTERVAL) {
                *told_at = Some(Instant::now());
                tracing::error!(%error, "connections cannot be accepted");
            }
            // Most likely out of file handles: waiting frees some; retrying at once would not.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests;
