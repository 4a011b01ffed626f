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
    /// How many of its newest posts a feed keeps
    pub length: u32,
    /// when it is found to have more than these. It is found by chance, and a feed is never to stay above 1,000 for long: so this
    /// is well below.
    pub most: u32,
    /// How many posts of somebody come into a feed when they are followed.
    pub past: u32,
    /// How many authors at most are looked up for one reader.
    pub pulled_most: u32,
    /// How many rows one transaction of work beside the requests writes.
    pub chunk: u32,
    /// Of so many feeds that a post is written into, one is looked at whether it is too long.
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
            looked_at: 32,
        }
    }
}

impl Settings {
    /// Below so many followers an author is no longer loud.
    pub(crate) fn quiet_below(&self) -> i64 {
        i64::from(self.loud_at) * 7 / 10
    }

    /// So often it is noted that somebody looked at their feed.
    pub(crate) fn seen_every(&self) -> Duration {
        self.asleep_after / 30
    }
}
