//! One HTTP/1.1 connection to an upstream, driven by the request that uses it.
//!
//! Usually a connection is a task of its own, which requests reach through channels: two task switches per request. Here the
//! request polls the connection itself, and an idle one is polled by nobody until it is taken again.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, Connection as HttpConnection, SendRequest};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use web::stall::StallGuard;

use crate::half_open::HalfOpen;
use crate::upload::Upload;

/// What the connection is on.
pub(crate) type Stream = StallGuard<HalfOpen<MaybeHttpsStream<TokioIo<TcpStream>>>>;

/// The largest head of an answer, in bytes.
pub(crate) const MAX_HEAD_BYTES: usize = 256 * 1024;
/// The most fields in it.
pub(crate) const MAX_FIELDS: usize = 200;

/// A connection, and the handle that sends requests into it. Boxed, since it is handed around for each request.
pub(crate) struct Connection(Box<Ends>);

struct Ends {
    requests: SendRequest<Upload>,
    connection: HttpConnection<Stream, Upload>,
    closed: bool,
}

/// The connection failed.
pub(crate) struct Broken {
    pub(crate) error: hyper::Error,
    /// The request, if nothing of it was sent.
    pub(crate) unsent: Option<Box<Request<Upload>>>,
}

impl From<TrySendError<Request<Upload>>> for Broken {
    fn from(mut failed: TrySendError<Request<Upload>>) -> Self {
        let unsent = failed.take_message().map(Box::new);
        Self { error: failed.into_error(), unsent }
    }
}

impl Connection {
    /// A line over this connection.
    pub(crate) async fn open(stream: Stream) -> hyper::Result<Self> {
        let mut builder = Builder::new();
        builder.max_buf_size(MAX_HEAD_BYTES).max_headers(MAX_FIELDS);
        let (requests, connection) = builder.handshake(stream).await?;
        Ok(Self(Box::new(Ends { requests, connection, closed: false })))
    }

    /// Sends a request; returns with the head of the answer.
    pub(crate) async fn send(&mut self, request: Request<Upload>) -> Result<Response<Incoming>, Broken> {
        let mut answer = pin!(self.0.requests.try_send_request(request));
        let (connection, closed) = (&mut self.0.connection, &mut self.0.closed);
        poll_fn(|context| {
            poll_connection(connection, closed, context);
            // What it waits for comes from the poll above and from nowhere else.
            answer.as_mut().poll(&mut unwoken())
        })
        .await
        .map_err(Broken::from)
    }

    /// Moves bytes. To be called while a body of the answer is waited for; then ask the body again.
    pub(crate) fn drive(&mut self, context: &mut Context<'_>) {
        poll_connection(&mut self.0.connection, &mut self.0.closed, context);
    }

    /// Whether the next request can be sent. The connection wakes nobody after this.
    pub(crate) fn is_free(&mut self) -> bool {
        self.drive(&mut unwoken());
        !self.0.closed && self.0.requests.is_ready()
    }

    /// Lets the connection run by itself to the end of what it is doing.
    pub(crate) fn release(self) {
        if !self.0.closed {
            tokio::spawn(self.0.connection);
        }
    }
}

fn poll_connection(
    connection: &mut HttpConnection<Stream, Upload>,
    closed: &mut bool,
    context: &mut Context<'_>,
) {
    // How it ended is reported to the request or to the body.
    if !*closed && Pin::new(connection).poll(context).is_ready() {
        *closed = true;
    }
}

/// For polls that need no wake-up.
pub(crate) fn unwoken() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
