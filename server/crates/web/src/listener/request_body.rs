//! The body of a request, and whether its end was seen when the answer is given.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// How many received pieces are read to find the end of a body that nobody wants.
const MAX_PIECES: usize = 16;

/// The body as the handler gets it.
pub(super) struct RequestBody {
    incoming: Option<Incoming>,
    rest: Arc<Rest>,
}

/// What is left of a body.
pub(super) struct Rest {
    state: Mutex<State>,
    reader: AtomicWaker,
    /// The client sends the body only after `100 Continue`, and reading would send that.
    waits_for_leave: bool,
}

enum State {
    /// The handler has the body.
    Held,
    /// The handler dropped it before its end.
    Left(Incoming),
    /// Its end was seen, or it broke.
    Over,
    /// It must not be read any more.
    Cut,
}

impl RequestBody {
    /// The body, and how to learn what is left of it.
    pub(super) fn new(incoming: Incoming, waits_for_leave: bool) -> (Self, Arc<Rest>) {
        let state = Mutex::new(State::Held);
        let rest = Arc::new(Rest { state, reader: AtomicWaker::new(), waits_for_leave });
        (Self { incoming: Some(incoming), rest: Arc::clone(&rest) }, rest)
    }
}

impl Rest {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the client has sent everything by the time of the answer; what has arrived is read to find out. If it has not, a
    /// body that was dropped is read no further.
    pub(super) fn is_over(&self) -> bool {
        let mut state = self.lock();
        match &mut *state {
            State::Over => true,
            State::Held | State::Cut => false,
            State::Left(incoming) => {
                let is_over = !self.waits_for_leave && ends_here(incoming);
                *state = if is_over { State::Over } else { State::Cut };
                is_over
            }
        }
    }

    /// The answer is over: whatever still reads the body is stopped.
    pub(super) fn cut(&self) {
        let mut state = self.lock();
        if !matches!(*state, State::Over) {
            *state = State::Cut;
            drop(state);
            self.reader.wake();
        }
    }
}

/// Whether the end of a body has arrived.
fn ends_here(incoming: &mut Incoming) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MAX_PIECES {
        if incoming.is_end_stream() {
            return true;
        }
        match Pin::new(&mut *incoming).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(None) => return true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => return false,
        }
    }
    false
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { incoming: place, rest } = self.get_mut();
        let Some(incoming) = place else { return Poll::Ready(None) };
        rest.reader.register(context.waker());
        if matches!(*rest.lock(), State::Cut) {
            *place = None;
            return Poll::Ready(Some(Err(AnswerOver.into())));
        }
        let frame = Pin::new(&mut *incoming).poll_frame(context);
        let is_over = match &frame {
            Poll::Ready(Some(Ok(_))) => incoming.is_end_stream(),
            Poll::Ready(None | Some(Err(_))) => true,
            Poll::Pending => false,
        };
        if is_over {
            *rest.lock() = State::Over;
        }
        // Without a length, only this says later that nothing more comes.
        if matches!(frame, Poll::Ready(None)) {
            *place = None;
        }
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(incoming) = self.incoming.take() else { return };
        let mut state = self.rest.lock();
        if matches!(*state, State::Held) {
            *state = State::Left(incoming);
        }
    }
}

/// The client still sends the body of a request that was answered.
#[derive(Debug)]
struct AnswerOver;

impl fmt::Display for AnswerOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was answered before the end of its body")
    }
}

impl Error for AnswerOver {}
