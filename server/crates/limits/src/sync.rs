//! Exchanges counts with the other replicas through the database: adds the uses of this process, and reads those of the others.
//! No request waits for it.
//!
//! # How it reads
//! Each round reads the rows that changed since the last round, and looks back a little further: another replica's clock may be
//! behind, and its transaction may commit late. What comes still later is found when all rows are read, every ten seconds and at
//! the start. So a restart forgets nothing.

use std::sync::Arc;
use std::time::Duration;

use db::replicas::ReplicaId;
use db::{Database, DbError, LentTransaction};
use kernel::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::shared_counts::SharedCounts;
use crate::usage::Usage;
use crate::{refused_store, store};

/// The pause between two exchanges.
const SYNC_INTERVAL: Duration = Duration::from_millis(250);
/// How much further than the last round a round looks back.
const READ_OVERLAP: Duration = Duration::from_secs(2);
/// How many rounds pass before all rows are read again: ten seconds.
const ROUNDS_TO_FULL_READ: u32 = 40;
/// After this many rounds the others are told whom this replica refused, where there is news: every two seconds. That is for operators,
/// who look later.
const ROUNDS_TO_TELL: u32 = 8;
/// So many of them are told, those who were refused last: some 40 kB.
const MAX_TOLD: usize = 200;
/// Keys in one transaction. Few, since SQLite has one writer and others wait for it.
const BATCH: usize = 100;

/// Exchanges counts with the replicas on the same database.
pub struct LimitSync {
    db: Database,
    /// Under which name this replica writes whom it refused.
    replica: ReplicaId,
    shared: Arc<SharedCounts>,
    /// When the others' counts were last read.
    read_at: Option<Timestamp>,
    works: bool,
}

impl LimitSync {
    /// Nothing is exchanged until [`Self::start`].
    pub const fn new(db: Database, replica: ReplicaId, shared: Arc<SharedCounts>) -> Self {
        Self { db, replica, shared, read_at: None, works: true }
    }

    /// Reads the counts of all replicas. If that fails, a warning is logged and [`Self::run`] tries again.
    #[must_use]
    pub async fn start(mut self) -> Self {
        let read = self.read().await;
        self.log_change(read);
        self
    }

    /// Exchanges counts four times a second until `end`, and then writes all that was not shared yet.
    pub async fn run(mut self, end: CancellationToken) {
        for round in 1_u32.. {
            if end.run_until_cancelled(tokio::time::sleep(SYNC_INTERVAL)).await.is_none() {
                break;
            }
            if round.is_multiple_of(ROUNDS_TO_FULL_READ) {
                self.read_at = None;
            }
            let synced = self.sync().await;
            self.log_change(synced);
            if round.is_multiple_of(ROUNDS_TO_TELL) {
                self.tell_refusals().await;
            }
        }
        let written = self.write(self.shared.take_all()).await;
        self.tell_refusals().await;
        self.log_change(written);
    }

    async fn sync(&mut self) -> Result<(), DbError> {
        self.write(self.shared.take_due()).await?;
        self.read().await
    }

    /// Writes these uses. What cannot be written is kept for later.
    async fn write(&self, mut usages: Vec<Usage>) -> Result<(), DbError> {
        while !usages.is_empty() {
            let rest = usages.split_off(usages.len().min(BATCH));
            if let Err(error) = store::add(&self.db, &mut usages, self.now()).await {
                self.shared.put_back(&usages);
                self.shared.put_back(&rest);
                return Err(error);
            }
            usages = rest;
        }
        Ok(())
    }

    /// Writes whom this replica refused. What cannot be written is written the next time.
    async fn tell_refusals(&self) {
        let context = &self.shared.context;
        let Some(refused) = context.refused.take_news(MAX_TOLD, self.now()) else { return };
        let tell = async |mut tx: LentTransaction| {
            refused_store::write(&mut tx, &self.replica, &refused, self.now()).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        if let Err(error) = self.db.transact(tell).await {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, "operators at other replicas do not see yet whom this one refused");
            context.refused.put_back();
        }
    }

    fn now(&self) -> Timestamp {
        self.shared.context.clock.now()
    }

    async fn read(&mut self) -> Result<(), DbError> {
        let now = self.now();
        let since = self.read_at.map_or(Timestamp::from_millis(0), |at| at.minus(READ_OVERLAP));
        let mut reader = self.db.read().await?;
        let levels = store::levels(&mut reader, since, now).await?;
        drop(reader);
        self.shared.merge(&levels);
        self.read_at = Some(now);
        Ok(())
    }

    /// Logs when sharing begins to fail or works again. A line for each attempt would be four a second.
    fn log_change(&mut self, synced: Result<(), DbError>) {
        if self.works == synced.is_ok() {
            return;
        }
        self.works = synced.is_ok();
        match synced {
            Ok(()) => tracing::info!("the gateway's limits are shared again"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the gateway's limits cannot be shared; each replica counts by itself"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::context::LimitContext;
    use crate::key::LimitKeys;
    use crate::quota::Quota;
    use crate::refused_store::refused_by_all;
    use crate::shared::SharedLimiter;
    use kernel::{KeyRing, MasterKey, OsRandomness};
    use testkit::{HandClock, TestDatabase};

    struct Stage {
        database: TestDatabase,
        clock: Arc<HandClock>,
        keys: LimitKeys,
    }

    struct Replica {
        limiter: SharedLimiter<&'static str>,
        sync: LimitSync,
    }

    impl Stage {
        async fn both() -> [Self; 2] {
            TestDatabase::both().await.map(|database| {
                let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
                Self { database, clock: Arc::default(), keys: LimitKeys::new(&ring) }
            })
        }

        /// A replica that has just started, with a limit of so many in an hour.
        async fn replica(&self, burst: u32) -> Replica {
            let shared = Arc::new(SharedCounts::new(LimitContext::of(self.keys.clone(), self.clock.clone())));
            let quota = Quota::new(NonZeroU32::new(burst).unwrap(), Duration::from_hours(1) / burst);
            let limiter = SharedLimiter::new("test", quota, &shared);
            let db = Database::open(self.database.url()).await.unwrap();
            Replica {
                limiter,
                sync: LimitSync::new(db, ReplicaId::new("test", &OsRandomness), shared).start().await,
            }
        }

        async fn run(&self, sql: &'static str) {
            let mut tx = self.database.begin().await.unwrap();
            db::query(sql).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    impl Replica {
        /// How many of so many uses pass.
        fn pass(&self, uses: usize) -> usize {
            (0..uses).filter(|_| self.limiter.count(&"alice").is_ok()).count()
        }
    }

    #[tokio::test]
    async fn s_rate_4_without_the_database_each_replica_counts_by_itself_and_tells_later() {
        for stage in Stage::both().await {
            let [mut here, mut there] = [stage.replica(3).await, stage.replica(3).await];
            stage.run("ALTER TABLE limit_counts RENAME TO counts_away").await;
            assert_eq!(here.pass(2), 2);
            assert!(here.sync.sync().await.is_err());
            assert_eq!(here.pass(2), 1, "no more than before, and no less");
            stage.run("ALTER TABLE counts_away RENAME TO limit_counts").await;
            here.sync.sync().await.unwrap();
            there.sync.sync().await.unwrap();
            assert_eq!(there.pass(1), 0);
        }
    }

    #[tokio::test]
    async fn each_replica_tells_the_others_whom_it_refused_and_an_hour_later_nobody_does() {
        for stage in Stage::both().await {
            let [here, there] = [stage.replica(1).await, stage.replica(1).await];
            let seen_by = async |replica: &Replica| {
                let LimitSync { db, replica, shared, .. } = &replica.sync;
                let mut reader = db.read().await.unwrap();
                let all = refused_by_all(&mut reader, replica, &shared.context).await.unwrap();
                all.into_iter().map(|by| (by.replica, by.refused.key, by.refused.times)).collect::<Vec<_>>()
            };
            let name = |replica: &Replica| replica.sync.replica.to_string();
            let expected = |times| vec![(name(&here), "alice".to_owned(), times)];
            assert_eq!(here.pass(3), 1);
            assert_eq!((seen_by(&here).await, seen_by(&there).await), (expected(2), Vec::new()));
            here.sync.tell_refusals().await;
            assert_eq!((seen_by(&here).await, seen_by(&there).await), (expected(2), expected(2)));
            stage.run("ALTER TABLE limit_refusals RENAME TO refusals_away").await;
            here.pass(1);
            here.sync.tell_refusals().await;
            stage.run("ALTER TABLE refusals_away RENAME TO limit_refusals").await;
            here.sync.tell_refusals().await;
            assert_eq!(
                seen_by(&there).await,
                expected(3),
                "what could not be written is written the next time"
            );
            stage.clock.advance(Duration::from_hours(1));
            assert_eq!((seen_by(&here).await, seen_by(&there).await), (Vec::new(), Vec::new()));
        }
    }

    #[tokio::test]
    async fn s_rate_4_an_orderly_end_tells_what_was_not_worth_it_before() {
        for stage in Stage::both().await {
            let mut here = stage.replica(100).await;
            assert_eq!(here.pass(9), 9);
            here.sync.sync().await.unwrap();
            let before = stage.replica(100).await;
            assert_eq!(before.pass(200), 100, "less than a tenth is not told");
            let end = CancellationToken::new();
            end.cancel();
            here.sync.run(end).await;
            assert_eq!(stage.replica(100).await.pass(200), 91);
        }
    }
}
