//! The relay: takes events out of the outbox to the bus.

mod batch;
mod flow;
mod one_commit;
mod rounds;
mod settings;

pub use rounds::{Relay, RelayRound};
pub use settings::RelaySettings;
