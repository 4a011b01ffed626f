//! `/admin/access-log`.

use names::AccessKind;

use super::log::LogView;
use crate::moment::Moment;

/// `/admin/access-log`.
pub type AccessLogView = LogView<AccessAsked, AccessLine>;

/// The filter, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessAsked {
    /// The member whose data was seen.
    pub member: String,
    /// The operator who saw it.
    pub operator: String,
    /// The first day.
    pub since: String,
    /// The last day.
    pub until: String,
}

/// A row of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine {
    /// When the data was shown.
    pub at: Moment,
    /// What was shown; `None` for a kind of another version of the program.
    pub what: Option<AccessKind>,
    /// Whose data it was.
    pub member: Option<String>,
    /// The row or the time span.
    pub object: String,
    /// The member who acted as the operator.
    pub operator: Option<String>,
    /// The client that acted as the operator.
    pub client: String,
    /// The IP address.
    pub address: String,
    /// The reason that the operator gave.
    pub note: String,
}
