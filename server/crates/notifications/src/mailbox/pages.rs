//! The pages of the mailbox.

use askama::Template;
use serde::Serialize;

/// A mail in the mailbox, as `GET /dev/mail` returns it.
#[derive(Clone, Serialize)]
pub struct MailboxEntry {
    /// The id, which is in the Message-ID too.
    pub id: String,
    /// The address it went to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// When it arrived, in RFC 3339.
    pub at: String,
    /// The addresses that it links to.
    pub links: Vec<String>,
}

/// `/dev/mail`: the mails of the development mailbox.
#[derive(Template)]
#[template(path = "mailbox.html")]
pub(super) struct ListPage<'a> {
    pub(super) style_sheet: &'a str,
    pub(super) mails: Vec<MailboxEntry>,
}

/// One mail of the development mailbox.
#[derive(Template)]
#[template(path = "mailbox_mail.html")]
pub(super) struct MailPage<'a> {
    pub(super) style_sheet: &'a str,
    pub(super) mail: MailboxEntry,
}
