//! What the pages of the audit log and of the access log have in common.

/// A page of a log, with its filter (`A`) and its rows (`L`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogView<A, L> {
    /// The filter.
    pub asked: A,
    /// Whether a field of the filter is not valid.
    pub is_wrong: bool,
    /// The rows, newest first.
    pub rows: Vec<L>,
    /// Whether this is not the first page.
    pub is_later: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The current day in the zone of the site: the default end of a file.
    pub today: String,
}
