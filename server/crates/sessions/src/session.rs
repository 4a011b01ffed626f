//! A session and when it ends.

use std::time::Duration;

use kernel::Timestamp;
use members::Member;
use names::{MemberId, ProvenBy, SessionId, SignInMethod};

/// How long a session lives. The server keeps both limits, whatever the cookie says (S-COOKIE-8).
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Unused for this long, it ends.
    pub idle: Duration,
    /// This long after sign-in it ends, used or not.
    pub absolute: Duration,
}

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The row's id, which a renewal changes.
    pub id: SessionId,
    /// The member who is signed in.
    pub member: MemberId,
    /// The sign-in method with which it began.
    pub method: SignInMethod,
    /// When it began.
    pub created_at: Timestamp,
    /// When the member last proved who they are: at its beginning, or where they signed in again since.
    pub auth_time: Timestamp,
    /// How the member proved it then.
    pub proven_by: ProvenBy,
    /// When it was last used, to about a minute.
    pub last_seen_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// When its family of refresh tokens rotated last.
    pub rotated_at: Timestamp,
}

/// The session of a request, and its member.
#[derive(Clone, Debug)]
pub struct Current {
    /// The session.
    pub session: Session,
    /// The member.
    pub member: Member,
    /// When the session ends if nothing more happens.
    pub ends_at: Timestamp,
}

/// The longest time until a use is recorded.
const SEEN_INTERVAL: Duration = Duration::from_mins(1);

impl Session {
    /// When it ends if it is not used again: the nearer of the idle and the absolute end.
    pub fn ends_at(&self, limits: &SessionLimits) -> Timestamp {
        self.last_seen_at.plus(limits.idle).min(self.expires_at)
    }

    /// Whether it is active at `now`.
    pub fn is_live(&self, now: Timestamp, limits: &SessionLimits) -> bool {
        now < self.ends_at(limits)
    }

    /// Whether the family should rotate although no token is asked for: a session that only reads pages must not outlive
    /// the idle end of its family, which knows nothing of pages.
    pub fn is_due_for_rotation(&self, now: Timestamp, limits: &SessionLimits) -> bool {
        now.since(self.rotated_at) >= limits.idle / 2
    }

    /// Whether this use is worth recording: a minute has passed, or a tenth of a short idle limit.
    pub fn is_worth_touching(&self, now: Timestamp, limits: &SessionLimits) -> bool {
        now.since(self.last_seen_at) >= SEEN_INTERVAL.min(limits.idle / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::NewId as _;
    use kernel::{OsRandomness, SystemClock};

    const LIMITS: SessionLimits =
        SessionLimits { idle: Duration::from_secs(1_000), absolute: Duration::from_mins(50) };

    fn session(created: i64, seen: i64) -> Session {
        let created_at = Timestamp::from_millis(created * 1000);
        Session {
            id: SessionId::new(&SystemClock, &OsRandomness),
            member: MemberId::new(&SystemClock, &OsRandomness),
            method: SignInMethod::Password,
            created_at,
            auth_time: created_at,
            proven_by: ProvenBy::Password,
            last_seen_at: Timestamp::from_millis(seen * 1000),
            expires_at: created_at.plus(LIMITS.absolute),
            rotated_at: created_at,
        }
    }

    #[test]
    fn s_cookie_8_a_session_ends_idle_or_at_its_absolute_end() {
        let live = |created, seen, now: i64| {
            session(created, seen).is_live(Timestamp::from_millis(now * 1000), &LIMITS)
        };
        assert!(live(0, 0, 999));
        assert!(!live(0, 0, 1_000), "idle");
        assert!(live(0, 2_900, 2_999));
        assert!(!live(0, 2_900, 3_000), "absolute, though used a moment ago");
    }

    #[test]
    fn a_use_is_written_down_at_most_once_a_minute() {
        let worth = |now: i64| session(0, 0).is_worth_touching(Timestamp::from_millis(now * 1000), &LIMITS);
        assert!(!worth(59));
        assert!(worth(60));
    }
}
