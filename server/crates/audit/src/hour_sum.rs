//! How often a kind of event happened in an hour.

use kernel::Timestamp;

/// The key of a sum; `hour` counts from the epoch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SumOf {
    pub(crate) kind: &'static str,
    pub(crate) hour: i64,
    pub(crate) method: String,
    pub(crate) outcome: &'static str,
}

/// How often something happened within one clock hour, by method and outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourSum {
    /// When the hour began.
    pub hour: Timestamp,
    /// The sign-in method, as [`SignInMethod::as_str`](names::SignInMethod::as_str) names it; empty for none.
    pub method: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// How often it happened.
    pub times: u64,
}
