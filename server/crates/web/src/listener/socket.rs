//! A client's socket, closed so that the last answer arrives.
//!
//! TCP throws away what the other side has not read yet when a socket is closed on which bytes lie unread: a client, or a
//! proxy before us, that still sends its body would lose the answer which says why it need not. So the writing side is
//! closed first, and what still comes is read and thrown away for a while (nginx calls this a lingering close).

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use tokio::time::{Instant, Sleep};

use super::traffic::Traffic;

/// The longest silence after the last answer.
const SILENCE: Duration = Duration::from_secs(5);
/// Who still sends must send so much in a second, beyond the first moments.
const PACE: u64 = 128 * 1024;
/// However much comes, this is the end.
const LONGEST: Duration = Duration::from_secs(30);
/// More than this is not read.
const MOST: u64 = 16 * 1024 * 1024;

/// The socket, as the connection's protocol sees it.
#[derive(Debug)]
pub(super) struct Socket<T> {
    io: T,
    traffic: Arc<Traffic>,
    silence: Duration,
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
    /// The socket `io`, which carries what `traffic` tells of. No connection may idle longer than `idle`, nor may this one
    /// after its end.
    pub(super) fn new(io: T, traffic: Arc<Traffic>, idle: Duration) -> Self {
        Self { io, traffic, silence: SILENCE.min(idle), linger: None }
    }
}

impl Linger {
    fn new(silence: Duration) -> Self {
        let (now, timer) = (Instant::now(), Box::pin(tokio::time::sleep(silence)));
        Self { silence, began: now, moved: now, read: 0, timer }
    }

    fn ends_at(&self) -> Instant {
        let paced = SILENCE + Duration::from_secs(self.read / PACE);
        (self.moved + self.silence).min(self.began + paced.min(LONGEST))
    }

    /// Reads until the client closes or a bound is reached.
    fn poll(&mut self, context: &mut Context<'_>, io: &mut (impl Read + Unpin)) -> Poll<()> {
        let mut space = [MaybeUninit::uninit(); 16 * 1024];
        // A client that always has more must not keep the thread.
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
            if self.read > MOST || self.moved >= self.ends_at() {
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

/// Whether bytes are in the socket that nobody has read.
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
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
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
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, traffic, silence, linger } = self.get_mut();
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
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }
}
