//! The development mailbox: mails that would have been sent by SMTP, for people and tests to read at `/dev/mail`.
//!
//! The program serves its [routes] in the development build and mode only.

mod pages;
mod routes;
mod store;

pub use pages::MailboxEntry;
pub use routes::{Mailbox, routes};

pub(crate) use store::{STATEMENTS, delete_to, insert, reseal};
