//! Webhooks from the bus to receivers, on each database.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod addresses;
mod delivery;
mod killed_program;
mod kills;
mod library;
mod receiver;
mod stage;
