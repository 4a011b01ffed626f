//! `/admin/mails`.

use crate::moment::Moment;

/// `/admin/mails`: mails that wait, or that were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailsView {
    /// Whether those are shown that were given up.
    pub given_up_shown: bool,
    /// How many wait, counted up to some number.
    pub waiting: u32,
    /// How many were given up.
    pub given_up: u32,
    /// Those that are shown.
    pub mails: Vec<MailEntry>,
    /// Whether this is a later part of the list.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// A mail, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailEntry {
    /// Its id.
    pub id: String,
    /// To whom, masked.
    pub to: String,
    /// Which kind of mail.
    pub template: String,
    /// When it was written.
    pub created_at: Moment,
    /// When it is tried next, or was tried last.
    pub due_at: Moment,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it can be sent again.
    pub can_be_sent: bool,
}
