//! Clients: the apps that sign people in through Daemun (RFC 6749 section 2).

pub(crate) mod authenticate;
pub(crate) mod authentication;
mod checks;
pub(crate) mod clients;
pub(crate) mod configured;
mod description;
pub(crate) mod document;
pub(crate) mod document_address;
pub(crate) mod document_fetch;
pub(crate) mod documents;
mod doubts;
pub(crate) mod findings;
pub(crate) mod form;
pub(crate) mod grant_type;
pub(crate) mod guard;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod public_address;
pub(crate) mod redirect_uri;
pub(crate) mod registry;
pub(crate) mod requirement;
pub(crate) mod rules;
pub(crate) mod secrets;
mod self_described;
