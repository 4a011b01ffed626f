//! Mails to members: their templates, their queue, and their delivery.
//!
//! ```text
//! caller's transaction ── Mails::enqueue ──▶ jobs ── Sender ──▶ SMTP, or the development mailbox
//! account events ── AccountNews ──┘
//! ```
//!
//! - A mail is enqueued in the [transaction](Mails::enqueue) of the change that it is about. No request sends mail, so a mail
//!   server that is away fails none (S-MAIL-9).
//! - The [sender](Sender) delivers at least once, with a bounded number of attempts. A mail that is sent twice has the same
//!   Message-ID.
//! - The content of a mail is a [template](MailTemplate) of a closed list. It cannot carry text that somebody typed (S-MAIL-11),
//!   and its links lead to our own [origin](Link) only (S-MAIL-7).
//! - Mails are [sealed](Mails) in the queue and wiped once they are sent (S-MAIL-12).
//!
//! # How to add a mail
//! A mail without values is a variant of [`names::MailNotice`]; one with values is a variant of [`MailTemplate`]. Its texts are
//! in `app/locales/<language>/mails.json`, and `words.rs` puts them together. The compiler reports what is missing.

mod code;
mod consumer;
mod device;
mod erasure;
mod error;
mod idempotency_key;
mod link;
mod mail_template;
pub mod mailbox;
mod mails;
mod mails_in_queue;
mod network;
mod outgoing;
mod recipients;
mod rendered;
mod reseal;
mod seen;
mod sender;
mod sender_address;
mod sender_probe;
mod smtp;
mod smtp_url;
mod storage;
mod words;

pub use code::{Code, CodeError};
pub use consumer::{AccountNews, CONSUMER, TOPICS};
pub use device::{Browser, Device, System};
pub use erasure::erase;
pub use error::MailError;
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};
pub use link::{Link, LinkError};
pub use mail_template::{MailTemplate, Proof, all_kinds, holds_no_token};
pub use mails::{Mail, MailId, Mails};
pub use mails_in_queue::{
    MAX_COUNTED, MailInQueue, SentAgain, count_given_up, count_queued, queued, send_again,
};
pub use network::Network;
pub use outgoing::{MAIL, QueuedMail, measure, newest_to, oldest_waiting};
pub use recipients::Recipients;
pub use rendered::RenderedMail;
pub use seen::{SeenPlace, seen_places};
pub use sender::{Sender, Transport};
pub use sender_address::{SenderAddress, SenderAddressError};
pub use smtp::{Smtp, SmtpError, SmtpSettings, is_authority};
pub use smtp_url::{SmtpTls, SmtpUrl, SmtpUrlError};
pub use storage::STORAGE;
