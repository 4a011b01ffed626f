//! What a guard asks about the sender of a request.

use http::request::Parts;

use super::admitted::Admitted;
use super::denial::Denial;
use super::entry::MemberEntry;
use crate::identified::Identified;
use crate::same_origin::PublicOrigin;

/// What a guard sees of a request: everything but the body.
pub struct Asked<'a, S> {
    pub(crate) origin: &'a PublicOrigin,
    pub(crate) state: &'a S,
    pub(crate) parts: &'a mut Parts,
    /// Where it is noted who sent the request, once that is known: they may be refused all the same.
    pub(crate) sender: &'a mut Option<Identified>,
}

/// Who is let in, wherever the request comes from.
pub trait Who<S>: Clone + Send + Sync + 'static {
    /// What the handler gets.
    type Pass: Admitted + Send + 'static;

    /// Lets a sender in, or says what they get instead.
    fn admit(&self, asked: Asked<'_, S>) -> impl Future<Output = Result<Self::Pass, Denial>> + Send;

    /// Its entry in the route table.
    fn entry(&self) -> Option<MemberEntry>;
}
