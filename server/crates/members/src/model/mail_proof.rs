//! What the reader of a mail shows.

use kernel::OpaqueToken;
use names::EmailAddress;

use crate::model::mail_code::MailCode;

/// What somebody shows to prove that they read a mail.
#[derive(Debug)]
pub enum Proof {
    /// The token of its link.
    Token(OpaqueToken),
    /// Its code, and the address that it was sent to.
    Code {
        /// The address.
        address: EmailAddress,
        /// The code.
        code: MailCode,
    },
}
