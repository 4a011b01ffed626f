//! A service behind the gateway that answers with what it received.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running echo.
pub struct Echo {
    pub address: SocketAddr,
    hits: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Echo {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        let router = Router::new().fallback(move |request: Request| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move { answer(request).await }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, hits, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came through.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A path that ends with this is answered bit by bit.
pub const SLOW: &str = "/slow";
/// How many bits.
pub const BITS: usize = 20;

/// A path that ends with this is answered by a stream without end.
pub const ENDLESS: &str = "/endless";
/// A path that ends with this is never answered.
pub const SILENT: &str = "/silent";

fn endless() -> Response {
    let first = futures::stream::iter([Ok::<_, std::convert::Infallible>("data: first\n\n")]);
    axum::body::Body::from_stream(first.chain(futures::stream::pending())).into_response()
}

fn slow() -> Response {
    let bits = futures::stream::iter(0..BITS).then(async |_| {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok::<_, std::convert::Infallible>("0123456789")
    });
    axum::body::Body::from_stream(bits).into_response()
}

async fn answer(request: Request) -> Response {
    if request.uri().path().ends_with(SLOW) {
        return slow();
    }
    if request.uri().path().ends_with(ENDLESS) {
        return endless();
    }
    if request.uri().path().ends_with(SILENT) {
        return std::future::pending().await;
    }
    let (request, body) = request.into_parts();
    let size = axum::body::to_bytes(body, 1 << 20).await.map_or(0, |body| body.len());
    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let body = json!({
        "method": request.method.as_str(),
        "uri": request.uri.to_string(),
        "headers": headers,
        "size": size,
    });
    let mut response = Json(body).into_response();
    response.headers_mut().insert("x-from", "echo".parse().unwrap());
    response
}
