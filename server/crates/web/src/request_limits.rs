//! Limits of a request: the length of its address, headers and body, and time.

use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::{LengthLimitError, Limited};
use tokio::time::Instant;

use crate::pace::{Late, Pace, PaceLimits};
use crate::refusal::Refusal;

/// The fewest bytes in a second. A slower sender only occupies a place: no connection that people use is as slow.
const MIN_BYTES_PER_SECOND: u32 = 500;

/// What one request may cost.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// The longest path with query, in bytes.
    pub url: usize,
    /// All header names and values together, in bytes.
    pub headers: usize,
    /// The largest body, in bytes.
    pub body: usize,
    /// Routes that take more, such as uploads: the exact path, and the largest body there.
    pub larger_bodies: &'static [(&'static str, usize)],
    /// How long an answer may take from the end of the request's body, and how long the body may stand still.
    pub time: Duration,
    /// How long the body may take in all.
    pub upload_time: Duration,
}

impl RequestLimits {
    /// What is too large about a request's address or headers. The body is not looked at: the gateway has its own limit for each
    /// route.
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
///
/// The time of an answer counts from the end of the body, since a picture over a slow line is not our delay. For a body that
/// stops or trickles the client is refused.
pub async fn layer(State(limits): State<RequestLimits>, request: Request, next: Next) -> Response {
    if let Some(status) = over(&limits, &request) {
        return Refusal::for_status(status).into_response();
    }
    if request.body().is_end_stream() {
        let answer = tokio::time::timeout(limits.time, next.run(request)).await;
        return answer.unwrap_or_else(|_| refuse(Late::Answer));
    }
    let largest = limits.body_at(request.uri().path());
    let pace = Arc::new(Mutex::new(Pace::default()));
    let paced = |body| PacedBody { body: Limited::new(body, largest), pace: Arc::clone(&pace) };
    let request = request.map(|body| Body::new(paced(body)));
    let times = PaceLimits {
        silence: limits.time,
        answer: limits.time,
        total: limits.upload_time,
        slowest: Some(MIN_BYTES_PER_SECOND),
    };
    let mut answer = pin!(next.run(request));
    loop {
        let look = lock(&pace).look(Instant::now(), &times);
        match look {
            Err(late) => return refuse(late),
            Ok(look_at) => {
                if let Ok(response) = tokio::time::timeout_at(look_at, answer.as_mut()).await {
                    return response;
                }
            }
        }
    }
}

fn refuse(late: Late) -> Response {
    let status = match late {
        Late::Client => StatusCode::REQUEST_TIMEOUT,
        Late::Answer => StatusCode::GATEWAY_TIMEOUT,
    };
    Refusal::for_status(status).into_response()
}

/// A body whose pace is recorded.
struct PacedBody<B> {
    body: Limited<B>,
    pace: Arc<Mutex<Pace>>,
}

fn lock(pace: &Mutex<Pace>) -> MutexGuard<'_, Pace> {
    pace.lock().unwrap_or_else(PoisonError::into_inner)
}

impl http_body::Body for PacedBody<Body> {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        lock(&self.pace).note(&frame);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The refusal of a body that could not be read to its end: too large, or broken off by the client.
pub fn unread(error: &(dyn Error + 'static)) -> Refusal {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    let is_too_large = causes.any(<dyn Error>::is::<LengthLimitError>);
    Refusal::for_status(if is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST })
}

fn over(limits: &RequestLimits, request: &Request) -> Option<StatusCode> {
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
        let limits = RequestLimits {
            url: 100,
            headers: 100,
            body: 10,
            larger_bodies: &[("/upload", 100)],
            time: Duration::from_secs(1),
            upload_time: Duration::from_mins(1),
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
