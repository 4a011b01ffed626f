//! How the rows of a table expire.

use std::time::Duration;

/// How the rows of a table expire.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// By the time in a column.
    Column(ExpiryColumn),
    /// By a rule of their part, which the program's list of parts names.
    OwnRule,
    /// They stay; says why the table nevertheless does not grow forever.
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

    /// The name of the column.
    pub const fn column(self) -> &'static str {
        self.column
    }

    /// Rows are kept for so long after the moment.
    #[must_use]
    pub const fn kept_for(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// A row that is still there by then is a loss, which is logged in these words.
    #[must_use]
    pub const fn losing(mut self, loss: &'static str) -> Self {
        self.loss = Some(loss);
        self
    }
}
