//! What is behind the gateway: an echo that returns exactly what it received, and servers that misbehave.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::TrustedProxies;
use web::listener::ConnectionLimits;

/// A running service.
pub struct Service {
    pub address: SocketAddr,
    hits: Arc<AtomicUsize>,
    targets: Arc<Mutex<Vec<String>>>,
    end: CancellationToken,
    tasks: TaskTracker,
}

pub const OPEN_LIMITS: ConnectionLimits = ConnectionLimits {
    header_time: Duration::from_secs(10),
    write_time: Duration::from_secs(30),
    header_count: 200,
    connections: 4096,
    connections_per_network: 4096,
    drain_time: Duration::ZERO,
};

impl Service {
    /// An echo.
    pub async fn echo() -> Self {
        Self::echo_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// An echo at a known address, such as that of one that died.
    pub async fn echo_at(address: SocketAddr) -> Self {
        Self::http_at(address, |request: Request| async move { echo(request).await }).await
    }

    /// A service that answers by `handler`.
    pub async fn http<F: Future<Output = Response> + Send + 'static>(
        handler: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::http_at("127.0.0.1:0".parse().unwrap(), handler).await
    }

    async fn http_at<F: Future<Output = Response> + Send + 'static>(
        address: SocketAddr,
        handler: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let service = Self::bare(address).await;
        let (hits, targets) = (Arc::clone(&service.0.hits), Arc::clone(&service.0.targets));
        let counted = move |request: Request| {
            hits.fetch_add(1, Ordering::SeqCst);
            targets.lock().unwrap().push(request.uri().path_and_query().unwrap().to_string());
            handler(request)
        };
        let (service, listener) = service;
        let router = Router::new().fallback(counted);
        let (end, proxies) = (service.end.clone(), TrustedProxies::default());
        service.tasks.spawn(web::listener::serve(listener, router, OPEN_LIMITS, proxies, end));
        service
    }

    /// A service that reads one head from each connection and then does with it as it is told.
    pub async fn raw<F: Future<Output = ()> + Send + 'static>(
        conduct: impl Fn(TcpStream, Vec<u8>) -> F + Send + Sync + 'static,
    ) -> Self {
        let (service, listener) = Self::bare("127.0.0.1:0".parse().unwrap()).await;
        let (hits, conduct, end) = (Arc::clone(&service.hits), Arc::new(conduct), service.end.clone());
        service.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = end.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((mut stream, _)) = accepted else { return };
                let (hits, conduct, end) = (Arc::clone(&hits), Arc::clone(&conduct), end.clone());
                tokio::spawn(async move {
                    let Some(head) = read_head(&mut stream).await else { return };
                    hits.fetch_add(1, Ordering::SeqCst);
                    tokio::select! {
                        () = end.cancelled() => {}
                        () = conduct(stream, head) => {}
                    }
                });
            }
        });
        service
    }

    /// A service that takes a request and never says anything.
    pub async fn hanging() -> Self {
        Self::raw(|stream, _| async move {
            let _held = stream;
            std::future::pending::<()>().await;
        })
        .await
    }

    async fn bare(address: SocketAddr) -> (Self, TcpListener) {
        let listener = TcpListener::bind(address).await.unwrap();
        let service = Self {
            address: listener.local_addr().unwrap(),
            hits: Arc::default(),
            targets: Arc::default(),
            end: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        (service, listener)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// Their paths and queries.
    pub fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }

    /// Closes the port; returns when it is free.
    pub async fn die(self) -> SocketAddr {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.address
    }
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    let (service, listener) = Service::bare("127.0.0.1:0".parse().unwrap()).await;
    drop(listener);
    service.url()
}

async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let byte = stream.read_u8().await.ok()?;
        head.push(byte);
    }
    Some(head)
}

/// Everything that was received, as JSON.
pub async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let body = to_bytes(body, 64 << 20).await.map(|body| body.len()).ok();
    let answer = json!({
        "method": parts.method.as_str(),
        "target": parts.uri.path_and_query().map(ToString::to_string),
        "version": format!("{:?}", parts.version),
        "headers": headers,
        "body": body,
    });
    let mut response = Response::new(Body::from(answer.to_string()));
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    response.headers_mut().append("set-cookie", "__Host-daemun=stolen".parse().unwrap());
    response.headers_mut().append("server", "echo/1.0".parse().unwrap());
    response.into_response()
}
