//! Feeds on both databases, with the bus, the work and the upkeep moved by hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")]
#![allow(
    clippy::similar_names,
    reason = "follower and followee, blocker and blocked are the words of the field"
)]

mod cost;
mod export;
mod flows;
#[cfg(feature = "kafka")]
mod kafka;
mod model;
mod races;
mod random_walk;
mod replica;
mod stage;
mod steps;
mod unshown;
