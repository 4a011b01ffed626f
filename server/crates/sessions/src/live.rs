//! Sessions in memory, so that a request seldom asks the database who is there.
//!
//! What is kept here is trusted only while the revocation feed says that nothing ended it, and never for long; otherwise the
//! database decides. What members change of their profile here is forgotten with the change. So on one replica this cache makes
//! answers faster, never different.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::{Timestamp, TokenHash};
use members::MemberObserver;
use names::{MemberId, SessionId};
use quick_cache::sync::Cache;
use tokens::{SeenSession, Verifier};

use crate::session::{Current, SessionLimits};

/// How long a session is kept without asking again. For so long another replica than the one that took the change may show a
/// member's old nickname, address and picture, but for the pages on which these are changed, which ask the database; what it
/// says of the old picture may be an address that is gone.
const MAX_CACHE_TIME: Duration = Duration::from_secs(30);

/// A session as it was read.
#[derive(Clone, Debug)]
struct Live {
    current: Arc<Current>,
    read_at: Timestamp,
}

/// Sessions by the hash of their cookie, bounded in number.
#[derive(Debug)]
pub(crate) struct LiveSessions {
    by_handle: Cache<TokenHash, Live>,
    /// How many changes of members were told.
    changes: AtomicU64,
}

/// A reading of a session that begins, for [`LiveSessions::keep`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    began: Timestamp,
    changes: u64,
}

impl LiveSessions {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { by_handle: Cache::new(capacity), changes: AtomicU64::new(0) }
    }

    /// The session of this cookie, if it is certainly active and its use need not be recorded.
    pub(crate) fn get(
        &self,
        handle: &TokenHash,
        verifier: &Verifier,
        now: Timestamp,
        limits: &SessionLimits,
    ) -> Option<Arc<Current>> {
        let Live { current, read_at } = self.by_handle.get(handle)?;
        let session = &current.session;
        let holds = session.is_live(now, limits)
            && !session.is_worth_touching(now, limits)
            && now.since(read_at) < MAX_CACHE_TIME
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
            self.by_handle.remove(handle);
            None
        }
    }

    /// Begins a reading: before the database is asked.
    pub(crate) fn reading(&self, now: Timestamp) -> Reading {
        Reading { began: now, changes: self.changes.load(Ordering::SeqCst) }
    }

    /// Keeps a session as it was read, unless a member has changed since, who may be this one: then the next request asks again.
    pub(crate) fn keep(&self, handle: TokenHash, current: Arc<Current>, reading: Reading) {
        self.by_handle.insert(handle, Live { current, read_at: reading.began });
        // After the insertion, since a change is counted before it is looked for what to forget.
        if self.changes.load(Ordering::SeqCst) != reading.changes {
            self.by_handle.remove(&handle);
        }
    }

    /// Forgets one session.
    pub(crate) fn evict(&self, id: SessionId) {
        self.by_handle.retain(|_, live| live.current.session.id != id);
    }
}

impl MemberObserver for LiveSessions {
    /// The next request reads the member again. What services are told of them follows: an access that tells of another nickname is made
    /// again.
    fn member_changed(&self, member: MemberId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.by_handle.retain(|_, live| live.current.session.member != member);
    }
}
