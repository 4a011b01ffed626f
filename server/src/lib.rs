//! The program `daemun`, as a library, so that tests start the same thing that `main` starts.
//!
//! [`config`] says what is wanted, [`program`] starts it with its [`services`], [`parts::list`] says what there is to know of
//! each part, [`compose`] shows every layer in order, [`pages`] lists the pages and loads what they show.

mod access_line;
pub mod accounts;
pub mod activity;
pub mod answer_counts;
pub mod authorization;
pub mod base;
pub mod beats;
pub mod check;
pub mod cleaner;
pub mod commands;
pub mod compose;
pub mod config;
mod data_dir;
pub mod environment;
pub mod erasure;
pub mod event_bus;
pub mod export;
pub mod gateway;
pub mod http;
mod key_audit;
pub mod last_method;
pub mod listeners;
pub mod log;
pub mod lost_passkeys;
pub mod mail;
pub mod master_key;
pub mod metrics_catalogue;
mod operations;
pub mod pages;
pub mod parts;
pub mod program;
pub mod provider_settings;
pub mod resealing;
pub mod root_service;
pub mod services;
mod settings_look;
pub mod site;
pub mod start_error;
pub mod telemetry;
pub mod watch;
pub mod webhooks;

#[cfg(all(feature = "simulators", debug_assertions))]
pub mod development;
