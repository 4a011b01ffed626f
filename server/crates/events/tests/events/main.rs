//! Events from outside: everything below on SQLite and on MariaDB (`scripts/with-mariadb cargo test -p events`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod batches;
mod consumers;
mod contract;
mod in_process;
#[cfg(feature = "kafka")]
mod kafka;
mod kill;
#[cfg(feature = "kafka")]
mod measured;
mod one_commit;
mod outbox;
mod recording_bus;
mod relay;
mod retention;
mod scene;
mod schemas;
mod stopped_database;
