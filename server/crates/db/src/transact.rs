//! Whole transactions that may be done more than once.
//!
//! Where several write to the same rows, a database now and then aborts one transaction in favour of another, or a server goes
//! away in the middle. Nothing of such a transaction takes effect, so it can be retried from the beginning without anybody
//! noticing. Whether that is safe depends on what else it does, which the types ask for: the work
//! - is a `Fn`: it may run several times, and can neither change nor use up what it captures;
//! - gets the transaction as a [`LentTransaction`], which it cannot commit: it hands it back and says what is to become of it, and what
//!   it answers gets out of here only when that is true;
//! - is not repeated once its commit was sent and not answered. Nobody knows then whether it is true.
//!
//! Effects outside of the database (a call, a lock in memory) must not be part of such work: do them before or after. Counts and
//! log lines go through [`Transaction::after_commit`].

use std::error::Error;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use kernel::{BackOff, OsRandomness, Randomness as _};

use crate::database::Database;
use crate::error::DbError;
use crate::interruption::Interruption;
use crate::transaction::Transaction;

/// How often work is done at most.
const MAX_ATTEMPTS: u32 = 5;
/// No attempt begins later. Two lock waits are as long as a person waits.
const RETRY_TIMEOUT: Duration = Duration::from_secs(8);
/// Others who were interrupted at the same time must not meet again.
const BACK_OFF: BackOff = BackOff { least: Duration::from_millis(10), most: Duration::from_millis(160) };

/// A transaction on loan to work that may be done more than once: it writes through it, and hands it back with what is to
/// become of it. Dropped instead, it leaves nothing behind.
#[derive(Debug)]
#[must_use = "hand it back"]
pub struct LentTransaction(Transaction);

impl LentTransaction {
    /// All that was written is to become true; `answer` gets out when it is.
    pub fn commit<T>(self, answer: T) -> Ended<T> {
        Ended { tx: self.0, answer, commits: true }
    }

    /// None of it is.
    pub fn roll_back<T>(self, answer: T) -> Ended<T> {
        Ended { tx: self.0, answer, commits: false }
    }
}

impl Deref for LentTransaction {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.0
    }
}

impl DerefMut for LentTransaction {
    fn deref_mut(&mut self) -> &mut Transaction {
        &mut self.0
    }
}

/// A transaction whose work is done, and what that answers.
#[derive(Debug)]
#[must_use = "it says whether what was written becomes true"]
pub struct Ended<T> {
    tx: Transaction,
    answer: T,
    commits: bool,
}

/// Why an attempt did not succeed.
pub(crate) struct Failed<E> {
    pub(crate) error: E,
    /// What the database interrupted it for, if it may be made again.
    pub(crate) interruption: Option<Interruption>,
}

impl Database {
    /// Does `work` in a transaction, and again from its beginning where the database interrupted it before it was true. So it must
    /// act on nothing but the transaction: mails, calls and what is in memory come before or after.
    ///
    /// # Errors
    /// Those of the work, after which nothing is true that it wrote; and those of the database, if it goes on interrupting or
    /// does not confirm the commit.
    pub async fn transact<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        E: Error + From<DbError> + 'static,
        W: Fn(LentTransaction) -> F,
        F: Future<Output = Result<Ended<T>, E>>,
    {
        repeat(|number| self.attempt(&work, number)).await
    }

    async fn attempt<T, E, W, F>(&self, work: &W, attempt: u32) -> Result<T, Failed<E>>
    where
        E: Error + From<DbError> + 'static,
        W: Fn(LentTransaction) -> F,
        F: Future<Output = Result<Ended<T>, E>>,
    {
        let interrupted = |error: E| Failed { interruption: Interruption::before_commit(&error), error };
        let tx = self.begin().await.map_err(|error| interrupted(error.into()))?;
        let Ended { mut tx, answer, commits } = work(LentTransaction(tx)).await.map_err(interrupted)?;
        if !commits {
            return Ok(answer);
        }
        if attempt == 1 && self.forces_retries() {
            tx.roll_back().await;
            let error = DbError::conflict().into();
            return Err(Failed { error, interruption: Some(Interruption::Conflict) });
        }
        tx.execute_before_commit().await.map_err(|error| interrupted(error.into()))?;
        match tx.commit().await {
            Ok(()) => Ok(answer),
            Err(error) => Err(Failed { interruption: Interruption::at_commit(&error), error: error.into() }),
        }
    }
}

/// Makes an attempt, and further ones while the database interrupts them.
pub(crate) async fn repeat<T, E, F>(attempt: impl Fn(u32) -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, Failed<E>>>,
{
    let (began, mut number) = (Instant::now(), 1);
    loop {
        let Failed { error, interruption } = match attempt(number).await {
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        let Some(why) = interruption else { return Err(error) };
        if number >= MAX_ATTEMPTS || began.elapsed() >= RETRY_TIMEOUT {
            return Err(error);
        }
        drop(error);
        tracing::info!(why = why.as_str(), attempt = number, "a transaction is retried");
        metrics::counter!("daemun_database_repeats_total", "why" => why.as_str()).increment(1);
        tokio::time::sleep(pause(number)).await;
        number += 1;
    }
}

/// Between half of the pause and all of it.
fn pause(attempt: u32) -> Duration {
    let mut byte = [0];
    OsRandomness.fill(&mut byte);
    BACK_OFF.after(attempt).mul_f64(0.5 + f64::from(byte[0]) / 510.0)
}
