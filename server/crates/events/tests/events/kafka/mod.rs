//! The bus on a real broker (`scripts/with-kafka cargo test -p events --features kafka`). Where there is none, these tests pass
//! without having tried anything, and say so.

mod bus;
mod cluster;
mod connection;
mod foreign;
mod groups;
mod kills;
mod metrics;
mod outages;
mod rights;
mod switch;
