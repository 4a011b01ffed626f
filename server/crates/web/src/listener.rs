//! A listener that cannot be held: time-outs for headers, a cap on connections, an orderly end.
//!
//! axum's own `serve` arms no header time-out (it installs no timer), so this is hyper-util's server with one
//! (S-RATE-6).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::stall::StallGuard;

/// How a listener treats its connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How long a client may take to send the headers of a request; also the longest idle time between two.
    pub header_time: Duration,
    /// How long a client may leave what we write untaken (S-RATE-6).
    pub write_time: Duration,
    /// The most headers of one request.
    pub header_count: usize,
    /// The most connections at once. Further ones wait in the kernel's queue.
    pub connections: usize,
    /// How long requests in flight may take after the end was asked for.
    pub drain_time: Duration,
}

/// What answers the requests of a listener. A trait of its own, since a `tower::Service` has to name its future, which
/// mostly means to box it.
pub trait Answer: Clone + Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl Answer for Router {
    async fn answer(&self, request: Request) -> Response {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Serves `answers` on `listener` until `end` is cancelled, then lets requests in flight finish.
pub async fn serve(
    listener: TcpListener,
    answers: impl Answer,
    limits: ConnectionLimits,
    end: CancellationToken,
) {
    let builder = Arc::new(connection_builder(&limits));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            () = end.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else { continue };
        // Answers are written whole; waiting for more to send with them only delays.
        let _ = stream.set_nodelay(true);
        let answers = answers.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            let answers = answers.clone();
            async move { Ok::<_, Infallible>(answers.answer(request).await) }
        });
        let io = StallGuard::new(TokioIo::new(stream), limits.write_time);
        let connection = builder.serve_connection_with_upgrades(io, service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still in flight at the end");
    }
}

fn connection_builder(limits: &ConnectionLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(limits.header_count)
        .max_buf_size(128 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.header_time)
        .keep_alive_timeout(limits.header_time)
        .max_concurrent_streams(100)
        .max_header_list_size(64 * 1024)
        .max_pending_accept_reset_streams(20);
    builder
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, place)),
        Err(error) => {
            // Out of file handles, most likely: waiting lets some come back; spinning would not.
            tracing::error!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
