//! Which rule a field breaks.

use serde::{Deserialize, Serialize};

/// The rule that a field breaks, where pages explain more than that the field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldReason {
    /// The password is too short or too long.
    PasswordLength,
    /// The password is close to leaked ones.
    PasswordLeaked,
    /// The password is made of the site's name, the address or the nickname.
    PasswordContext,
    /// The address is not proven.
    NotProven,
    /// The address is that of the account already.
    AddressUnchanged,
}
