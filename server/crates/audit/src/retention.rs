//! How long rows are kept.

use std::time::Duration;

/// How long rows are kept. Rows about strangers are of use only while an attack can be found in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rows about a member, and of the program and its operators.
    pub accounts: Duration,
    /// Rows about strangers.
    pub anonymous: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { accounts: days(400), anonymous: days(30) }
    }
}
