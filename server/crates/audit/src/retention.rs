//! How long rows are kept.

use std::time::Duration;

/// How long rows are kept. Rows about strangers are kept only as long as they help to find an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rows about a member, or caused by the program or an operator.
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
