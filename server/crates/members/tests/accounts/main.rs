//! Accounts by e-mail and password as those who call this part see them, on both databases where the database has a say.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")]

mod address_change;
mod answered_requests;
mod audit;
mod contact;
mod deletion;
mod directory;
mod http;
mod link_matrix;
mod mails;
mod migration;
mod password_change;
mod people;
mod ports;
mod pre_hijacking;
mod provider_picture;
mod provider_unlink;
mod provider_webhook;
mod races;
mod repeats;
mod reset;
mod rows;
mod server;
mod sign_in;
mod sign_in_methods;
mod sign_up;
mod stage;
