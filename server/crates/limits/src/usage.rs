//! What replicas tell each other of the keys of a limit.

use crate::key::LimitKey;

/// What one replica let through of one key, to be added to what the others let through.
///
/// A sum alone is not enough: uses that are spread over a minute and reported late would look like a burst. So it comes with the
/// moment that these uses alone lead to, which is right if nobody else used the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) key: LimitKey,
    /// The time that the uses take together, in nanoseconds.
    pub(crate) taken: i64,
    /// When the count would be full again if there had been no other uses than these, in nanoseconds since the epoch.
    pub(crate) full_at: i64,
}

impl Usage {
    /// Together with `later` uses of the same key.
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
    /// When its count will be full again, in nanoseconds since the epoch.
    pub(crate) full_at: i64,
}
