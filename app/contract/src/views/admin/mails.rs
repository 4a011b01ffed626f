//! `/admin/mails`.

use crate::moment::Moment;

/// `/admin/mails`: mails that wait, or that were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailsView {
    /// Whether the list shows mails that were given up.
    pub given_up_shown: bool,
    /// How many wait; the count stops at a bound.
    pub waiting: u32,
    /// How many were given up.
    pub given_up: u32,
    /// The mails of the list that was asked for.
    pub mails: Vec<MailEntry>,
    /// Whether this is not the first page of the list.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A mail without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailEntry {
    /// The id of the mail's job, with which it is sent again.
    pub id: String,
    /// The recipient, masked.
    pub to: String,
    /// The kind of mail.
    pub template: String,
    /// When it was enqueued.
    pub created_at: Moment,
    /// When it is tried next, or was tried last.
    pub due_at: Moment,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it can be sent again.
    pub can_be_sent: bool,
    /// What went wrong the last time, as the program says it.
    pub failure: Option<String>,
}
