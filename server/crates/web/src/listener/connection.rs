//! One connection, and who holds it.
//!
//! For each connection of HTTP/1, hyper keeps two buffers of 8 kB and room for the future of a request. So hyper gets a connection with
//! the first bytes of a request, and it is taken back once it was idle for a while. Until the next bytes it is no more than its socket.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::mem::{MaybeUninit, replace};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::rt::{Read as _, ReadBuf, Write as _};
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::connection_limits::ConnectionLimits;
use super::places::MAX_STREAMS;
use super::response_body::ResponseBody;
use super::socket::Socket;
use super::traffic::Traffic;
use crate::stall::StallGuard;

/// How an HTTP/2 connection begins (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How many header fields hyper reads without being told a number.
const HYPERS_OWN_COUNT: usize = 100;
/// How many bytes are read to see which protocol it is: mostly the whole head, so that hyper need not read again.
const FIRST_READ_BYTES: usize = 2048;

pub(super) type Failure = Box<dyn Error + Send + Sync>;
pub(super) type ClientSocket = Socket<StallGuard<TokioIo<TcpStream>>>;

/// What answers the requests of one connection.
pub(super) trait Requests:
    Service<
        http::Request<Incoming>,
        Response = http::Response<ResponseBody>,
        Error = Infallible,
        Future: Send + 'static,
    > + Send
    + 'static
{
}

impl<S> Requests for S where
    S: Service<
            http::Request<Incoming>,
            Response = http::Response<ResponseBody>,
            Error = Infallible,
            Future: Send + 'static,
        > + Send
        + 'static
{
}

/// How the protocols are served.
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    /// Both, within these limits.
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        let (mut http1, mut http2) = (http1::Builder::new(), http2::Builder::new(TokioExecutor::new()));
        http1
            // `attend` watches the time.
            .header_read_timeout(None)
            .max_buf_size(128 * 1024);
        // By its own limit, hyper reads them into room that it need not make for each request.
        if limits.header_count != HYPERS_OWN_COUNT {
            http1.max_headers(limits.header_count);
        }
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.header_time)
            .keep_alive_timeout(limits.header_time)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(64 * 1024)
            .max_pending_accept_reset_streams(20);
        Self { http1, http2 }
    }
}

/// A connection of a client.
pub(super) struct Connection<S: Requests> {
    protocols: Arc<Protocols>,
    traffic: Arc<Traffic>,
    state: State<S>,
}

enum State<S: Requests> {
    Waiting(Waiting<S>),
    Http1(Box<http1::UpgradeableConnection<ClientSocket, S>>),
    Http2(Box<http2::Connection<ClientSocket, S, TokioExecutor>>),
    /// It is closed, and what the client still sends is discarded.
    Closing(ClientSocket),
    Over,
}

/// A connection of which nobody has read a request.
struct Waiting<S> {
    socket: ClientSocket,
    requests: S,
    /// What has come of a request.
    begun: Vec<u8>,
    /// Whether there were requests before, and so is no preface.
    is_http1: bool,
}

enum First {
    Http1,
    Http2,
    End,
}

impl<S> Waiting<S> {
    fn protocol(&self) -> Option<First> {
        match &*self.begun {
            [] => None,
            _ if self.is_http1 => Some(First::Http1),
            begun if begun.starts_with(PREFACE) => Some(First::Http2),
            begun if PREFACE.starts_with(begun) => None,
            _ => Some(First::Http1),
        }
    }

    /// Waits until it is known what the client begins.
    fn poll_first(&mut self, context: &mut Context<'_>) -> Poll<io::Result<First>> {
        let mut space = [MaybeUninit::uninit(); FIRST_READ_BYTES];
        loop {
            if let Some(protocol) = self.protocol() {
                return Poll::Ready(Ok(protocol));
            }
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.socket).poll_read(context, buffer.unfilled()))?;
            if buffer.filled().is_empty() {
                // hyper knows what to say about half a preface.
                return Poll::Ready(Ok(if self.begun.is_empty() { First::End } else { First::Http1 }));
            }
            self.begun.extend_from_slice(buffer.filled());
        }
    }
}

impl<S: Requests> Connection<S> {
    /// A connection that was accepted just now. `requests` answers what comes.
    pub(super) const fn new(
        protocols: Arc<Protocols>,
        traffic: Arc<Traffic>,
        socket: ClientSocket,
        requests: S,
    ) -> Self {
        let waiting = Waiting { socket, requests, begun: Vec::new(), is_http1: false };
        Self { protocols, traffic, state: State::Waiting(waiting) }
    }

    /// Whether hyper has it, and it is one that can be taken back.
    pub(super) const fn is_held(&self) -> bool {
        matches!(self.state, State::Http1(_))
    }

    /// Serves it until it is closed.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        loop {
            match &mut self.state {
                State::Waiting(waiting) => {
                    let first = ready!(waiting.poll_first(context))?;
                    self.begin(&first);
                }
                State::Http1(connection) => return Pin::new(connection).poll(context).map_err(Into::into),
                State::Http2(connection) => return Pin::new(connection).poll(context).map_err(Into::into),
                State::Closing(socket) => {
                    return Pin::new(socket).poll_shutdown(context).map_err(Into::into);
                }
                State::Over => return Poll::Ready(Ok(())),
            }
        }
    }

    fn begin(&mut self, first: &First) {
        let State::Waiting(waiting) = replace(&mut self.state, State::Over) else { return };
        let Waiting { mut socket, requests, begun, .. } = waiting;
        socket.begins_with(Bytes::from(begun));
        let Protocols { http1, http2 } = &*self.protocols;
        self.state = match first {
            First::Http1 => State::Http1(Box::new(http1.serve_connection(socket, requests).with_upgrades())),
            First::Http2 => State::Http2(Box::new(http2.serve_connection(socket, requests))),
            First::End => State::Closing(socket),
        };
    }

    /// Takes it from hyper, which is told that there will be no further request. hyper ends at once if no request and no answer is under
    /// way, and nothing waits to be written; otherwise it keeps the connection and ends it after what is under way. What it has read of
    /// the next request comes back with the socket.
    pub(super) fn take_back(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let State::Http1(connection) = &mut self.state else { return self.poll(context) };
        self.traffic.keeps_open(true);
        Pin::new(&mut **connection).graceful_shutdown();
        let ended = Pin::new(connection).poll(context);
        self.traffic.keeps_open(false);
        ready!(ended)?;
        if let State::Http1(connection) = replace(&mut self.state, State::Over)
            && let Some(parts) = connection.into_parts()
        {
            let begun = parts.read_buf.to_vec();
            self.state =
                State::Waiting(Waiting { socket: parts.io, requests: parts.service, begun, is_http1: true });
        }
        self.poll(context)
    }

    /// Takes no more requests, and ends after those in flight.
    pub(super) fn ends(&mut self) {
        match &mut self.state {
            State::Waiting(_) => self.begin(&First::End),
            State::Http1(connection) => Pin::new(&mut **connection).graceful_shutdown(),
            State::Http2(connection) => Pin::new(&mut **connection).graceful_shutdown(),
            State::Closing(_) | State::Over => {}
        }
    }
}
