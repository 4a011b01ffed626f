//! How long rows are kept.

use std::time::Duration;

/// How long rows are kept. What nobody is known for is only of use while an attack can be found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rows about a member, and of the program and its operators.
    pub accounts: Duration,
    /// Rows of which nobody knows who caused them.
    pub anonymous: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { accounts: days(400), anonymous: days(30) }
    }
}
