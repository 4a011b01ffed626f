//! The words of each letter. The templates give them their form; so text and HTML can never say different things.

mod english;
mod korean;

use jiff::tz::Offset;
use kernel::Timestamp;

use crate::{Code, Language, Link, MailTemplate};

/// One letter in one language. The subject and all sentences are texts of the program: what changes from mail to mail
/// stands in facts, link and code, whose types are closed.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    /// The subject, and the heading.
    pub(crate) subject: &'static str,
    /// Paragraphs above everything else.
    pub(crate) before: &'static [&'static str],
    /// Names and values.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The words on the link, and where it leads.
    pub(crate) action: Option<(&'static str, &'a Link)>,
    /// The words before the code, and the code.
    pub(crate) code: Option<(&'static str, &'a Code)>,
    /// Paragraphs below everything else.
    pub(crate) after: &'static [&'static str],
    /// Who writes, and that nobody reads answers.
    pub(crate) closing: &'static str,
}

/// The words of `letter` in `language`.
pub(crate) fn of(letter: &MailTemplate, language: Language) -> Words<'_> {
    match language {
        Language::Korean => korean::words(letter),
        Language::English => english::words(letter),
    }
}

/// A moment as `pattern` (strftime) writes it, `hours` ahead of UTC.
fn moment(at: Timestamp, hours: i8, pattern: &str) -> String {
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.millis()) else { return at.to_string() };
    Offset::from_hours(hours)
        .ok()
        .and_then(|offset| jiff::fmt::strtime::format(pattern, offset.to_datetime(moment)).ok())
        .unwrap_or_else(|| at.to_string())
}
