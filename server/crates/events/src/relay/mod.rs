//! The relay: takes events out of the outbox to the bus.

mod batch;
mod flow;
mod one_commit;
mod round;
mod rounds;
mod settings;

pub use round::RelayRound;
pub use rounds::Relay;
pub use settings::RelaySettings;
