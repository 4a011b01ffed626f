//! Several statements of a transaction in one go.

use futures::TryStreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{Either, Executor as _};

use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::error::DbError;
use crate::joined::Joined;
use crate::statement::{Executed, Statement};
use crate::transaction::Transaction;
use crate::unit::{Bound, Must};

impl Transaction {
    /// Executes statements one after the other, each whatever the ones before it changed, and returns what each did. On SQLite they make one
    /// way to its thread and back, which takes more of the core than most of them do there; MySQL prepares no two together.
    ///
    /// # Errors
    /// Those of the database; the statements after the one that fails are not executed.
    pub async fn execute_together<const N: usize>(
        &mut self,
        statements: [Statement<'_>; N],
    ) -> Result<[Executed; N], DbError> {
        let dialect = self.dialect();
        together(self, dialect, statements).await
    }

    pub(crate) async fn execute_one(&mut self, statement: Statement<'_>) -> Result<Executed, DbError> {
        execute(self, statement).await
    }
}

/// Reads by several statements one after the other, each in what was committed when it began, and returns the rows of each. What it
/// saves is what [`Transaction::execute_together`] saves.
///
/// # Errors
/// Those of the database.
pub async fn fetch_together<const N: usize>(
    connection: &mut Connection,
    dialect: Dialect,
    statements: [Statement<'_>; N],
) -> Result<[Vec<AnyRow>; N], DbError> {
    Ok(together(connection, dialect, statements).await?.map(|done| done.rows))
}

async fn together<const N: usize>(
    connection: &mut Connection,
    dialect: Dialect,
    statements: [Statement<'_>; N],
) -> Result<[Executed; N], DbError> {
    let done = match dialect {
        Dialect::Sqlite => {
            let mut joined = Joined::default();
            for statement in statements {
                let Bound { sql, values, .. } = Bound::new(statement, Must::Nothing)?;
                joined.add(sql.as_str(), &values);
            }
            joined.execute(connection).await?
        }
        Dialect::Mysql => {
            let mut done = Vec::with_capacity(N);
            for statement in statements {
                done.push(execute(connection, statement).await?);
            }
            done
        }
    };
    let mut done = done.into_iter();
    Ok(std::array::from_fn(|_| done.next().unwrap_or_default()))
}

async fn execute(connection: &mut Connection, statement: Statement<'_>) -> Result<Executed, DbError> {
    let mut done = Executed::default();
    let mut results = connection.fetch_many(statement);
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Right(row) => done.rows.push(row),
            Either::Left(result) => done.changed = result.rows_affected(),
        }
    }
    Ok(done)
}
