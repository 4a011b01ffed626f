//! `/admin/reports`.

use crate::moment::Moment;

/// `/admin/reports`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportsView {
    /// The reports, newest first.
    pub reports: Vec<ReportedPost>,
    /// Whether this is not the first page.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Whether the viewer may see the pages of members.
    pub administers: bool,
}

/// A post that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPost {
    /// The post's UUID.
    pub post: String,
    /// Its author.
    pub author: Option<String>,
    /// Its text; `None` if it was deleted.
    pub text: Option<String>,
    /// The reason that its author sees, if it is hidden.
    pub hidden: Option<String>,
    /// The code of the report's reason.
    pub reason: String,
    /// The words of the member who reported it.
    pub note: String,
    /// When it was reported.
    pub at: Moment,
}
