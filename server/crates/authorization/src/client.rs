//! Clients: the apps that sign people in through Daemun (RFC 6749 section 2).

pub(crate) mod clients;
pub(crate) mod configured;
pub(crate) mod grant_type;
pub(crate) mod model;
pub(crate) mod redirect_uri;
