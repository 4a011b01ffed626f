//! Counting uses in the database before they are let through: for what must not be exceeded, whichever replica is asked
//! and however often one was started anew.

use std::fmt::Display;
use std::sync::Arc;

use kernel::{Allowance, Clock, LetThrough, LimitKey, LimitKeys, TooMany};

use crate::counts;
use crate::refused::Refused;
use crate::{Database, DbError, Transaction};

/// How often a transaction is tried that MySQL ended for another one's sake.
const TRIES: usize = 4;

/// Counts uses in the database, at once. What is known to be refused is refused without asking there.
#[derive(Debug)]
pub struct Counter {
    keys: LimitKeys,
    clock: Arc<dyn Clock>,
    refused: Refused,
}

/// A use that is to be counted: of which key, and what that key may do.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is counted yet"]
pub struct Counted {
    key: LimitKey,
    allowance: Allowance,
}

/// Why a use is not let through.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// Too many, for so long.
    #[error("a limit is reached")]
    TooMany(TooMany),
    /// The database: nobody knows. That is no leave.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What stays counted when one use of several is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Nothing,
    Earlier,
}

impl Counter {
    /// A counter with a memory of its own.
    pub fn new(keys: LimitKeys, clock: Arc<dyn Clock>) -> Self {
        Self { keys, clock, refused: Refused::default() }
    }

    /// A use of the key that `of` has in the limit called `limit`.
    pub fn of(&self, limit: &'static str, allowance: Allowance, of: &impl Display) -> Counted {
        Counted { key: self.keys.key(limit, allowance, of), allowance }
    }

    /// Counts all of these uses, or none when one of them is refused. Requests that share several keys must give them in
    /// the same order.
    ///
    /// # Errors
    /// [`CountError::TooMany`], or the database.
    pub async fn count(&self, db: &Database, uses: &[Counted]) -> Result<(), CountError> {
        self.count_keeping(db, uses, Kept::Nothing).await
    }

    /// Counts these uses one after the other until one is refused; the ones before it stay counted. That is for a share
    /// that must be used up before what it is a share of.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub async fn count_in_turn(&self, db: &Database, uses: &[Counted]) -> Result<(), CountError> {
        self.count_keeping(db, uses, Kept::Earlier).await
    }

    /// Counts a use within the caller's transaction: it is counted exactly if what it allows happens.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub async fn count_within(&self, tx: &mut Transaction, one: Counted) -> Result<(), CountError> {
        self.check(one)?;
        self.count_one(tx, one).await
    }

    async fn count_keeping(&self, db: &Database, uses: &[Counted], kept: Kept) -> Result<(), CountError> {
        for one in uses {
            self.check(*one)?;
        }
        let mut tries = 1;
        loop {
            match self.try_count(db, uses, kept).await {
                Err(CountError::Db(error)) if error.is_deadlock() && tries < TRIES => tries += 1,
                result => return result,
            }
        }
    }

    async fn try_count(&self, db: &Database, uses: &[Counted], kept: Kept) -> Result<(), CountError> {
        let mut tx = db.begin().await?;
        for one in uses {
            match self.count_one(&mut tx, *one).await {
                Err(CountError::TooMany(too_many)) => {
                    if kept == Kept::Earlier {
                        tx.commit().await?;
                    }
                    return Err(CountError::TooMany(too_many));
                }
                result => result?,
            }
        }
        Ok(tx.commit().await?)
    }

    async fn count_one(&self, tx: &mut Transaction, one: Counted) -> Result<(), CountError> {
        let Counted { key, allowance } = one;
        let now = self.clock.now().nanos();
        let step = allowance.step();
        let use_of_it = LetThrough { key, taken: step, full_at: now.saturating_add(step) };
        match counts::count(tx, &use_of_it, (allowance.latest(now), allowance.believable(now))).await? {
            Ok(()) => Ok(()),
            Err(fullness) => {
                let too_many = allowance.refusal(fullness.full_at, now);
                self.refused.note(key, fullness.full_at.saturating_sub(allowance.latest(0)));
                Err(CountError::TooMany(too_many))
            }
        }
    }

    /// Whether this use is known to be refused.
    fn check(&self, one: Counted) -> Result<(), CountError> {
        let now = self.clock.now().nanos();
        match self.refused.until(one.key, now) {
            Some(until) if until <= one.allowance.believable(now) => {
                let wait = std::time::Duration::from_nanos(until.abs_diff(now));
                Err(CountError::TooMany(TooMany(wait)))
            }
            _ => Ok(()),
        }
    }

    /// Forgets whose time to come back has come. Call it about once a minute.
    pub fn evict_idle(&self) {
        self.refused.evict_idle(self.clock.now().nanos());
    }
}
