//! The development mailbox: what would have gone out by SMTP, to be read at `/dev/mail` by people and tests.
//!
//! The program offers its [routes] in the development build and mode only.

mod pages;
mod routes;
mod store;

pub use pages::MailboxEntry;
pub use routes::{Mailbox, routes};

pub(crate) use store::{STATEMENTS, delete_to, insert, reseal};
