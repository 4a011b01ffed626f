//! The body on its way back: streamed, never buffered, and cut when it is silent for too long or when the sign-in behind it ends.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::connection::unwoken;
use crate::identity::Identity;
use crate::meter::Opened;
use crate::upstream::Permit;

/// How often a stream asks whether the sign-in behind it still holds: a logout takes effect within a second.
pub(crate) const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// An answer's body. An error in it makes the server cut the connection, so that a broken answer never looks whole.
pub(crate) struct Download {
    body: Incoming,
    watch: Watch,
    /// The upstream counts the request as in flight until the body is gone. It brings the bytes, too.
    permit: Permit,
    _opened: Opened,
    ended: bool,
    broken: Option<hyper::Error>,
}

impl Download {
    pub(crate) fn new(body: Incoming, watch: Watch, permit: Permit, opened: Opened) -> Self {
        Self { body, watch, permit, _opened: opened, ended: false, broken: None }
    }
}

impl Download {
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Some(line) = self.permit.line() else { return Pin::new(&mut self.body).poll_frame(context) };
        // The body receives what the connection reads, and only while the connection is polled here.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(&mut unwoken()) {
            return Poll::Ready(frame);
        }
        line.drive(context);
        Pin::new(&mut self.body).poll_frame(&mut unwoken())
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if self.ended || self.body.is_end_stream() {
            self.permit.finish();
        }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error.into())));
        }
        loop {
            match self.poll_body(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.watch.moved()?;
                    if frame.is_data() {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                }
                // The server throws away what it has not written yet when a body breaks. The client should get what
                // came before.
                Poll::Ready(Some(Err(error))) => {
                    self.broken = Some(error);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(None) => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    let cut = ready!(self.watch.poll_cut(context));
                    return Poll::Ready(Some(Err(cut.into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why a stream was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing came for too long.
    Silent,
    /// The sign-in has ended.
    SignedOut,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "the stream was silent for too long",
            Self::SignedOut => "the sign-in behind the stream has ended",
        })
    }
}

impl Error for Cut {}

/// Watches over a stream. Silence counts only while somebody waits for more: a client that reads slowly is not the
/// service's silence. Most answers come as one piece, so the timer is made at the first wait.
pub(crate) struct Watch {
    idle: Duration,
    identity: Option<Arc<Identity>>,
    silent_since: Option<Instant>,
    asked_at: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    pub(crate) fn new(idle: Duration, identity: Option<Arc<Identity>>) -> Self {
        Self { idle, identity, silent_since: None, asked_at: Instant::now(), timer: None }
    }

    /// Something came. A stream that never pauses is asked about here.
    pub(crate) fn moved(&mut self) -> Result<(), Cut> {
        self.silent_since = None;
        let now = Instant::now();
        if now - self.asked_at >= CHECK_INTERVAL { self.ask(now) } else { Ok(()) }
    }

    /// Waits, until the stream has to be cut.
    pub(crate) fn poll_cut(&mut self, context: &mut Context<'_>) -> Poll<Cut> {
        loop {
            let ends_at = *self.silent_since.get_or_insert_with(Instant::now) + self.idle;
            let next = ends_at.min(self.asked_at + CHECK_INTERVAL);
            let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next)));
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
            ready!(timer.as_mut().poll(context));
            let now = Instant::now();
            if now >= ends_at {
                return Poll::Ready(Cut::Silent);
            }
            if let Err(cut) = self.ask(now) {
                return Poll::Ready(cut);
            }
        }
    }

    fn ask(&mut self, now: Instant) -> Result<(), Cut> {
        self.asked_at = now;
        let holds = self.identity.as_ref().is_none_or(|identity| identity.is_active());
        if holds { Ok(()) } else { Err(Cut::SignedOut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Uuid;
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_silent_stream_is_cut_after_its_time() {
        let (began, mut watch) = (Instant::now(), Watch::new(Duration::from_millis(2500), None));
        assert_eq!(poll_fn(|context| watch.poll_cut(context)).await, Cut::Silent);
        assert_eq!(began.elapsed(), Duration::from_millis(2500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_is_not_the_services_silence() {
        let mut watch = Watch::new(Duration::from_secs(2), None);
        assert_eq!(watch.moved(), Ok(()));
        // For so long nobody asked for more.
        tokio::time::advance(Duration::from_mins(1)).await;
        let began = Instant::now();
        assert_eq!(poll_fn(|context| watch.poll_cut(context)).await, Cut::Silent);
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_within_a_second_of_its_sign_in() {
        let active = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&active);
        let roles: [&str; 0] = [];
        let identity = Identity::new(names::MemberId::from_uuid(Uuid::nil()), &roles, "", "", move || {
            asked.load(Ordering::SeqCst)
        });
        let mut watch = Watch::new(Duration::from_mins(1), Some(Arc::new(identity)));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(watch.moved(), Ok(()));
        active.store(false, Ordering::SeqCst);
        let began = Instant::now();
        assert_eq!(poll_fn(|context| watch.poll_cut(context)).await, Cut::SignedOut);
        assert!(began.elapsed() <= CHECK_INTERVAL);
        tokio::time::advance(CHECK_INTERVAL).await;
        assert_eq!(watch.moved(), Err(Cut::SignedOut), "one that never pauses");
    }
}
