//! A connection that can still be read after a write has failed.
//!
//! A service may answer before it has read the request, 413 or 401 for instance, and close. Our next write fails then, although
//! the answer is in the socket; hyper gives up at the first write that fails and never looks. So what cannot be written is
//! dropped here, and the reading side decides how it ended: with an answer, or without.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection whose writes never fail by the other side's closing.
#[derive(Debug)]
pub(crate) struct HalfOpen<T> {
    io: T,
    is_closed: bool,
}

impl<T> HalfOpen<T> {
    pub(crate) const fn new(io: T) -> Self {
        Self { io, is_closed: false }
    }

    /// What a write of `length` bytes comes to.
    fn judge(&mut self, context: &Context<'_>, error: io::Error, length: usize) -> io::Result<usize> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
        if !matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected) {
            return Err(error);
        }
        self.is_closed = true;
        // The reading side may have been looked at just before.
        context.waker().wake_by_ref();
        Ok(length)
    }
}

impl<T: Read + Unpin> Read for HalfOpen<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: Write + Unpin> Write for HalfOpen<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut self.io).poll_write(context, bytes));
        Poll::Ready(written.or_else(|error| self.judge(context, error, bytes.len())))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_closed {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(Pin::new(&mut self.io).poll_flush(context));
        Poll::Ready(flushed.or_else(|error| self.judge(context, error, 0).map(drop)))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_closed {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = || parts.iter().map(|part| part.len()).sum();
        if self.is_closed {
            return Poll::Ready(Ok(length()));
        }
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(context, parts));
        Poll::Ready(written.or_else(|error| self.judge(context, error, length())))
    }
}

impl<T: Connection> Connection for HalfOpen<T> {
    fn connected(&self) -> Connected {
        self.io.connected()
    }
}
