//! The queue on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod enqueue;
mod leases;
mod resealing;
mod retention;
mod retries;
mod scene;
