//! Simulations of Google, Naver and Kakao: HTTP servers that behave as the three document, and as they are known to behave
//! beyond that, and are as strict as they are. People use the consent page; tests use the control surface.
//!
//! One listener serves all three under `/google`, `/naver` and `/kakao`, and `/control` for tests. It is on another site than
//! the program (`127.0.0.1`, not `localhost`), so that cookies behave as they do with the real providers.

mod client;
mod consent;
mod control;
mod endpoint;
mod google;
mod grants;
mod kakao;
mod kakao_api;
mod kind;
mod naver;
mod notice;
mod odd_profiles;
mod page;
mod server;
mod signing;
mod simulated_failure;
mod simulator;
mod user;

pub use endpoint::{Endpoints, SimulatedProvider};
pub use server::{SimulatorSettings, Simulators};
