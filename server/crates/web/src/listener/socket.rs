//! A client's socket, closed so that the last answer arrives.
//!
//! TCP discards what the other side has not read yet when a socket with unread bytes is closed: a client, or a proxy before us,
//! that is still sending its body would lose the answer. So the writing side is closed first, and what still arrives is read
//! and discarded for a while (nginx calls this a lingering close).

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use tokio::time::{Instant, Sleep};

use super::traffic::Traffic;

/// The longest silence after the last answer.
const MAX_SILENCE: Duration = Duration::from_secs(5);
/// The fewest bytes in a second, after the first moments: less than any line over which somebody uploads pictures.
const MIN_PACE: u64 = 32 * 1024;
/// The longest time, however much comes.
const MAX_TIME: Duration = Duration::from_mins(5);
/// The most bytes. A browser reads the answer only after it has sent the whole form, so this is how large a file may be whose
/// sender is still told that it is too large: any photo or scan, but no film.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// The socket, as the connection's protocol sees it.
#[derive(Debug)]
pub(super) struct Socket<T> {
    io: T,
    traffic: Arc<Traffic>,
    silence: Duration,
    /// What was read before the protocol was known.
    first: Bytes,
    linger: Option<Box<Linger>>,
}

#[derive(Debug)]
struct Linger {
    silence: Duration,
    began: Instant,
    moved: Instant,
    read: u64,
    timer: Pin<Box<Sleep>>,
}

impl<T> Socket<T> {
    /// The socket `io` of the connection whose state is `traffic`. `idle` is how long a connection may be silent, after its last
    /// answer too.
    pub(super) fn new(io: T, traffic: Arc<Traffic>, idle: Duration) -> Self {
        Self { io, traffic, silence: MAX_SILENCE.min(idle), first: Bytes::new(), linger: None }
    }

    /// Has `first` read before anything else.
    pub(super) fn begins_with(&mut self, first: Bytes) {
        self.first = first;
    }

    fn note<R>(&self, write: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        self.traffic.write_waits(write.is_pending());
        write
    }
}

impl Linger {
    fn new(silence: Duration) -> Self {
        let (now, timer) = (Instant::now(), Box::pin(tokio::time::sleep(silence)));
        Self { silence, began: now, moved: now, read: 0, timer }
    }

    fn ends_at(&self) -> Instant {
        let paced = MAX_SILENCE + Duration::from_secs(self.read / MIN_PACE);
        (self.moved + self.silence).min(self.began + paced.min(MAX_TIME))
    }

    /// Reads until the client closes or a bound is reached.
    fn poll(&mut self, context: &mut Context<'_>, io: &mut (impl Read + Unpin)) -> Poll<()> {
        let mut space = [MaybeUninit::uninit(); 16 * 1024];
        // A client that keeps sending must not occupy the thread.
        for _ in 0..16 {
            let mut buffer = ReadBuf::uninit(&mut space);
            match Pin::new(&mut *io).poll_read(context, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.read += buffer.filled().len() as u64;
                    self.moved = Instant::now();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.poll_end(context),
            }
            if self.read > MAX_BYTES || self.moved >= self.ends_at() {
                return Poll::Ready(());
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let ends_at = self.ends_at();
            if self.timer.deadline() != ends_at {
                self.timer.as_mut().reset(ends_at);
            }
            std::task::ready!(self.timer.as_mut().poll(context));
            if Instant::now() >= self.ends_at() {
                return Poll::Ready(());
            }
        }
    }
}

/// Whether the socket has unread bytes.
fn has_more(context: &mut Context<'_>, io: &mut (impl Read + Unpin)) -> bool {
    let mut space = [MaybeUninit::uninit(); 1024];
    let mut buffer = ReadBuf::uninit(&mut space);
    let read = Pin::new(io).poll_read(context, buffer.unfilled());
    matches!(read, Poll::Ready(Ok(()))) && !buffer.filled().is_empty()
}

impl<T: Read + Unpin> Read for Socket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let length = self.first.len().min(buffer.remaining());
            buffer.put_slice(&self.first.split_to(length));
            self.traffic.bytes_came();
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.traffic.bytes_came();
        }
        read
    }
}

impl<T: Read + Write + Unpin> Write for Socket<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.io).poll_write(context, bytes);
        self.note(write)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, traffic, silence, linger, .. } = self.get_mut();
        if traffic.is_kept_open() {
            return Poll::Ready(Ok(()));
        }
        if linger.is_none() {
            std::task::ready!(Pin::new(&mut *io).poll_shutdown(context))?;
            if traffic.is_upgraded() || !(traffic.may_send_on() || has_more(context, io)) {
                return Poll::Ready(Ok(()));
            }
            traffic.lingers();
        }
        let linger = linger.get_or_insert_with(|| Box::new(Linger::new(*silence)));
        linger.poll(context, io).map(Ok)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.io).poll_write_vectored(context, parts);
        self.note(write)
    }
}
