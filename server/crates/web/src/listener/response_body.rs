//! The body of an answer, counted until its last byte is on the wire.

use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body as AnyBody;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::request_body::Rest;
use super::traffic::{InFlight, Passing};

/// An answer's body. While it is there, its request is in flight.
pub(super) struct ResponseBody {
    body: AnyBody,
    in_flight: InFlight,
    /// The body of the request, if its end has not been seen.
    rest: Option<Arc<Rest>>,
}

impl ResponseBody {
    /// The body of the answer to a request, and what the client still sends for it.
    pub(super) const fn new(body: AnyBody, in_flight: InFlight, rest: Option<Arc<Rest>>) -> Self {
        Self { body, in_flight, rest }
    }
}

impl Body for ResponseBody {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let Self { body, in_flight, .. } = self.get_mut();
        Pin::new(body).poll_frame(context).map_ok(|frame| {
            frame.map_data(|bytes| Piece { bytes, passing: Passing::begin(in_flight.traffic()) })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if let Some(rest) = &self.rest {
            rest.cut();
        }
    }
}

/// A piece of an answer. It is dropped once it is written: over HTTP/2 when the client has made room for it, which may be long
/// after the body has ended.
pub(super) struct Piece {
    bytes: Bytes,
    passing: Passing,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.bytes.chunks_vectored(slices)
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.passing.went(count);
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.passing.went(length);
        self.bytes.copy_to_bytes(length)
    }
}
