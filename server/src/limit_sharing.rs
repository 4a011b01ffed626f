//! The gateway's limits, shared by all replicas: what was let through here is told to the database, and what it knows of the
//! others is brought back. No request waits for any of it.
//!
//! # How it reads
//! Rows are read by when they were told of, a little further back than the last reading: a replica's clock may be behind,
//! and a transaction may take its time. What comes later than that is found by the reading of all rows that say anything,
//! now and then and at the start, so that a restart forgets nothing.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, DbError, counts};
use kernel::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;
use web::LimitBook;

/// How long a use waits to be told. Until then, other replicas let through what it took.
const PAUSE: Duration = Duration::from_millis(250);
/// How far back each reading looks.
const LOOK_BACK: Duration = Duration::from_secs(2);
/// Every so many rounds, all rows are read: every ten seconds.
const ROUNDS_TO_ALL: u32 = 40;
/// Keys in one transaction. Few, since SQLite has one writer, and others wait for it.
const BATCH: usize = 100;

/// Shares a book with the replicas on the same database.
pub struct LimitSharing {
    db: Database,
    clock: Arc<dyn Clock>,
    book: Arc<LimitBook>,
    /// When the others were last heard.
    heard_at: Option<Timestamp>,
    works: bool,
}

impl LimitSharing {
    /// Nothing is shared before [`Self::begin`].
    pub const fn new(db: Database, clock: Arc<dyn Clock>, book: Arc<LimitBook>) -> Self {
        Self { db, clock, book, heard_at: None, works: true }
    }

    /// Hears what was let through before this process began.
    #[must_use]
    pub async fn begin(mut self) -> Self {
        let heard = self.hear().await;
        self.note(heard);
        self
    }

    /// Shares four times a second until `end`, and then tells all that was not worth it before.
    pub async fn run(mut self, end: CancellationToken) {
        for round in 1_u32.. {
            if end.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                break;
            }
            if round.is_multiple_of(ROUNDS_TO_ALL) {
                self.heard_at = None;
            }
            let shared = self.share().await;
            self.note(shared);
        }
        let told = self.tell(self.book.take_all()).await;
        self.note(told);
    }

    async fn share(&mut self) -> Result<(), DbError> {
        self.tell(self.book.take()).await?;
        self.hear().await
    }

    /// Tells what was let through. What cannot be told waits on.
    async fn tell(&self, mut uses: Vec<kernel::LetThrough>) -> Result<(), DbError> {
        while !uses.is_empty() {
            let rest = uses.split_off(uses.len().min(BATCH));
            if let Err(error) = counts::tell(&self.db, &mut uses, self.clock.now()).await {
                self.book.give_back(&uses);
                self.book.give_back(&rest);
                return Err(error);
            }
            uses = rest;
        }
        Ok(())
    }

    async fn hear(&mut self) -> Result<(), DbError> {
        let now = self.clock.now();
        let since = self.heard_at.map_or(Timestamp::from_millis(0), |at| at.minus(LOOK_BACK));
        let mut reader = self.db.read().await?;
        let told = counts::told(&mut reader, since, now).await?;
        drop(reader);
        self.book.hear(&told);
        self.heard_at = Some(now);
        Ok(())
    }

    /// One line for each change: four a second would hide everything else.
    fn note(&mut self, shared: Result<(), DbError>) {
        if self.works == shared.is_ok() {
            return;
        }
        self.works = shared.is_ok();
        match shared {
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
    use kernel::{Allowance, KeyRing, LimitKeys, MasterKey, OsRandomness};
    use testkit::{HandClock, TestDatabase};
    use web::Limiter;

    struct Stage {
        database: TestDatabase,
        clock: Arc<HandClock>,
        keys: LimitKeys,
    }

    struct Replica {
        limiter: Limiter<&'static str>,
        sharing: LimitSharing,
    }

    impl Stage {
        async fn both() -> [Self; 2] {
            TestDatabase::both().await.map(|database| {
                let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
                Self { database, clock: Arc::default(), keys: LimitKeys::new(Arc::new(ring)) }
            })
        }

        /// A replica that has just begun, with a limit of so many in an hour.
        async fn replica(&self, burst: u32) -> Replica {
            let book = Arc::new(LimitBook::new(self.keys.clone(), self.clock.clone()));
            let allowance = Allowance::new(NonZeroU32::new(burst).unwrap(), Duration::from_hours(1) / burst);
            let limiter = Limiter::new("test", allowance, &book);
            let db = Database::open(self.database.url()).await.unwrap();
            Replica { limiter, sharing: LimitSharing::new(db, self.clock.clone(), book).begin().await }
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
            assert!(here.sharing.share().await.is_err());
            assert_eq!(here.pass(2), 1, "no more than before, and no less");
            stage.run("ALTER TABLE counts_away RENAME TO limit_counts").await;
            here.sharing.share().await.unwrap();
            there.sharing.share().await.unwrap();
            assert_eq!(there.pass(1), 0);
        }
    }

    #[tokio::test]
    async fn s_rate_4_an_orderly_end_tells_what_was_not_worth_it_before() {
        for stage in Stage::both().await {
            let mut here = stage.replica(100).await;
            assert_eq!(here.pass(9), 9);
            here.sharing.share().await.unwrap();
            let before = stage.replica(100).await;
            assert_eq!(before.pass(200), 100, "less than a tenth is not told");
            let end = CancellationToken::new();
            end.cancel();
            here.sharing.run(end).await;
            assert_eq!(stage.replica(100).await.pass(200), 91);
        }
    }
}
