//! A statement that is a transaction by itself.

use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;

use crate::database::Database;
use crate::error::DbError;
use crate::interruption::Interruption;
use crate::transact::{Failed, repeat};

/// A statement and its values.
pub type Statement<'a> = Query<'a, Any, AnyArguments>;

impl Database {
    /// Executes one statement that is a transaction by itself, and returns how many rows it changed. That is one round trip where
    /// [`Database::transact`] has three: for the few writes that people wait for and that one conditional update decides. Like
    /// there, it is done again where the database says that it interrupted it.
    ///
    /// # Errors
    /// Those of the database. If it does not answer, nobody knows whether the statement is true.
    pub async fn execute_alone<'a>(&self, statement: impl Fn() -> Statement<'a>) -> Result<u64, DbError> {
        repeat(|_| self.attempt_alone(statement())).await.inspect_err(|_| self.write_probe().note_failure())
    }

    async fn attempt_alone(&self, statement: Statement<'_>) -> Result<u64, Failed<DbError>> {
        let failed = |error| Failed { interruption: Interruption::alone(&error), error };
        self.changed_rows(statement).await.map_err(failed)
    }

    async fn changed_rows(&self, statement: Statement<'_>) -> Result<u64, DbError> {
        let mut connection = self.write_pool().acquire().await?;
        Ok(statement.execute(&mut *connection).await?.rows_affected())
    }
}
