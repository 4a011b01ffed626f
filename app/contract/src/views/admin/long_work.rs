//! `/admin/long-work`.

use crate::moment::Moment;

/// `/admin/long-work`: long work, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWorkView {
    /// The works, newest first.
    pub works: Vec<LongWorkEntry>,
}

/// Long work and its progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWorkEntry {
    /// The UUID with which the work is stopped.
    pub id: String,
    /// The kind of work, and what it acts on.
    pub kind: LongWorkKind,
    /// Its state.
    pub state: LongWorkState,
    /// How much is done.
    pub done: i64,
    /// How much there was to do at the start, if known.
    pub total: Option<i64>,
    /// When it was begun.
    pub begun_at: Moment,
}

/// What a long work does, which decides its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LongWorkKind {
    /// Replays the webhooks that this receiver missed.
    ReplayWebhooks(String),
    /// Retries dead letters.
    RetryDeadLetters,
    /// Sends mails that were given up.
    SendMails,
    /// Re-seals all stored secrets.
    Reseal,
    /// A kind that only another version knows.
    Other,
}

/// Whether a long work still runs, and how it ended.
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
