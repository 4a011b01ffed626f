//! Counts uses in the database before they are allowed: for limits that must hold across replicas and restarts.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, LentTransaction, Statement, Transaction, Unit};

use crate::context::LimitContext;
use crate::key::LimitKey;
use crate::quota::{LimitExceeded, Quota};
use crate::refused::RefusedKeys;
use crate::shown_key::ShownKey;
use crate::store::{self, Bounds};
use crate::usage::{Level, Usage};

/// Counts uses in the database. A key that was refused is refused from memory, without the database, until it may be used
/// again.
#[derive(Debug)]
pub struct ExactLimiter {
    context: LimitContext,
    refused: Arc<RefusedKeys>,
}

/// A use to be counted: its key and its quota.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is counted yet"]
pub struct Attempt {
    key: LimitKey,
    quota: Quota,
    limit: &'static str,
    shown: ShownKey,
}

impl Attempt {
    fn at(self, now: i64) -> (Usage, Bounds) {
        let Self { key, quota, .. } = self;
        let step = quota.step();
        let usage = Usage { key, taken: step, full_at: now.saturating_add(step) };
        (usage, Bounds { latest: quota.latest(now), plausible: quota.plausible(now) })
    }
}

/// Why a use is refused.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// The quota is used up.
    #[error(transparent)]
    Exceeded(#[from] LimitExceeded),
    /// The database failed, so the use cannot be counted and is refused.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What stays counted when one of several uses is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnRefusal {
    CountNothing,
    KeepEarlier,
}

impl ExactLimiter {
    /// A limiter that remembers no refusals yet.
    pub fn new(context: LimitContext) -> Self {
        Self { context, refused: Arc::default() }
    }

    /// One use by `key` under the limit called `limit`.
    pub fn attempt(&self, limit: &'static str, quota: Quota, key: &impl Display) -> Attempt {
        Attempt { key: self.context.keys.key(limit, quota, key), quota, limit, shown: ShownKey::of(key) }
    }

    /// Counts all of these uses, or none when one of them is refused. Requests that share several keys must give them in
    /// the same order.
    ///
    /// # Errors
    /// [`LimitError::Exceeded`], or the database.
    pub async fn count_all(&self, db: &Database, attempts: &[Attempt]) -> Result<(), LimitError> {
        self.count(db, attempts, OnRefusal::CountNothing).await
    }

    /// Counts these uses one after the other until one is refused; the ones before it stay counted. That is for a narrow limit
    /// that must be used up before the wider one behind it.
    ///
    /// # Errors
    /// As [`Self::count_all`].
    pub async fn count_in_order(&self, db: &Database, attempts: &[Attempt]) -> Result<(), LimitError> {
        self.count(db, attempts, OnRefusal::KeepEarlier).await
    }

    /// Counts a use within the caller's transaction, so that it is counted only if that commits.
    ///
    /// # Errors
    /// As [`Self::count_all`].
    pub async fn count_within(&self, tx: &mut Transaction, attempt: Attempt) -> Result<(), LimitError> {
        self.check_refused(attempt)?;
        self.count_one(tx, attempt).await
    }

    /// Counts a use within the caller's transaction, and executes in one go what the use is for. That is executed even if the use is refused,
    /// so a caller that is refused must not commit.
    ///
    /// # Errors
    /// As [`Self::count_all`].
    pub async fn count_and_execute(
        &self,
        tx: &mut Transaction,
        attempt: Attempt,
        then: Statement<'_>,
    ) -> Result<(), LimitError> {
        self.check_refused(attempt)?;
        let now = self.context.clock.now().nanos();
        let (usage, bounds) = attempt.at(now);
        let counted = store::count_and_execute(tx, usage, bounds, then).await?;
        self.allowed(attempt, now, counted)
    }

    /// Takes back two uses that were counted, within the caller's transaction: what they were for turned out to need no limit. Who
    /// was refused because of them is refused no more, as far as this replica remembers it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give_back_both(&self, tx: &mut Transaction, uses: [Attempt; 2]) -> Result<(), DbError> {
        let now = self.context.clock.now().nanos();
        tx.execute_together(uses.map(|one| store::giving_back(one.at(now).0))).await?;
        let refused = Arc::clone(&self.refused);
        tx.after_commit(move || uses.iter().for_each(|one| refused.remove(one.key)));
        Ok(())
    }

    /// Whether this replica remembers that the use is refused. Nothing is counted.
    ///
    /// # Errors
    /// [`LimitExceeded`] when it is known to be refused.
    pub fn check(&self, attempt: Attempt) -> Result<(), LimitExceeded> {
        self.check_refused(attempt)
    }

    /// Evicts refused keys that may be used again. Call it about once a minute.
    pub fn evict_idle(&self) {
        self.refused.evict_idle(self.context.clock.now().nanos());
    }

    async fn count(
        &self,
        db: &Database,
        attempts: &[Attempt],
        on_refusal: OnRefusal,
    ) -> Result<(), LimitError> {
        for attempt in attempts {
            self.check_refused(*attempt)?;
        }
        if self.count_if_allowed(db, attempts).await? {
            return Ok(());
        }
        let count = async |mut tx: LentTransaction| {
            for attempt in attempts {
                match self.count_one(&mut tx, *attempt).await {
                    Err(LimitError::Exceeded(exceeded)) if on_refusal == OnRefusal::KeepEarlier => {
                        return Ok(tx.commit(Err(exceeded.into())));
                    }
                    result => result?,
                }
            }
            Ok::<_, LimitError>(tx.commit(Ok(())))
        };
        db.transact(count).await?
    }

    /// Counts all of these uses in one go, if their keys have rows and none is refused, as nearly always. Otherwise it counts none, and
    /// answers `false`.
    async fn count_if_allowed(&self, db: &Database, attempts: &[Attempt]) -> Result<bool, DbError> {
        let count = || {
            let mut unit = Unit::default();
            for attempt in attempts {
                let (usage, bounds) = attempt.at(self.context.clock.now().nanos());
                unit.add_change(store::counting(usage, bounds))?;
            }
            Ok::<_, DbError>(unit)
        };
        Ok(db.execute_unit(count).await?.is_some())
    }

    async fn count_one(&self, tx: &mut Transaction, attempt: Attempt) -> Result<(), LimitError> {
        let now = self.context.clock.now().nanos();
        let (usage, bounds) = attempt.at(now);
        let counted = store::count(tx, usage, bounds).await?;
        self.allowed(attempt, now, counted)
    }

    fn allowed(&self, attempt: Attempt, now: i64, counted: Result<(), Level>) -> Result<(), LimitError> {
        let Err(level) = counted else { return Ok(()) };
        self.note(attempt);
        self.refused.note(attempt.key, level.full_at.saturating_sub(attempt.quota.latest(0)));
        Err(attempt.quota.exceeded(level.full_at, now).into())
    }

    /// Notes the refusal for operators.
    fn note(&self, Attempt { key, limit, shown, .. }: Attempt) {
        self.context.refused.note(key, limit, &shown, self.context.clock.now());
    }

    /// Refuses a use whose key is remembered as refused.
    fn check_refused(&self, attempt: Attempt) -> Result<(), LimitExceeded> {
        let now = self.context.clock.now().nanos();
        match self.refused.until(attempt.key, now) {
            Some(until) if until <= attempt.quota.plausible(now) => {
                self.note(attempt);
                Err(LimitExceeded { retry_after: Duration::from_nanos(until.abs_diff(now)) })
            }
            _ => Ok(()),
        }
    }
}
