//! `/admin/long-work`.

use crate::moment::Moment;

/// `/admin/long-work`: what was ordered that takes long, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWorkView {
    /// The work.
    pub works: Vec<LongWorkEntry>,
}

/// Work, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWorkEntry {
    /// Its id.
    pub id: String,
    /// What it is, and on what.
    pub kind: LongWorkKind,
    /// How far it is.
    pub state: LongWorkState,
    /// How much is done.
    pub done: i64,
    /// How much there was to do.
    pub total: Option<i64>,
    /// When it was begun.
    pub begun_at: Moment,
}

/// Which work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LongWorkKind {
    /// Webhooks that this receiver missed are sent again.
    ReplayWebhooks(String),
    /// Consumers deal with dead letters again.
    RetryDeadLetters,
    /// Mails that were given up are sent.
    SendMails,
    /// All that is stored is sealed again.
    Reseal,
    /// What only another version knows.
    Other,
}

/// How far work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongWorkState {
    /// It is being done.
    Running,
    /// It is done.
    Done,
    /// Somebody stopped it.
    Stopped,
    /// It was given up.
    Failed,
}
