//! A connection that fails when the other side stops reading.
//!
//! TCP waits for a reader without limit, and so does hyper: it flushes even a connection that is no longer needed (hyper 1.12,
//! `Buffered::poll_shutdown`). A slow reader could hold its connection, and what waits to be written, as long as it likes
//! (S-RATE-6).

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::time::Sleep;

/// A connection whose writes fail once none got through for a time.
#[derive(Debug)]
pub struct StallGuard<T> {
    io: T,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T> StallGuard<T> {
    /// Guards `io`: a write may wait for `limit`.
    pub const fn new(io: T, limit: Duration) -> Self {
        Self { io, limit, timer: None }
    }

    /// Passes the result of a write on; the timer runs from the first write that had to wait.
    fn judge<R>(&mut self, context: &mut Context<'_>, write: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if write.is_ready() {
            self.timer = None;
            return write;
        }
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: Read + Unpin> Read for StallGuard<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: Write + Unpin> Write for StallGuard<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.io).poll_write(context, bytes);
        self.judge(context, write)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.io).poll_flush(context);
        // A finished flush says nothing about a write that waits, so only a pending flush counts.
        if flush.is_pending() { self.judge(context, flush) } else { flush }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.io).poll_shutdown(context);
        self.judge(context, shutdown)
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
        self.judge(context, write)
    }
}

impl<T: Connection> Connection for StallGuard<T> {
    fn connected(&self) -> Connected {
        self.io.connected()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper_util::rt::TokioIo;
    use std::future::poll_fn;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (one, other) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (one.unwrap(), other.unwrap().0)
    }

    #[tokio::test]
    async fn s_rate_6_a_writer_gives_up_on_a_reader_that_has_stopped() {
        let (one, _reader) = pair().await;
        let mut guard = StallGuard::new(TokioIo::new(one), Duration::from_millis(100));
        let chunk = vec![0; 1 << 20];
        let error = loop {
            if let Err(error) = poll_fn(|context| Pin::new(&mut guard).poll_write(context, &chunk)).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_reads_slowly_is_not_cut() {
        let (one, mut reader) = pair().await;
        let mut guard = StallGuard::new(TokioIo::new(one), Duration::from_secs(20));
        let reading = tokio::spawn(async move {
            let mut read = vec![0; 4096];
            for _ in 0..64 {
                reader.read_exact(&mut read).await.unwrap();
            }
        });
        let mut left = 64 * 4096;
        while left > 0 {
            let chunk = vec![0; left.min(999)];
            left -= poll_fn(|context| Pin::new(&mut guard).poll_write(context, &chunk)).await.unwrap();
        }
        reading.await.unwrap();
    }
}
