//! The program from outside: real listeners, real providers (simulated), real databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod accounts;
mod app;
mod architecture;
mod audit;
mod cluster;
mod connections;
mod echo;
mod events;
mod export;
mod gateway;
mod gateway_process;
mod headers;
mod keys;
mod limits;
mod linking;
mod login;
mod mail;
mod own_password;
mod own_sessions;
mod process;
mod provider_actor;
mod proxies;
mod raw;
mod routes;
mod rush;
mod same_origin;
mod service;
mod services;
mod session;
mod shared_limits;
mod sign_ins;
mod sign_out;
mod soak;
mod soak_accounts;
mod soak_gate;
mod sources;
mod timing;
mod token_actor;
mod wire;
