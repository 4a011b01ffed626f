//! What happened to the viewer's account.

use names::{AuditKind, SignInMethod};

use crate::moment::Moment;
use crate::place::Place;

/// `/me/history`: a part of what happened to the viewer's account, the newest line first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryView {
    /// The lines.
    pub entries: Vec<HistoryEntry>,
    /// After which line to go on, where there are older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened; `None` for a kind that only a newer version knows.
    pub what: Option<AuditKind>,
    /// Whether it came about; otherwise it was tried.
    pub succeeded: bool,
    /// With which sign-in method, where it is about one.
    pub way: Option<SignInMethod>,
    /// When.
    pub at: Moment,
    /// How often; more than once where repetitions within an hour share the line.
    pub times: u32,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
}
