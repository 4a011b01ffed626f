//! Guards that read a proof other than a session or an access token: a login that began in this browser, a provider's
//! signature, a password, a refresh token. The part that knows the proof says how to read it; the guard refuses requests without
//! it, and its handler gets it as the first argument.

use std::marker::PhantomData;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;

use super::admitted::Admitted;
use super::entry::Source;
use crate::openapi::operation::Operation;

/// What a part reads from a request to decide whether to serve it.
pub trait Proof<S>: Sized + Send + 'static {
    /// Reads it, or says what the sender gets instead. A proof that is in the body takes the body.
    fn read(request: Unproven<'_, S>) -> impl Future<Output = Result<Self, Response>> + Send;

    /// Describes the body that it reads.
    fn describe(_: &mut Operation) {}
}

/// A request that is to prove something.
#[derive(Debug)]
pub struct Unproven<'a, S> {
    /// The state of the route.
    pub state: &'a S,
    /// The head.
    pub parts: &'a mut Parts,
    /// The body, not read yet.
    pub body: &'a mut Body,
}

/// A proof that was read. Only guards make one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Proven<P> {
    /// What it says.
    pub proof: P,
}

impl<P> Admitted for Proven<P> {
    fn has_session(&self) -> bool {
        false
    }
}

/// May come before a `GET`.
#[derive(Clone, Copy, Debug)]
pub struct Reads;
/// May come before a write: no browser has the proof, or a foreign page cannot make a browser send it.
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
