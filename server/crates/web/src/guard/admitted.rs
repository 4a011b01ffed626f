//! What the layers around a guard learn of whom it let in.

use super::Open;
use super::member::{Caller, Fresh, SignedIn};
use super::proof::Proven;

/// In the extensions of a response: a guard let its sender in as a member, by the session cookie of the request. Before a guard has
/// said so, a cookie of that name is anybody's invention.
#[derive(Clone, Copy, Debug)]
pub struct SessionMark;

/// Whom a guard let in.
pub trait Admitted {
    /// Whether it is a member, known by their session.
    fn has_session(&self) -> bool;
}

impl Admitted for Open {
    fn has_session(&self) -> bool {
        false
    }
}

impl<P> Admitted for Proven<P> {
    fn has_session(&self) -> bool {
        false
    }
}

impl<C: Caller> Admitted for SignedIn<C> {
    fn has_session(&self) -> bool {
        self.caller.has_session()
    }
}

impl<C: Caller> Admitted for Fresh<C> {
    fn has_session(&self) -> bool {
        self.caller.has_session()
    }
}

impl<A: Admitted> Admitted for Option<A> {
    fn has_session(&self) -> bool {
        self.as_ref().is_some_and(Admitted::has_session)
    }
}
