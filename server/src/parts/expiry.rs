//! Rules that delete expired rows where no column alone tells when they are over.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use kernel::Timestamp;

use crate::services::Services;

/// Deletes at most so many rows that are over by now; returns how many.
pub type Delete =
    for<'a> fn(&'a Services, &'a mut Transaction, Timestamp, u32) -> BoxFuture<'a, Result<u64, DbError>>;

/// How the rows of one table expire.
#[derive(Clone, Copy)]
pub struct ExpiryRule {
    /// The table.
    pub table: &'static str,
    /// Deletes what is over.
    pub delete: Delete,
}

impl ExpiryRule {
    /// The rule of `table`.
    pub const fn new(table: &'static str, delete: Delete) -> Self {
        Self { table, delete }
    }
}
