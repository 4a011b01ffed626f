//! A sign-up on its way to the database.

use names::EmailAddress;
use serde::{Deserialize, Serialize};

use crate::model::mail_return::MailReturn;

/// A sign-up that was found to be in order, with its password hashed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PreparedSignUp {
    pub(crate) email: EmailAddress,
    pub(crate) nickname: String,
    pub(crate) password_hash: String,
    /// The hash of an earlier sign-up with the same password.
    pub(crate) same_as: Option<String>,
    /// The hash of an earlier sign-up with another password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) other_than: Option<String>,
    /// Where the reader of its mail goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_to: Option<MailReturn>,
}
