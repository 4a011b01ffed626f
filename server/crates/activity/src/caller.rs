//! The port from a request to the member who sent it.

use futures::future::BoxFuture;
use http::HeaderMap;
use kernel::Timestamp;
use names::{MemberId, ProvenBy};
use tokens::Scope;
use web::{Identified, Refusal};

/// What an access token must allow to read.
pub(crate) const READ: &[&str] = &["read"];
/// What it must allow to change anything.
pub(crate) const WRITE: &[&str] = &["write"];

/// A member who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The member whose token or session it is.
    pub member: MemberId,
    /// What their access token allows; `None` for a person, who may do all that our pages offer.
    pub scope: Option<Scope>,
}

impl web::guard::Caller for Caller {
    fn proven_at(&self) -> Option<Timestamp> {
        None
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        None
    }

    fn may(&self, scope: &str) -> bool {
        self.scope.as_ref().is_none_or(|allowed| allowed.has(scope))
    }

    fn has_role(&self, _: &str) -> bool {
        false
    }

    fn has_session(&self) -> bool {
        self.scope.is_none()
    }

    fn identified(&self) -> Identified {
        Identified::member(self.member)
    }
}

/// Finds the member who sent a request.
pub trait Callers: Send + Sync {
    /// The caller; `None` when the request says nothing about one.
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>>;

    /// The same for a request that an open page sends by itself, which does not count as use of the session.
    fn find_unattended<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Caller>, Refusal>>;
}
