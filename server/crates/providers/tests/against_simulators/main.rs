//! Whole logins against the simulated providers: the good ones, the failures, the attacks and the quirks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod attacks;
mod failures;
mod id_tokens;
mod keys;
mod logins;
mod odd_profiles;
mod quirks;
mod transactions;
mod unlinking;
mod world;
