//! The gateway from outside: real connections to it, real servers behind it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod actor;
mod bench;
mod confusion;
mod failures;
mod forward_auth;
mod frames;
mod framing;
mod headers;
mod limits;
mod reload;
mod rotation;
mod service;
mod slow_clients;
mod spellings;
mod status;
mod streams;
mod versions;
mod websockets;
