//! Sessions in memory, so that a request seldom asks the database who is there.
//!
//! What is kept here is trusted only while the revocation feed says that nothing ended it, and never for long; otherwise the
//! database decides. So this cache makes answers faster, never different.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Timestamp, TokenHash};
use names::SessionId;
use quick_cache::sync::Cache;
use tokens::{SeenSession, Verifier};

use crate::session::{Current, SessionLimits};

/// How long a session is kept without asking again, and so how long another replica may show a member's old nickname.
const LONGEST: Duration = Duration::from_secs(30);

/// A session as it was read.
#[derive(Clone, Debug)]
struct Live {
    current: Arc<Current>,
    read_at: Timestamp,
}

/// Sessions by the hash of their cookie, bounded in number.
#[derive(Debug)]
pub(crate) struct LiveSessions(Cache<TokenHash, Live>);

impl LiveSessions {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    /// The session of this cookie, if it is certainly active and its use need not be recorded.
    pub(crate) fn get(
        &self,
        handle: &TokenHash,
        verifier: &Verifier,
        now: Timestamp,
        limits: &SessionLimits,
    ) -> Option<Arc<Current>> {
        let Live { current, read_at } = self.0.get(handle)?;
        let session = &current.session;
        let holds = session.is_live(now, limits)
            && !session.is_worth_touching(now, limits)
            && now.since(read_at) < LONGEST
            && verifier.session_is_active(&SeenSession {
                session: session.id,
                subject: session.member,
                roles: &current.member.given_roles,
                handle,
                read_at,
            }) == Some(true);
        if holds {
            Some(current)
        } else {
            self.0.remove(handle);
            None
        }
    }

    /// Keeps a session; `read_at` is a moment before the database was asked.
    pub(crate) fn keep(&self, handle: TokenHash, current: Arc<Current>, read_at: Timestamp) {
        self.0.insert(handle, Live { current, read_at });
    }

    /// Forgets one session.
    pub(crate) fn evict(&self, id: SessionId) {
        self.0.retain(|_, live| live.current.session.id != id);
    }
}
