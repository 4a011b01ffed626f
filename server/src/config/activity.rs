//! `[activity]`.

use std::ops::RangeInclusive;

use activity::Settings;

use super::reader::Reader;
use super::units::Span;

/// With more, one post would be written into too many feeds.
const LOUD_AT_LIMITS: RangeInclusive<u32> = 1..=1_000_000;
/// A page looks at each of them when its reader comes back after an absence.
const FOLLOW_MOST_LIMITS: RangeInclusive<u32> = 1..=100_000;

/// Following, posts and the feed.
#[derive(Clone, Copy, Debug)]
pub struct Activity {
    /// `activity.enabled`.
    pub enabled: bool,
    loud_at: u32,
    follow_most: u32,
    asleep_after: Span,
}

impl Activity {
    pub(super) fn read(reader: &Reader) -> Self {
        Self {
            enabled: reader.flag("activity.enabled"),
            loud_at: reader.number_of("activity.loud_at", LOUD_AT_LIMITS),
            follow_most: reader.number_of("activity.follow_most", FOLLOW_MOST_LIMITS),
            asleep_after: reader.span("activity.asleep_after"),
        }
    }

    /// How feeds are kept.
    pub fn settings(self) -> Settings {
        Settings {
            loud_at: self.loud_at,
            follow_most: self.follow_most,
            asleep_after: self.asleep_after.get(),
            ..Settings::default()
        }
    }
}
