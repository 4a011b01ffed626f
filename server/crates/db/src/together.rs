//! Several statements of a transaction in one go.

use futures::TryStreamExt as _;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AssertSqlSafe, Either, Execute as _, Executor as _, query_with};

use crate::connection::Connection;
use crate::database::Transaction;
use crate::dialect::Dialect;
use crate::error::DbError;
use crate::statement::{Executed, Statement};

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
        let mut done = [Executed::default()];
        execute(self, statement, &mut done).await?;
        let [done] = done;
        Ok(done)
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
    let mut done: [Executed; N] = std::array::from_fn(|_| Executed::default());
    match dialect {
        Dialect::Sqlite => execute(connection, joined(statements)?, &mut done).await?,
        Dialect::Mysql => {
            for (statement, done) in statements.into_iter().zip(&mut done) {
                execute(connection, statement, std::slice::from_mut(done)).await?;
            }
        }
    }
    Ok(done)
}

/// One statement of the texts and values of all.
fn joined<const N: usize>(statements: [Statement<'_>; N]) -> Result<Statement<'static>, DbError> {
    let (mut text, mut values) = (String::new(), AnyArguments::default());
    for mut statement in statements {
        let own = statement.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
        values.values.0.extend(own.values.0);
        text.push_str(statement.sql().as_str());
        text.push(';');
    }
    // Each of the texts is in the sources: without that there is no statement.
    Ok(query_with(AssertSqlSafe(text), values))
}

/// Executes a statement, which may be several.
async fn execute(
    connection: &mut Connection,
    statement: Statement<'_>,
    done: &mut [Executed],
) -> Result<(), DbError> {
    let mut results = connection.fetch_many(statement);
    let mut done = done.iter_mut();
    let mut now = done.next();
    while let Some(result) = results.try_next().await? {
        let Some(executed) = now.as_mut() else { break };
        match result {
            Either::Right(row) => executed.rows.push(row),
            Either::Left(result) => {
                executed.changed = result.rows_affected();
                now = done.next();
            }
        }
    }
    Ok(())
}
