//! A sum of what happened in an hour.

use kernel::Timestamp;

/// What a sum is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SumOf {
    pub(crate) kind: &'static str,
    pub(crate) hour: i64,
    pub(crate) method: String,
    pub(crate) outcome: &'static str,
}

/// How often something happened in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourSum {
    /// When the hour began.
    pub hour: Timestamp,
    /// With which sign-in method, as [`SignInMethod::as_str`](names::SignInMethod::as_str) names it; empty for none.
    pub method: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// How often.
    pub times: u64,
}
