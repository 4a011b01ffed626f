//! The history of the viewer's account.

use names::{Actor, AuditKind, Role, SignInMethod};

use crate::moment::Moment;
use crate::place::Place;

/// `/me/history`: a page of the viewer's history, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryView {
    /// The entries.
    pub entries: Vec<HistoryEntry>,
    /// The cursor of older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// One row of the audit log, as its member sees it at `/me/history`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened; `None` for a kind that only a newer version knows.
    pub what: Option<AuditKind>,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// The sign-in method, if it is about one.
    pub method: Option<SignInMethod>,
    /// The role, if one was given or taken.
    pub role: Option<Role>,
    /// The app's name, or its id if it is gone; `None` if it is about no app.
    pub app: Option<String>,
    /// Who did it; `None` for an actor that only a newer version knows.
    pub by: Option<Actor>,
    /// When it happened.
    pub at: Moment,
    /// How often it happened; more than once if repetitions within an hour share the entry.
    pub times: u32,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// Where it came from.
    pub place: Place,
}
