//! What goes to the database in one go: a statement that is a transaction by itself, statements that are known before, and a read.

use std::error::Error;

use sqlx::any::AnyRow;

use crate::database::Database;
use crate::error::DbError;
use crate::gathered::Became;
use crate::interruption::Interruption;
use crate::statement::{Executed, Statement};
use crate::transact::{Failed, LentTransaction, repeat};
use crate::unit::{Bound, Must, Unit};

impl Database {
    /// Executes one statement that is a transaction by itself, and returns how many rows it changed. That is one round trip where
    /// [`Database::transact`] has three: for the few writes that people wait for and that one conditional update decides. Like
    /// there, it is done again where the database says that it interrupted it.
    ///
    /// # Errors
    /// Those of the database. If it does not answer, nobody knows whether the statement is true.
    pub async fn execute_alone<'a>(&self, statement: impl Fn() -> Statement<'a>) -> Result<u64, DbError> {
        if let Some(gathered) = self.gathered() {
            let mut unit = Unit::default();
            unit.add(statement())?;
            return Ok(match gathered.write(unit).await? {
                Became::Done(done) => done.first().map_or(0, |done| done.changed),
                Became::Refused => 0,
            });
        }
        repeat(|_| self.attempt_alone(statement())).await.inspect_err(|_| self.write_probe().note_failure())
    }

    /// Executes statements that become true together, and returns what each did; `None` when one of them did not do what it must, and
    /// none of them is true. `unit` may be called more than once, as the work of [`Database::transact`]. On SQLite, those who do this
    /// at the same time share a commit, and what is executed goes to its thread in one go.
    ///
    /// # Errors
    /// Those of the database. If it does not answer, nobody knows whether the statements are true.
    pub async fn execute_unit<E>(
        &self,
        unit: impl Fn() -> Result<Unit, E>,
    ) -> Result<Option<Vec<Executed>>, E>
    where
        E: Error + From<DbError> + 'static,
    {
        if let Some(gathered) = self.gathered() {
            return Ok(match gathered.write(unit()?).await? {
                Became::Done(done) => Some(done),
                Became::Refused => None,
            });
        }
        let one_by_one = async |mut tx: LentTransaction| {
            let mut done = Vec::new();
            let Unit { statements, afterwards } = unit()?;
            for bound in statements {
                let must = bound.must;
                let executed = tx.execute_one(bound.statement()).await?;
                if !must.is_done_by(&executed) {
                    return Ok(tx.roll_back(None));
                }
                done.push(executed);
            }
            tx.afterwards().append(afterwards);
            Ok::<_, E>(tx.commit(Some(done)))
        };
        self.transact(one_by_one).await
    }

    /// The first row that a statement reads. On SQLite, those who ask at the same moment are answered together.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, statement: Statement<'_>) -> Result<Option<AnyRow>, DbError> {
        let [row] = self.find_together([statement]).await?;
        Ok(row)
    }

    /// The first row that each of these statements reads, one after the other, each in what was committed when it began. On SQLite, those
    /// who ask at the same moment are answered together; elsewhere it is done again where the connection was lost.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_together<const N: usize>(
        &self,
        statements: [Statement<'_>; N],
    ) -> Result<[Option<AnyRow>; N], DbError> {
        let mut bound = Vec::with_capacity(N);
        for statement in statements {
            bound.push(Bound::new(statement, Must::Nothing)?);
        }
        let Some(gathered) = self.gathered() else { return repeat(|_| self.attempt_find(&bound)).await };
        let mut done = gathered.read(bound).await?.into_iter();
        Ok(std::array::from_fn(|_| done.next().and_then(|done| done.rows.into_iter().next())))
    }

    async fn attempt_find<const N: usize>(
        &self,
        statements: &[Bound],
    ) -> Result<[Option<AnyRow>; N], Failed<DbError>> {
        let failed = |error: DbError| Failed { interruption: Interruption::before_commit(&error), error };
        self.first_rows(statements).await.map_err(failed)
    }

    async fn first_rows<const N: usize>(&self, statements: &[Bound]) -> Result<[Option<AnyRow>; N], DbError> {
        let mut rows = [const { None }; N];
        let mut connection = self.lend().await?;
        for (row, bound) in rows.iter_mut().zip(statements) {
            *row = bound.copy().fetch_optional(&mut *connection).await?;
        }
        connection.keep();
        Ok(rows)
    }

    async fn attempt_alone(&self, statement: Statement<'_>) -> Result<u64, Failed<DbError>> {
        let failed = |error| Failed { interruption: Interruption::alone(&error), error };
        self.changed_rows(statement).await.map_err(failed)
    }

    async fn changed_rows(&self, statement: Statement<'_>) -> Result<u64, DbError> {
        let mut connection = self.lend().await?;
        let done = statement.execute(&mut *connection).await?;
        connection.keep();
        Ok(done.rows_affected())
    }
}
