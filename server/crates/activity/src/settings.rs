//! How feeds are kept.

use std::time::Duration;

/// How feeds are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Above so many followers the posts of an author are looked up by new followers, and no longer written into their feeds.
    /// Below seven tenths of it they are written again.
    pub loud_at: u32,
    /// How many members one may follow.
    pub follow_most: u32,
    /// The feed of somebody who did not look at it for so long is given up, and made again when they come back.
    pub asleep_after: Duration,
    /// The number of newest posts that a feed keeps when it is trimmed.
    pub length: u32,
    /// A feed with more entries than this is trimmed. Feeds are checked at random and must not stay above 1,000 entries for long,
    /// so this is well below.
    pub most: u32,
    /// How many posts of somebody come into a feed when they are followed.
    pub past: u32,
    /// How many authors at most are looked up for one reader.
    pub pulled_most: u32,
    /// How many rows one transaction of work alongside the requests writes.
    pub chunk: u32,
    /// Of so many feeds that a post is written into, one is looked at whether it is too long. That none of them is looked at during
    /// the posts from `most` up to 1,000 must not happen.
    pub looked_at: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loud_at: 10_000,
            follow_most: 5_000,
            asleep_after: Duration::from_hours(30 * 24),
            length: 800,
            most: 850,
            past: 50,
            pulled_most: 100,
            chunk: 500,
            looked_at: 8,
        }
    }
}

impl Settings {
    /// Below so many followers an author is no longer loud.
    pub(crate) fn quiet_below(&self) -> i64 {
        i64::from(self.loud_at) * 7 / 10
    }

    /// How many rows one step reads if each of them takes statements of its own.
    pub(crate) fn step_rows(&self) -> u32 {
        (self.chunk / 5).max(1)
    }

    /// How often it is noted that somebody looked at their feed.
    pub(crate) fn seen_every(&self) -> Duration {
        self.asleep_after / 30
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use kernel::Timestamp;
    use testkit::SeededRandomness;

    use crate::post_id::PostId;

    /// The size at which a feed must never stay.
    const NEVER: u32 = 1_000;

    #[test]
    fn a_feed_is_found_too_long_before_it_has_a_thousand_entries() {
        let Settings { most, looked_at, .. } = Settings::default();
        let overlooked = (1.0 - 1.0 / f64::from(looked_at)).powi(i32::try_from(NEVER - most).unwrap());
        assert!(overlooked < 1e-8, "{overlooked}");
        // And as it is drawn: by posts of these ids, for these readers.
        let randomness = SeededRandomness::new(1);
        for round in 0..50_000_i64 {
            let posts = (i64::from(most)..i64::from(NEVER)).map(|post| {
                PostId::from_uuid(kernel::id::uuid_at(Timestamp::from_millis(post), &randomness)).chance()
            });
            let is_found = posts.into_iter().any(|chance| (round + chance) % i64::from(looked_at) == 0);
            assert!(is_found, "{round}");
        }
    }
}
