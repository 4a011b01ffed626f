//! What the layers around a guard learn of whom it let in.

/// In the extensions of a response: a guard let its sender in as a member, by the session cookie of the request. Until a guard
/// has said so, a cookie of that name may be made up.
#[derive(Clone, Copy, Debug)]
pub struct SessionMark;

/// Whom a guard let in.
pub trait Admitted {
    /// Whether it is a member, known by their session.
    fn has_session(&self) -> bool;
}

impl<A: Admitted> Admitted for Option<A> {
    fn has_session(&self) -> bool {
        self.as_ref().is_some_and(Admitted::has_session)
    }
}
