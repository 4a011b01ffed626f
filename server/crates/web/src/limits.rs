//! What a request may cost: length of its address, its headers, its body, and time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use http_body_util::Limited;

use crate::Refusal;

/// The limits of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest path with query, in bytes.
    pub url: usize,
    /// All header names and values together, in bytes.
    pub headers: usize,
    /// The largest body, in bytes.
    pub body: usize,
    /// Routes that take more, such as uploads: the exact path, and the largest body there.
    pub larger_bodies: &'static [(&'static str, usize)],
    /// How long a request may take from its last header to its answer's first.
    pub time: Duration,
}

impl Limits {
    /// What is too large about a request's address or headers. The body is another matter: the gate has its own limit
    /// for each route.
    pub fn judge_head(&self, request: &Request) -> Option<StatusCode> {
        let url = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
        if url > self.url {
            return Some(StatusCode::URI_TOO_LONG);
        }
        let headers: usize =
            request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        (headers > self.headers).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }

    /// The largest body at this path.
    fn body_at(&self, path: &str) -> usize {
        let larger = self.larger_bodies.iter().find(|(route, _)| *route == path);
        larger.map_or(self.body, |(_, largest)| *largest)
    }
}

/// The layer that refuses what is over a limit. The body is counted as it streams, so that one sent in chunks
/// without end stops at the limit too.
pub async fn layer(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    if let Some(status) = over(&limits, &request) {
        return Refusal::for_status(status).into_response();
    }
    let largest = limits.body_at(request.uri().path());
    let request = request.map(|body| Body::new(Limited::new(body, largest)));
    match tokio::time::timeout(limits.time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::for_status(StatusCode::GATEWAY_TIMEOUT).into_response(),
    }
}

fn over(limits: &Limits, request: &Request) -> Option<StatusCode> {
    if let Some(status) = limits.judge_head(request) {
        return Some(status);
    }
    let length = request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    (length > limits.body_at(request.uri().path()) as u64).then_some(StatusCode::PAYLOAD_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_rate_5_a_larger_body_is_taken_at_its_own_path_alone() {
        let limits = Limits {
            url: 100,
            headers: 100,
            body: 10,
            larger_bodies: &[("/upload", 100)],
            time: Duration::from_secs(1),
        };
        let over = |path: &str, length: u32| {
            let request = Request::post(path).header("content-length", length).body(Body::empty()).unwrap();
            over(&limits, &request).is_some()
        };
        assert!(!over("/upload", 100) && over("/upload", 101));
        for other in ["/", "/upload/", "/upload/x", "/UPLOAD"] {
            assert!(!over(other, 10) && over(other, 11), "{other}");
        }
    }
}
