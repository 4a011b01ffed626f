//! What a request says of its way through the gateway, for the access log.

use std::sync::{Arc, OnceLock};

/// A request's way. It is noted while the request is on it, and not with the answer: a client that leaves gets none.
#[derive(Debug, Default)]
pub struct Passage {
    route: OnceLock<Arc<str>>,
    member: OnceLock<Arc<str>>,
}

impl Passage {
    /// The route's path pattern, if a route was found.
    pub fn route(&self) -> Option<&str> {
        self.route.get().map(|route| &**route)
    }

    /// A hash of the member's id, if somebody is known.
    pub fn member(&self) -> Option<&str> {
        self.member.get().map(|member| &**member)
    }

    pub(crate) fn note_route(&self, route: &Arc<str>) {
        let _ = self.route.set(Arc::clone(route));
    }

    pub(crate) fn note_member(&self, member: &Arc<str>) {
        let _ = self.member.set(Arc::clone(member));
    }
}
