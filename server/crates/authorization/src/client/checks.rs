//! The checks of a client's description, by what they look at.

pub(crate) mod addresses;
pub(crate) mod apis;
pub(crate) mod authentication;
pub(crate) mod grants;
pub(crate) mod identity;
pub(crate) mod lives;
