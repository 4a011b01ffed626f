//! The cleaner: tables do not grow without end. Each part names its expired rows; here they go in small batches, so
//! that no statement holds others up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::AuditLog;
use authorization::AuthorizationServer;
use db::{Database, Transaction};
use events::Retention;
use kernel::Clock;
use members::{AccountError, Members};
use sessions::Sessions;
use tokens::{Tokens, TokensError};
use tokio_util::sync::CancellationToken;

/// Few enough that a statement is over within 50 ms, and its transaction soon after, on a disk that is slow to confirm.
const BATCH: u32 = 100;
const ERASED_AT_ONCE: u32 = 50;
const PAUSE_BETWEEN_BATCHES: Duration = Duration::from_millis(20);
const PAUSE_BETWEEN_ROUNDS: Duration = Duration::from_mins(1);

/// What the cleaner works on. Cheap to clone.
#[derive(Clone)]
pub struct Cleaner {
    /// The database.
    pub db: Database,
    /// Says when rows are expired.
    pub clock: Arc<dyn Clock>,
    /// Whose limiter is kept small on the way.
    pub sessions: Sessions,
    /// Whose sign-ups and mail tokens expire, and whose limiters are kept small.
    pub members: Members,
    /// Whose limiter is kept small.
    pub authorization: AuthorizationServer,
    /// Whose rows are kept for a time.
    pub audit: AuditLog,
    /// Whose families, revocations and keys expire.
    pub tokens: Tokens,
}

impl Cleaner {
    /// Cleans once a minute until `end`.
    pub async fn run(self, end: CancellationToken) {
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(PAUSE_BETWEEN_ROUNDS) => {}
            }
            self.sessions.evict_idle_counts();
            self.members.evict_idle_counts();
            self.authorization.evict_idle_counts();
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
    pub async fn erase(&self, end: &CancellationToken) -> Result<(), AccountError> {
        loop {
            let erased = self.members.erasure.erase_due(ERASED_AT_ONCE).await?;
            metrics::counter!("daemun_erased_accounts_total").increment(erased);
            if erased == 0 || end.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// One round: every table until it has no expired row left, or until `end`. A table at which the database refuses is
    /// reported and left until the next round, and the others go on: one lock or one broken row must not let all tables
    /// grow. Answers which tables were left.
    pub async fn round(&self, end: &CancellationToken) -> BTreeSet<&'static str> {
        let mut failed = BTreeSet::new();
        while self.batch(&mut failed).await > 0 && !end.is_cancelled() {
            tokio::time::sleep(PAUSE_BETWEEN_BATCHES).await;
        }
        failed
    }

    /// At most [`BATCH`] rows of each table that has not failed in this round, each table in a transaction of its own, so
    /// that none is held for long.
    async fn batch(&self, failed: &mut BTreeSet<&'static str>) -> u64 {
        let now = self.clock.now();
        let retention = Retention::default();
        self.clean(failed, "sessions", async |tx| Ok(sessions::delete_expired(tx, now, BATCH).await?)).await
            + self
                .clean(failed, "login_transactions", async |tx| {
                    Ok(providers::delete_expired(tx, now, BATCH).await?)
                })
                .await
            + self
                .clean(failed, "events", async |tx| {
                    Ok(events::delete_expired(tx, now, &retention, BATCH).await?.total())
                })
                .await
            + self
                .clean(failed, "tokens", async |tx| Ok(self.tokens.delete_expired(tx, BATCH).await?.total()))
                .await
            + self
                .clean(failed, "authorization", async |tx| {
                    Ok(authorization::delete_expired(tx, now, BATCH).await?)
                })
                .await
            + self
                .clean(failed, "accounts", async |tx| Ok(members::delete_expired(tx, now, BATCH).await?))
                .await
            + self
                .clean(failed, "audit_events", async |tx| Ok(self.audit.delete_expired(tx, BATCH).await?))
                .await
            + self.clean(failed, "jobs", async |tx| Ok(jobs::delete_expired(tx, now, BATCH).await?)).await
            + self
                .clean(failed, "limit_counts", async |tx| Ok(limits::delete_expired(tx, now, BATCH).await?))
                .await
            + self
                .clean(failed, "mails", async |tx| {
                    Ok(notifications::delete_expired(tx, now, BATCH).await?.total())
                })
                .await
    }

    async fn clean(
        &self,
        failed: &mut BTreeSet<&'static str>,
        table: &'static str,
        delete: impl AsyncFnOnce(&mut Transaction) -> Result<u64, TokensError>,
    ) -> u64 {
        if failed.contains(table) {
            return 0;
        }
        match self.delete(table, delete).await {
            Ok(deleted) => deleted,
            Err(error) => {
                failed.insert(table);
                metrics::counter!("daemun_cleaner_failures_total", "table" => table).increment(1);
                tracing::warn!(
                    table,
                    error = &error as &dyn std::error::Error,
                    "expired rows stay until the next round"
                );
                0
            }
        }
    }

    async fn delete(
        &self,
        table: &'static str,
        delete: impl AsyncFnOnce(&mut Transaction) -> Result<u64, TokensError>,
    ) -> Result<u64, TokensError> {
        let mut tx = self.db.begin().await?;
        // Waiting for the connection is not the statement's doing.
        let began = Instant::now();
        let deleted = delete(&mut tx).await?;
        tx.commit().await?;
        metrics::histogram!("daemun_cleaner_seconds", "table" => table).record(began.elapsed());
        metrics::counter!("daemun_cleaned_rows_total", "table" => table).increment(deleted);
        Ok(deleted)
    }
}
