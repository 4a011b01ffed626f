//! The pages, one file each.

mod home;
mod login;
mod me;
mod not_found;
mod sessions;

pub(crate) use home::Home;
pub(crate) use login::Login;
pub(crate) use me::Me;
pub(crate) use not_found::NotFound;
pub(crate) use sessions::Sessions;
