//! `/admin/access-log`.

use names::AccessKind;

use crate::moment::Moment;

/// `/admin/access-log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLogView {
    /// What is looked for.
    pub asked: AccessAsked,
    /// Whether a part of that can be nothing.
    pub is_wrong: bool,
    /// What was found, the newest first.
    pub rows: Vec<AccessLine>,
    /// Whether it is a later part.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
    /// Today, where the site is.
    pub today: String,
}

/// What is looked for, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessAsked {
    /// Whose.
    pub member: String,
    /// Whose acts: an operator.
    pub operator: String,
    /// From which day on.
    pub since: String,
    /// To which day.
    pub until: String,
}

/// A row of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine {
    /// When.
    pub at: Moment,
    /// What was shown; `None` for a kind of another version of the program.
    pub what: Option<AccessKind>,
    /// Whose.
    pub member: Option<String>,
    /// Which row, or which span.
    pub object: String,
    /// Which member operated.
    pub operator: Option<String>,
    /// Which client did.
    pub client: String,
    /// From which address.
    pub address: String,
    /// Why.
    pub note: String,
}
