//! Google, Naver and Kakao, simulated: real HTTP servers with what the three document and with what they are known to do
//! alongside it, strict where they are strict. People use the consent page; tests use the control surface.
//!
//! One listener carries all three: `/google`, `/naver`, `/kakao`, and `/control` for tests. It is on another site
//! than the program (`127.0.0.1`, not `localhost`), so that cookies behave as they do with the real ones.

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
mod page;
mod server;
mod signing;
mod simulated_failure;
mod simulator;
mod spoilt;
mod user;

pub use endpoint::{Endpoints, SimulatedProvider};
pub use server::{SimulatorSettings, Simulators};
