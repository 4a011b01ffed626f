//! The pages of operators, one file each. `server/src/pages/admin` lists them, in the order of their navigation.

mod access_log;
mod audit;
mod clients;
mod events;
mod first_look;
mod keys;
mod log_parts;
mod long_work;
mod mails;
mod member;
pub(crate) mod members;
mod new_client;
mod program;
mod reports;
mod webhooks;

pub use access_log::AccessLog;
pub use audit::Audit;
pub use clients::{Client, Clients};
pub(crate) use events::moving_events;
pub use events::{DeadLetter, Events};
pub use first_look::FirstLook;
pub use keys::Keys;
pub use long_work::LongWork;
pub use mails::Mails;
pub use member::Member;
pub use members::Members;
pub(crate) use members::found_members;
pub use program::Program;
pub use reports::Reports;
pub use webhooks::Webhooks;
