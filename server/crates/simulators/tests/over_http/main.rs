//! The simulators over HTTP, as a client sees them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod app;
mod control;
mod failures;
mod google;
mod id_tokens;
mod kakao;
mod naver;
