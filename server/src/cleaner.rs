//! The cleaner: tables do not grow without end. Each part declares how the rows of its tables expire; here they go in small
//! batches, so that no statement holds others up.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::replicas::LeaderLease;
use db::{DbError, LentTransaction, Storage, Table, Transaction};
use members::Failure;
use tokio_util::sync::CancellationToken;

use crate::parts::expiry::ExpiryRule;
use crate::parts::list::PARTS;
use crate::services::Services;

/// Few enough that a statement is over within 50 ms, and its transaction soon after, on a disk that is slow to confirm.
const BATCH: u32 = 100;
const ERASURE_BATCH: u32 = 50;
const PAUSE_BETWEEN_BATCHES: Duration = Duration::from_millis(20);
const PAUSE_BETWEEN_ROUNDS: Duration = Duration::from_mins(1);

/// What the cleaner works on. Cheap to clone.
#[derive(Clone)]
pub struct Cleaner {
    /// The services of the parts.
    pub services: Services,
    /// Which of the replicas cleans.
    pub lease: LeaderLease,
}

/// How one table is cleaned.
#[derive(Clone, Copy)]
enum Cleaning {
    /// By the column that it declares.
    Column(&'static Table),
    /// By a rule of its part.
    Rule(&'static ExpiryRule),
}

impl Cleaning {
    const fn table(self) -> &'static str {
        match self {
            Self::Column(table) => table.name,
            Self::Rule(rule) => rule.table,
        }
    }
}

/// How each table is cleaned whose rows expire.
fn cleanings() -> impl Iterator<Item = Cleaning> {
    let columns = |storage: &'static Storage| {
        let tables = storage.tables.iter();
        tables.filter(|table| matches!(table.expiry, db::Expiry::Column(_))).map(Cleaning::Column)
    };
    PARTS.iter().flat_map(move |part| columns(part.storage).chain(part.expiry.iter().map(Cleaning::Rule)))
}

impl Cleaner {
    /// Cleans once a minute until `end`, where this replica has the lease.
    pub async fn run(self, end: CancellationToken) {
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(PAUSE_BETWEEN_ROUNDS) => {}
            }
            self.services.sessions.provider_logins.evict_idle_counts();
            self.services.members.evict_idle_counts();
            self.services.authorization.evict_idle_counts();
            if !self.lease.is_held() {
                continue;
            }
            if let Err(error) = self.erase(&end).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "accounts stay until the next round"
                );
            }
            self.round(&end).await;
        }
    }

    /// Erases the accounts whose grace is over.
    ///
    /// # Errors
    /// When the database refuses; what was erased until then stays erased.
    pub async fn erase(&self, end: &CancellationToken) -> Result<(), Failure> {
        loop {
            let erased = self.services.members.erasure.erase_due(ERASURE_BATCH).await?;
            metrics::counter!("daemun_erased_accounts_total").increment(erased);
            if erased == 0 || end.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// One round: every table until it has no expired row left, or until `end`. A table at which the database refuses is reported
    /// and left until the next round, and the others go on: one lock or one broken row must not keep all tables from being
    /// cleaned. Returns the tables that were skipped.
    pub async fn round(&self, end: &CancellationToken) -> BTreeSet<&'static str> {
        let (mut failed, mut left) = (BTreeSet::new(), cleanings().collect::<Vec<_>>());
        loop {
            // At most one batch per table, so that none waits for a long one.
            let mut unfinished = Vec::new();
            for cleaning in left {
                match self.clean(cleaning).await {
                    Some(deleted) if deleted >= u64::from(BATCH) => unfinished.push(cleaning),
                    Some(_) => {}
                    None => drop(failed.insert(cleaning.table())),
                }
            }
            if unfinished.is_empty() || end.is_cancelled() {
                return failed;
            }
            left = unfinished;
            tokio::time::sleep(PAUSE_BETWEEN_BATCHES).await;
        }
    }

    /// Deletes one batch in a transaction of its own, so that none is held for long; returns how many rows went, `None` when the
    /// database refused.
    async fn clean(&self, cleaning: Cleaning) -> Option<u64> {
        let table = cleaning.table();
        match self.delete(cleaning).await {
            Ok(deleted) => Some(deleted),
            Err(error) => {
                metrics::counter!("daemun_cleaner_failures_total", "table" => table).increment(1);
                tracing::warn!(
                    table,
                    error = &error as &dyn std::error::Error,
                    "expired rows stay until the next round"
                );
                None
            }
        }
    }

    async fn delete(&self, cleaning: Cleaning) -> Result<u64, DbError> {
        let (table, base) = (cleaning.table(), &self.services.base);
        let delete = async |mut tx: LentTransaction| {
            // Waiting for the connection does not count as time of the statement.
            let began = Instant::now();
            let deleted = self.delete_batch(&mut tx, cleaning).await?;
            Ok::<_, DbError>(tx.commit((deleted, began)))
        };
        let (deleted, began) = base.db.transact(delete).await?;
        metrics::histogram!("daemun_cleaner_seconds", "table" => table).record(began.elapsed());
        metrics::counter!("daemun_cleaned_rows_total", "table" => table).increment(deleted);
        Ok(deleted)
    }

    async fn delete_batch(&self, tx: &mut Transaction, cleaning: Cleaning) -> Result<u64, DbError> {
        let now = self.services.base.context.now();
        match cleaning {
            Cleaning::Column(table) => Ok(table.delete_expired(tx, now, BATCH).await?.unwrap_or(0)),
            Cleaning::Rule(rule) => (rule.delete)(&self.services, tx, now, BATCH).await,
        }
    }
}
