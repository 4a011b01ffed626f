//! The newest access of a session in this process.

use std::sync::{Arc, PoisonError, RwLock};

use kernel::Timestamp;
use tokens::Claims;

use crate::session::Current;

/// What the access tokens of a browser session say, until its next rotation.
#[derive(Clone, Debug)]
pub struct SessionAccess {
    /// These are never signed as they are. Each service gets a token of its own, [exchanged](tokens::Minter::exchange) for them.
    pub claims: Arc<Claims>,
    /// From when on the next rotation is made.
    pub(crate) renew_at: Timestamp,
}

/// The newest access of one session in this process, and the one request at a time that gets the next.
#[derive(Debug, Default)]
pub(crate) struct SessionRotation {
    newest: RwLock<Option<Arc<SessionAccess>>>,
    /// Held across the database query on purpose: one request asks, the others wait.
    pub(crate) one_at_a_time: tokio::sync::Mutex<()>,
}

impl SessionRotation {
    /// The newest access, while it may be handed out and tells of the session's last proof, and of the nickname and roles that the member has.
    pub(crate) fn newest(&self, current: &Current, now: Timestamp) -> Option<Arc<SessionAccess>> {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        let proven_at = Some(current.session.auth_time.seconds());
        let is_good = |access: &&Arc<SessionAccess>| {
            now < access.renew_at
                && access.claims.auth_time.map(Timestamp::seconds) == proven_at
                && access.claims.proven_by == Some(current.session.proven_by)
                && access.claims.nickname == current.member.nickname
                && current.member.has_exactly(&access.claims.roles)
        };
        newest.as_ref().filter(is_good).cloned()
    }

    pub(crate) fn keep(&self, access: &Arc<SessionAccess>) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(access));
    }
}
