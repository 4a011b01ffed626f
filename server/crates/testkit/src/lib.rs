//! For tests only: [databases](TestDatabase) that are new and empty, a [clock moved by hand](HandClock),
//! [randomness](SeededRandomness) and [odd texts](RandomTexts) from a seed, and a [browser with verbs](Browser).

mod browser;
mod clock;
mod database;
mod random_texts;
mod randomness;

pub use browser::{Answer, Browser};
pub use clock::HandClock;
pub use database::TestDatabase;
pub use random_texts::RandomTexts;
pub use randomness::SeededRandomness;
