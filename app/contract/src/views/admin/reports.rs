//! `/admin/reports`.

use crate::moment::Moment;

/// `/admin/reports`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportsView {
    /// What was reported, the newest first.
    pub reports: Vec<ReportedPost>,
    /// Whether it is a later part.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
    /// Whether who looks may see the pages of members.
    pub administers: bool,
}

/// A post that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPost {
    /// Its id.
    pub post: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its text; `None` when it is gone.
    pub text: Option<String>,
    /// What its author is told, where it is hidden.
    pub hidden: Option<String>,
    /// Why it was reported, as a code.
    pub reason: String,
    /// In the words of who reported it.
    pub note: String,
    /// When.
    pub at: Moment,
}
