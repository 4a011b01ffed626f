//! A replica as others see it.

use kernel::Timestamp;

/// A replica as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaRow {
    /// The id that the process chose at its start.
    pub id: String,
    /// The version of the program.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was last heard, by its own clock.
    pub beat_at: Timestamp,
    /// How many milliseconds its clock is ahead of the database's; negative when it is behind.
    pub clock_ahead: i64,
    /// With which master key it seals; `None` for a program that does not tell.
    pub newest_key: Option<String>,
}
