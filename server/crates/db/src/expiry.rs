//! How the rows of a table come to an end by themselves.

use std::time::Duration;

/// How the rows of a table come to an end by themselves.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// They go by the moment in a column.
    Column(ExpiryColumn),
    /// They go by a rule of their part, which the program's list of parts names.
    OwnRule,
    /// They stay: says why the table does not grow without end all the same.
    Stays(&'static str),
}

/// The column with the moment, in milliseconds, when rows expire. An index must lead with it.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryColumn {
    pub(crate) key: &'static str,
    pub(crate) column: &'static str,
    pub(crate) keep: Duration,
    pub(crate) loss: Option<&'static str>,
}

impl ExpiryColumn {
    /// Rows are over when the moment in `column` has come. `key` is the primary key, or `rowid`, SQLite's own, where that has
    /// two columns.
    pub const fn new(key: &'static str, column: &'static str) -> Self {
        Self { key, column, keep: Duration::ZERO, loss: None }
    }

    /// The column.
    pub const fn column(self) -> &'static str {
        self.column
    }

    /// Rows are kept for so long after the moment.
    #[must_use]
    pub const fn kept_for(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// A row that is still there by then is a loss, of which the log tells with these words.
    #[must_use]
    pub const fn losing(mut self, loss: &'static str) -> Self {
        self.loss = Some(loss);
        self
    }
}
