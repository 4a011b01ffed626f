//! The grants: what a client presents for tokens, each in a file.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
mod issue;
pub(crate) mod refresh_token;
