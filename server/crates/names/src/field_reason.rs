//! Which of several rules a field breaks.

use serde::{Deserialize, Serialize};

/// Which rule a field breaks, where pages have more to say than that it is not as allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldReason {
    /// A password that is too short or too long.
    PasswordLength,
    /// A password that is close to leaked ones.
    PasswordLeaked,
    /// A password that is made of the site's name, the address or the nickname.
    PasswordContext,
    /// An address that nobody has proven.
    NotProven,
}
