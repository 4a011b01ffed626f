//! A statement with its values, and what it did.

use std::fmt;

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;

/// A statement and its values.
pub type Statement<'a> = Query<'a, Any, AnyArguments>;

/// What one of several statements did.
#[derive(Default)]
pub struct Executed {
    /// How many rows it changed. For one that reads, this says nothing.
    pub changed: u64,
    /// What it read.
    pub rows: Vec<AnyRow>,
}

impl fmt::Debug for Executed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changed, {} read", self.changed, self.rows.len())
    }
}
