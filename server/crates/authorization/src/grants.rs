//! The grants: what a client presents for tokens, each in a file.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod device_code;
mod issue;
pub(crate) mod refresh_token;
