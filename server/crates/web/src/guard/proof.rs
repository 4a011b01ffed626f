//! Guards that read a proof of their own, which is no session and no access token: a login that was begun in this browser, a
//! provider's signature, a password, a refresh token. The part that knows the proof says how it is read; the guard refuses
//! without it, and its handler gets it as the first argument.

use std::marker::PhantomData;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;

use super::entry::Source;
use crate::openapi::operation::Operation;

/// What a part reads out of a request to know that it may be served.
pub trait Proof<S>: Sized + Send + 'static {
    /// Reads it, or says what the sender gets instead. A proof that is in the body takes the body.
    fn read(request: Unproven<'_, S>) -> impl Future<Output = Result<Self, Response>> + Send;

    /// Tells what it takes of a body.
    fn describe(_: &mut Operation) {}
}

/// A request that is to prove something.
#[derive(Debug)]
pub struct Unproven<'a, S> {
    /// What the route works with.
    pub state: &'a S,
    /// The head.
    pub parts: &'a mut Parts,
    /// The body, which nobody has read.
    pub body: &'a mut Body,
}

/// A proof that was read. Only guards make one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Proven<P> {
    /// What it says.
    pub proof: P,
}

/// May come before a `GET`.
#[derive(Clone, Copy, Debug)]
pub struct Reads;
/// May come before a write: no browser has the proof, or a foreign page cannot make it send it.
#[derive(Clone, Copy, Debug)]
pub struct Writes;
/// May come before either.
#[derive(Clone, Copy, Debug)]
pub struct ReadsOrWrites;

/// The guard that asks for the proof `P`, before methods of the kind `K`.
#[derive(Debug)]
pub struct Proving<K, P> {
    source: Source,
    of: PhantomData<fn() -> (K, P)>,
}

impl<K, P> Proving<K, P> {
    pub(super) const fn new(source: Source) -> Self {
        Self { source, of: PhantomData }
    }

    pub(super) const fn source(self) -> Source {
        self.source
    }
}

impl<K, P> Clone for Proving<K, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, P> Copy for Proving<K, P> {}
