//! Feeds on both databases, with the bus, the work and the upkeep moved by hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")]

mod flows;
mod model;
mod races;
mod stage;
mod steps;
