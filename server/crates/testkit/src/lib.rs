//! For tests only: [databases](TestDatabase) that are new and empty or [of an older version](OldDatabase), a [clock moved by hand](HandClock) and [one that is off](OffsetClock),
//! [randomness](SeededRandomness) and [odd texts](RandomTexts) from a seed, [passwords at next to no cost](cheap_hashing), and a
//! [browser with verbs](Browser), the [brokers](Brokers) that `scripts/with-kafka` started, the [key of an app](DpopKey) that proves who
//! sends its requests, and a [passkey](Authenticator).

pub mod authenticator;
mod brokers;
mod browser;
mod clock;
mod database;
mod dpop_key;
mod empty_database;
mod hashing;
mod old_database;
mod random_texts;
mod randomness;
mod template;

pub use authenticator::Authenticator;
pub use brokers::{Brokers, ReadMessage};
pub use browser::{Answer, Browser};
pub use clock::{HandClock, OffsetClock};
pub use database::TestDatabase;
pub use dpop_key::{DpopKey, DpopProof};
pub use hashing::cheap_hashing;
pub use old_database::OldDatabase;
pub use random_texts::RandomTexts;
pub use randomness::SeededRandomness;
