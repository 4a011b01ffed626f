//! Statements that become true together or not at all, known before any of them is executed.

use std::fmt;

use sqlx::any::AnyArguments;
use sqlx::{Execute as _, SqlStr, query_with};

use crate::afterwards::Afterwards;
use crate::error::DbError;
use crate::statement::{Executed, Statement};

/// What a statement must have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    /// Whatever it does.
    Nothing,
    /// It changed so many rows.
    Change(u32),
    /// It read a row.
    Find,
}

impl Must {
    pub(crate) fn is_done_by(self, executed: &Executed) -> bool {
        match self {
            Self::Nothing => true,
            Self::Change(rows) => executed.changed == u64::from(rows),
            Self::Find => !executed.rows.is_empty(),
        }
    }
}

/// A statement and its values.
pub(crate) struct Bound {
    pub(crate) sql: SqlStr,
    pub(crate) values: AnyArguments,
    pub(crate) must: Must,
}

impl Bound {
    pub(crate) fn new(mut statement: Statement<'_>, must: Must) -> Result<Self, DbError> {
        let values = statement.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
        Ok(Self { sql: statement.sql(), values, must })
    }

    /// To be executed by itself, maybe more than once.
    pub(crate) fn copy(&self) -> Statement<'static> {
        let mut values = AnyArguments::default();
        values.values.0.clone_from(&self.values.values.0);
        query_with(self.sql.clone(), values)
    }

    /// To be executed by itself.
    pub(crate) fn statement(self) -> Statement<'static> {
        query_with(self.sql, self.values)
    }
}

/// Shows no values, which may be secrets.
impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql.as_str())
    }
}

/// Statements for [`Database::execute_unit`](crate::Database::execute_unit), in their order, and what each must do. If one does not do that, none
/// is true.
#[derive(Default)]
pub struct Unit {
    pub(crate) statements: Vec<Bound>,
    pub(crate) afterwards: Afterwards,
}

impl Unit {
    /// Adds a statement, whatever it does.
    ///
    /// # Errors
    /// When a value cannot be sent.
    pub fn add(&mut self, statement: Statement<'_>) -> Result<(), DbError> {
        self.add_that(Must::Nothing, statement)
    }

    /// Adds one that must change one row.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_change(&mut self, statement: Statement<'_>) -> Result<(), DbError> {
        self.add_changes(1, statement)
    }

    /// Adds one that must change so many rows.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_changes(&mut self, rows: u32, statement: Statement<'_>) -> Result<(), DbError> {
        self.add_that(Must::Change(rows), statement)
    }

    /// Adds one that must read a row.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_find(&mut self, statement: Statement<'_>) -> Result<(), DbError> {
        self.add_that(Must::Find, statement)
    }

    /// Does something right after the commit, and never if there is none: as
    /// [`Transaction::after_commit`](crate::Transaction::after_commit).
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.afterwards.act(act);
    }

    /// Tells listeners of a table after the commit: as [`Transaction::tell`](crate::Transaction::tell).
    pub fn tell(&mut self, table: &'static str) {
        self.afterwards.tell(table);
    }

    fn add_that(&mut self, must: Must, statement: Statement<'_>) -> Result<(), DbError> {
        self.statements.push(Bound::new(statement, must)?);
        Ok(())
    }
}

/// Shows no values, which may be secrets.
impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} statements", self.statements.len())
    }
}
