//! Mails, from the transaction that makes them to the mail server that takes them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod kill;
mod migration;
mod news;
mod queue;
mod resealing;
mod scene;
mod smtp;
mod smtp_server;
mod templates;
