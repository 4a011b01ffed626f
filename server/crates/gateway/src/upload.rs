//! The body on its way to the service: streamed, counted, and not lost when a connection could not be made.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::LengthLimitError;
use web::pace::Pace;

/// The body of one request, from which each try takes an [`Upload`]. As long as no try has asked for a part of it, the
/// next one can have it all.
///
/// Dropped before [`UploadSource::keep`], it takes the body back: hyper holds a connection whose other side has stopped
/// to read, body and all, until everything is written, and our client's connection would hang on it.
pub(crate) struct UploadSource {
    shared: Option<Arc<Shared>>,
    limit: u64,
    hint: SizeHint,
    kept: bool,
}

struct Shared {
    slot: Mutex<Slot>,
    ended: AtomicU8,
}

struct Slot {
    body: Option<Body>,
    touched: bool,
    pace: Pace,
}

/// How an upload failed on the client's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadFailure {
    /// It is larger than allowed.
    TooLarge,
    /// The client broke off.
    Client,
}

const TOO_LARGE: u8 = 1;
const CLIENT: u8 = 2;

impl UploadSource {
    /// The source for `body`, of which at most `limit` bytes may pass.
    pub(crate) fn new(body: Body, limit: u64) -> Self {
        let hint = body.size_hint();
        let slot = |body| Mutex::new(Slot { body: Some(body), touched: false, pace: Pace::default() });
        let shared =
            (!body.is_end_stream()).then(|| Arc::new(Shared { slot: slot(body), ended: AtomicU8::new(0) }));
        Self { shared, limit, hint, kept: false }
    }

    /// Whether it is known beforehand to be too large.
    pub(crate) fn is_too_large(&self) -> bool {
        self.hint.lower() > self.limit
    }

    /// The body for one try.
    pub(crate) fn upload(&self) -> Upload {
        Upload { shared: self.shared.clone(), left: self.limit, hint: self.hint }
    }

    /// The service answers: the rest of the body is its business.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }

    /// Whether nothing of the body has been sent, so that another try can send it all.
    pub(crate) fn is_untouched(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| !shared.lock().touched)
    }

    /// Whether all of the body has gone to the service.
    pub(crate) fn is_through(&self) -> bool {
        let is_through =
            |shared: &Arc<Shared>| shared.lock().body.as_ref().is_none_or(http_body::Body::is_end_stream);
        self.shared.as_ref().is_none_or(is_through)
    }

    /// How the body is received; `None` when there is none.
    pub(crate) fn pace(&self) -> Option<Pace> {
        self.shared.as_ref().map(|shared| shared.lock().pace)
    }

    /// What went wrong on the client's side, if that was it.
    pub(crate) fn failure(&self) -> Option<UploadFailure> {
        match self.shared.as_ref()?.ended.load(Ordering::Acquire) {
            TOO_LARGE => Some(UploadFailure::TooLarge),
            CLIENT => Some(UploadFailure::Client),
            _ => None,
        }
    }
}

impl Drop for UploadSource {
    fn drop(&mut self) {
        if let (false, Some(shared)) = (self.kept, &self.shared) {
            shared.lock().body = None;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, why: u8) -> UploadError {
        self.ended.store(why, Ordering::Release);
        UploadError
    }
}

/// A body that one try sends.
pub(crate) struct Upload {
    shared: Option<Arc<Shared>>,
    left: u64,
    hint: SizeHint,
}

impl Upload {
    /// No body, for requests of our own.
    pub(crate) fn empty() -> Self {
        Self { shared: None, left: 0, hint: SizeHint::with_exact(0) }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let Self { shared, left, .. } = self.get_mut();
        let Some(shared) = shared else { return Poll::Ready(None) };
        let mut slot = shared.lock();
        slot.touched = true;
        loop {
            // Taken back: nobody waits for the answer any more.
            let Slot { body: Some(body), pace, .. } = &mut *slot else {
                return Poll::Ready(Some(Err(UploadError)));
            };
            let frame = Pin::new(body).poll_frame(context);
            pace.note(&frame);
            let Some(frame) = ready!(frame) else { return Poll::Ready(None) };
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    let why = if is_limit(&error) { TOO_LARGE } else { CLIENT };
                    return Poll::Ready(Some(Err(shared.stop(why))));
                }
            };
            // Trailers stay here: a field in one would reach the service past all that we clean (S-GW-8).
            let Ok(data) = frame.into_data() else { continue };
            let Some(rest) = left.checked_sub(data.len() as u64) else {
                return Poll::Ready(Some(Err(shared.stop(TOO_LARGE))));
            };
            *left = rest;
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        let ended =
            |shared: &Arc<Shared>| shared.lock().body.as_ref().is_some_and(http_body::Body::is_end_stream);
        self.shared.as_ref().is_none_or(ended)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = |shared: &Arc<Shared>| shared.lock().body.as_ref().map(http_body::Body::size_hint);
        self.shared.as_ref().and_then(rest).unwrap_or(self.hint)
    }
}

/// A limit further out than ours counts the same body.
fn is_limit(error: &axum::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The upload stopped on the client's side; [`UploadSource::failure`] says why.
#[derive(Debug)]
pub(crate) struct UploadError;

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the upload stopped on the client's side")
    }
}

impl Error for UploadError {}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, Limited, StreamBody};

    fn chunks(sizes: &'static [usize]) -> Body {
        let frame = |size: &usize| Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; *size])));
        Body::new(StreamBody::new(stream::iter(sizes.iter().map(frame).collect::<Vec<_>>())))
    }

    async fn sent(source: &UploadSource) -> Result<usize, UploadFailure> {
        source.upload().collect().await.map(|all| all.to_bytes().len()).map_err(|_| source.failure().unwrap())
    }

    #[tokio::test]
    async fn s_rate_5_a_body_without_a_length_stops_at_the_limit() {
        assert_eq!(sent(&UploadSource::new(chunks(&[4, 6]), 10)).await, Ok(10));
        assert_eq!(sent(&UploadSource::new(chunks(&[4, 7]), 10)).await, Err(UploadFailure::TooLarge));
        let outer = Body::new(Limited::new(chunks(&[4, 7]), 5));
        assert_eq!(sent(&UploadSource::new(outer, 10)).await, Err(UploadFailure::TooLarge));
        assert!(UploadSource::new(Body::from("12345"), 4).is_too_large());
        assert!(!UploadSource::new(Body::from("12345"), 5).is_too_large());
    }

    #[tokio::test]
    async fn a_try_that_never_polled_leaves_the_body_to_the_next() {
        let source = UploadSource::new(chunks(&[3]), 10);
        drop(source.upload());
        assert!(source.is_untouched());
        assert_eq!(sent(&source).await, Ok(3));
        assert!(!source.is_untouched());
        assert!(UploadSource::new(Body::empty(), 0).is_untouched());
    }

    #[tokio::test]
    async fn a_body_that_nobody_waits_for_is_let_go() {
        let (left, kept) = (UploadSource::new(chunks(&[3, 3]), 10), UploadSource::new(chunks(&[3, 3]), 10));
        let (mut one, other) = (left.upload(), kept.upload());
        assert!(one.frame().await.unwrap().is_ok());
        drop(left);
        kept.keep();
        assert!(one.frame().await.unwrap().is_err());
        assert_eq!(other.collect().await.unwrap().to_bytes().len(), 6);
    }

    #[tokio::test]
    async fn s_gw_8_trailers_stay_here() {
        let mut trailers = http::HeaderMap::new();
        trailers.insert("x-member-id", http::HeaderValue::from_static("bob"));
        let frames = [Frame::data(Bytes::from_static(b"x")), Frame::trailers(trailers)];
        let body = StreamBody::new(stream::iter(frames).map(Ok::<_, std::io::Error>));
        let sent = UploadSource::new(Body::new(body), 9).upload().collect().await.unwrap();
        assert!(sent.trailers().is_none());
    }

    #[tokio::test]
    async fn a_client_that_breaks_off_is_told_from_one_that_sends_too_much() {
        let frames = [Ok(Frame::data(Bytes::from_static(b"x"))), Err(std::io::Error::other("reset"))];
        let source = UploadSource::new(Body::new(StreamBody::new(stream::iter(frames))), 9);
        assert_eq!(sent(&source).await, Err(UploadFailure::Client));
    }
}
