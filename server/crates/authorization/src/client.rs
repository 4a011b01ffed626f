//! Clients: the apps that sign people in through Daemun (RFC 6749 section 2).

pub(crate) mod authentication;
mod checks;
pub(crate) mod clients;
pub(crate) mod configured;
mod doubts;
pub(crate) mod findings;
pub(crate) mod grant_type;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod redirect_uri;
pub(crate) mod requirement;
pub(crate) mod rules;
pub(crate) mod secrets;
