//! For tests only: [databases](TestDatabase) that are new and empty, a [clock moved by hand](HandClock),
//! [randomness from a seed](SeededRandomness), and a [browser with verbs](Browser).

mod browser;
mod clock;
mod database;
mod randomness;

pub use browser::{Answer, Browser};
pub use clock::HandClock;
pub use database::TestDatabase;
pub use randomness::SeededRandomness;
