//! Leases on rows that are work: how several workers share a table without coordination.
//!
//! A row says when it is due. The first to change that time has the row until the new one: a conditional update decides. A worker
//! that dies need not give anything back: what it took is due again when its lease ends.

use kernel::Timestamp;
use sqlx::query;

use crate::database::Database;
use crate::error::DbError;
use crate::statement::Statement;
use crate::transact::LentTransaction;
use crate::transaction::Transaction;

/// A row that was read and can be claimed. Its primary key has `N` columns.
pub trait Claimable<const N: usize = 1>: Send + Sync {
    /// The values of the primary key, in the order of its columns.
    fn key(&self) -> [&str; N];

    /// When it was due at the time of reading. The row is claimed only if that has not changed.
    fn due_at(&self) -> Timestamp;
}

/// The statements of a table whose rows are leased. Each binds the new time, the columns of the key, and the time that the
/// row must still have; it changes only rows whose work is not done.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Takes a row.
    pub claim: &'static str,
    /// Gives a row back that was taken.
    pub give_back: &'static str,
}

impl Lease {
    /// Takes those of the rows `due` until `until` that nobody else took meanwhile.
    ///
    /// # Errors
    /// When the database refuses; then none is taken.
    pub async fn claim<const N: usize, R: Claimable<N>>(
        self,
        db: &Database,
        mut due: Vec<R>,
        until: Timestamp,
    ) -> Result<Vec<R>, DbError> {
        if let [one] = &due[..] {
            let changed = db.execute_alone(|| changing(self.claim, one.key(), one.due_at(), until)).await?;
            due.truncate(usize::from(changed == 1));
        }
        if due.len() < 2 {
            return Ok(due);
        }
        // In one order for all, so that workers which claim the same rows wait for each other in one direction only.
        due.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
        let claim = async |mut tx: LentTransaction| {
            let mut claimed = Vec::with_capacity(due.len());
            for row in &due {
                claimed.push(change(&mut tx, self.claim, row.key(), row.due_at(), until).await?);
            }
            Ok::<_, DbError>(tx.commit(claimed))
        };
        let claimed = db.transact(claim).await?;
        Ok(due.into_iter().zip(claimed).filter_map(|(row, claimed)| claimed.then_some(row)).collect())
    }

    /// Gives back a row that was taken until `claimed`, to be due again at `due`; `false` when its work is done, or somebody
    /// else has it because the lease ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give_back<const N: usize>(
        self,
        tx: &mut Transaction,
        key: [&str; N],
        claimed: Timestamp,
        due: Timestamp,
    ) -> Result<bool, DbError> {
        change(tx, self.give_back, key, claimed, due).await
    }
}

async fn change<const N: usize>(
    tx: &mut Transaction,
    statement: &'static str,
    key: [&str; N],
    from: Timestamp,
    to: Timestamp,
) -> Result<bool, DbError> {
    Ok(changing(statement, key, from, to).execute(&mut **tx).await?.rows_affected() == 1)
}

fn changing<'a, const N: usize>(
    statement: &'static str,
    key: [&'a str; N],
    from: Timestamp,
    to: Timestamp,
) -> Statement<'a> {
    let change = query(statement).bind(to.millis());
    key.into_iter().fold(change, Statement::bind).bind(from.millis())
}
