//! What replicas exchange about the keys of limits.

use crate::key::LimitKey;

/// The uses of one key that one replica allowed, to be added to those of the others.
///
/// The sum alone is not enough: uses that are spread over a minute and written late would look like a burst. So it comes with
/// the moment that these uses alone lead to, which is right if no other replica counted the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) key: LimitKey,
    /// The refill time of all these uses, in nanoseconds.
    pub(crate) taken: i64,
    /// When the quota would be full again if there were no other uses, in nanoseconds since the epoch.
    pub(crate) full_at: i64,
}

impl Usage {
    /// These uses and `later` ones of the same key.
    pub(crate) fn followed_by(self, later: Self) -> Self {
        Self {
            key: self.key,
            taken: self.taken.saturating_add(later.taken),
            full_at: self.full_at.saturating_add(later.taken).max(later.full_at),
        }
    }
}

/// How far all replicas together have used up a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) key: LimitKey,
    /// When its quota will be full again, in nanoseconds since the epoch.
    pub(crate) full_at: i64,
}
