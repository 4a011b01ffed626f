//! Limits that are counted in the database, on both kinds, by replicas that know nothing of each other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, Row as _, query};
use kernel::{Clock, KeyRing, MasterKey, OsRandomness, Randomness, Timestamp};
use testkit::{HandClock, SeededRandomness, TestDatabase};
use tokio::task::JoinSet;

use crate::context::LimitContext;
use crate::exact::{Attempt, ExactLimiter, LimitError};
use crate::key::{LimitKey, LimitKeys};
use crate::quota::{LimitExceeded, Quota};
use crate::store;
use crate::usage::{Level, Usage};

const SECOND: Duration = Duration::from_secs(1);

fn quota(burst: u32, refill: Duration) -> Quota {
    Quota::new(NonZeroU32::new(burst).unwrap(), refill)
}

/// A database, a clock and a key ring, for as many replicas as a test wants.
struct Stage {
    database: TestDatabase,
    clock: Arc<HandClock>,
    key_ring: Arc<KeyRing>,
}

/// A program with its own connections and its own memory.
struct Replica {
    db: Database,
    limiter: ExactLimiter,
}

impl Stage {
    async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(|database| Self {
            database,
            clock: Arc::default(),
            key_ring: Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap()),
        })
    }

    fn keys(&self) -> LimitKeys {
        LimitKeys::new(&self.key_ring)
    }

    async fn replica(&self) -> Arc<Replica> {
        let db = Database::open(self.database.url()).await.unwrap();
        Arc::new(Replica {
            db,
            limiter: ExactLimiter::new(LimitContext::of(self.keys(), self.clock.clone())),
        })
    }

    async fn run(&self, sql: &'static str) {
        let mut tx = self.database.begin().await.unwrap();
        query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn told(&self, since: Timestamp) -> Vec<Level> {
        let db = Database::open(self.database.url()).await.unwrap();
        let mut reader = db.read().await.unwrap();
        store::levels(&mut reader, since, self.clock.now()).await.unwrap()
    }
}

impl Replica {
    fn of(&self, quota: Quota, key: &str) -> Attempt {
        self.limiter.attempt("test", quota, &key)
    }

    async fn count(&self, uses: &[Attempt]) -> Result<(), LimitExceeded> {
        match self.limiter.count_all(&self.db, uses).await {
            Ok(()) => Ok(()),
            Err(LimitError::Exceeded(exceeded)) => Err(exceeded),
            Err(LimitError::Db(error)) => panic!("{error:?}"),
        }
    }
}

/// A use that came while others were counted was refused because of them, and is remembered for that.
#[tokio::test]
async fn who_was_refused_because_of_uses_that_are_given_back_is_refused_no_more() {
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        let [account, network] = ["alice", "198.51.100.7"].map(|key| replica.of(quota(1, SECOND), key));
        assert_eq!(replica.count(&[account, network]).await, Ok(()));
        assert!(replica.count(&[account, network]).await.is_err());
        let mut tx = replica.db.begin().await.unwrap();
        replica.limiter.give_back_both(&mut tx, [account, network]).await.unwrap();
        assert!(replica.limiter.check(account).is_err(), "not before it is true");
        tx.commit().await.unwrap();
        assert_eq!(replica.count(&[account, network]).await, Ok(()));
        assert!(replica.count(&[account, network]).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_rate_4_of_two_hundred_uses_that_race_on_two_replicas_the_burst_passes() {
    const BURST: usize = 17;
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        let mut racing = JoinSet::new();
        for n in 0..200 {
            let replica = Arc::clone(&replicas[n % 2]);
            racing.spawn(async move {
                let one = replica.of(quota(17, SECOND), "alice");
                replica.count(&[one]).await.is_ok()
            });
        }
        assert_eq!(racing.join_all().await.into_iter().filter(|passed| *passed).count(), BURST);
        let after = stage.replica().await;
        let one = after.of(quota(17, SECOND), "alice");
        assert_eq!(
            after.count(&[one]).await,
            Err(LimitExceeded { retry_after: SECOND }),
            "a restart forgets nothing"
        );
        stage.clock.advance(SECOND);
        assert_eq!(after.count(&[one]).await, Ok(()));
        assert!(after.count(&[one]).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_who_meets_another_at_the_first_use_of_a_key_is_counted_and_not_refused() {
    for stage in Stage::both().await {
        let replicas = [stage.replica().await, stage.replica().await];
        for key in 0..20 {
            let mut racing = JoinSet::new();
            for n in 0..12 {
                let replica = Arc::clone(&replicas[n % 2]);
                racing.spawn(async move {
                    let one = replica.of(quota(12, SECOND), &format!("key {key}"));
                    replica.count(&[one]).await
                });
            }
            assert!(racing.join_all().await.iter().all(Result::is_ok));
        }
    }
}

#[tokio::test]
async fn the_database_counts_by_the_rule_that_memory_counts_by() {
    for stage in Stage::both().await {
        let (randomness, quota) = (SeededRandomness::new(3), quota(5, SECOND * 3));
        let (mut full_at, mut passed) = (0, 0);
        for _ in 0..60 {
            // A new one each time, which remembers no refusal.
            let replica = stage.replica().await;
            let one = replica.of(quota, "alice");
            let expected = quota.count(full_at, stage.clock.now().nanos());
            full_at = expected.unwrap_or(full_at);
            assert_eq!(replica.count(&[one]).await, expected.map(drop));
            replica.db.close().await;
            passed += usize::from(expected.is_ok());
            let mut step = [0];
            randomness.fill(&mut step);
            stage.clock.advance(Duration::from_millis(u64::from(step[0]) * 20));
        }
        assert!((20..60).contains(&passed), "{passed}: some of both");
    }
}

#[tokio::test]
async fn several_keys_are_counted_together_or_in_turn() {
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        let (wide, narrow) = (quota(3, SECOND), quota(1, SECOND * 60));
        let (network, account) = (replica.of(wide, "network"), replica.of(narrow, "account"));
        assert_eq!(replica.count(&[network, account]).await, Ok(()));
        assert!(replica.count(&[network, account]).await.is_err());
        // Another replica knows nothing of the refusal, and finds it in the database.
        let other = stage.replica().await;
        assert!(other.count(&[network, account]).await.is_err());
        assert_eq!(other.count(&[network]).await, Ok(()), "a refusal used up nothing");
        let other = stage.replica().await;
        let in_turn = other.limiter.count_in_order(&other.db, &[network, account]).await;
        assert!(
            matches!(in_turn, Err(LimitError::Exceeded(LimitExceeded { retry_after })) if retry_after == SECOND * 60)
        );
        assert_eq!(
            other.count(&[network]).await,
            Err(LimitExceeded { retry_after: SECOND }),
            "the share is used up"
        );
    }
}

#[tokio::test]
async fn what_is_counted_within_a_transaction_is_counted_exactly_if_it_commits() {
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        let one = replica.of(quota(1, SECOND), "alice");
        let mut tx = replica.db.begin().await.unwrap();
        replica.limiter.count_within(&mut tx, one).await.unwrap();
        drop(tx);
        let mut tx = replica.db.begin().await.unwrap();
        replica.limiter.count_within(&mut tx, one).await.unwrap();
        let again = replica.limiter.count_within(&mut tx, one).await;
        assert!(matches!(again, Err(LimitError::Exceeded(_))));
        tx.commit().await.unwrap();
        assert!(replica.count(&[one]).await.is_err());
    }
}

#[tokio::test]
async fn what_a_use_is_for_is_executed_with_its_count_once() {
    const KEEP: &str = "INSERT INTO write_probes (id, written) VALUES ('kept', 0)";
    const KEPT: &str = "SELECT COUNT(*) FROM write_probes WHERE id = 'kept'";
    const FORGET: &str = "DELETE FROM write_probes WHERE id = 'kept'";
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        let one = replica.of(quota(2, SECOND), "alice");
        for (use_number, is_allowed) in [("the first", true), ("a second", true), ("one too many", false)] {
            let mut tx = replica.db.begin().await.unwrap();
            let counted = replica.limiter.count_and_execute(&mut tx, one, query(KEEP)).await;
            assert_eq!(counted.is_ok(), is_allowed, "{use_number}: {counted:?}");
            match counted {
                Ok(()) => tx.commit().await.unwrap(),
                Err(_) => drop(tx),
            }
            let mut reader = replica.db.read().await.unwrap();
            let kept: i64 = query(KEPT).fetch_one(&mut *reader).await.unwrap().get(0);
            assert_eq!(kept, i64::from(is_allowed), "{use_number}");
            stage.run(FORGET).await;
        }
    }
}

#[tokio::test]
async fn s_rate_4_a_flood_over_the_limit_asks_no_database_and_without_one_nobody_else_passes() {
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        let (flood, other) = (replica.of(quota(1, SECOND), "flood"), replica.of(quota(1, SECOND), "other"));
        assert_eq!(replica.count(&[flood]).await, Ok(()));
        assert!(replica.count(&[flood]).await.is_err());
        stage.run("ALTER TABLE limit_counts RENAME TO counts_away").await;
        for _ in 0..1_000 {
            assert_eq!(replica.count(&[flood]).await, Err(LimitExceeded { retry_after: SECOND }));
        }
        let unknown = replica.limiter.count_all(&replica.db, &[other]).await;
        assert!(matches!(unknown, Err(LimitError::Db(_))), "no leave: {unknown:?}");
        stage.run("ALTER TABLE counts_away RENAME TO limit_counts").await;
        stage.clock.advance(SECOND);
        replica.limiter.evict_idle();
        assert_eq!(replica.count(&[flood]).await, Ok(()));
    }
}

#[tokio::test]
async fn s_rate_4_what_replicas_let_through_adds_up_and_is_told() {
    for stage in Stage::both().await {
        let (db, start) = (stage.replica().await, stage.clock.now());
        let key = stage.keys().key("test", quota(9, SECOND), &"alice");
        let second = 1_000_000_000;
        let uses = |count: i64| Usage { key, taken: count * second, full_at: start.nanos() + count * second };
        store::add(&db.db, &mut [uses(3)], start).await.unwrap();
        store::add(&db.db, &mut [uses(4)], start).await.unwrap();
        let full_at = start.nanos() + 7 * second;
        assert_eq!(stage.told(start.minus(SECOND)).await, [Level { key, full_at }]);
        assert_eq!(stage.told(start).await, [], "told no later");
        // Three uses, each after the one before it was forgotten, told together after a minute.
        stage.clock.advance(SECOND * 60);
        let now = stage.clock.now();
        let spread = Usage { key, taken: 3 * second, full_at: now.nanos() + second };
        store::add(&db.db, &mut [spread], now).await.unwrap();
        let full_at = now.nanos() + second;
        assert_eq!(stage.told(start).await, [Level { key, full_at }], "as if they had been told one by one");
        stage.clock.advance(SECOND);
        assert_eq!(stage.told(start).await, [], "a full count says nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_rate_4_replicas_that_tell_of_the_same_keys_at_once_lose_nothing() {
    const KEYS: usize = 20;
    for stage in Stage::both().await {
        let (start, mut telling) = (stage.clock.now(), JoinSet::new());
        let uses: Vec<_> = (0..KEYS)
            .map(|key| Usage {
                key: stage.keys().key("test", quota(9, SECOND), &key),
                taken: 1_000,
                full_at: start.nanos() + 1_000,
            })
            .collect();
        for replica in [stage.replica().await, stage.replica().await] {
            for round in 0..10 {
                let (replica, mut uses) = (Arc::clone(&replica), uses.clone());
                uses.rotate_left(round);
                telling.spawn(async move { store::add(&replica.db, &mut uses, start).await.unwrap() });
            }
        }
        telling.join_all().await;
        let told = stage.told(start.minus(SECOND)).await;
        assert_eq!(told.len(), KEYS);
        assert!(told.iter().all(|one| one.full_at == start.nanos() + 20_000), "{told:?}");
    }
}

#[tokio::test]
async fn nobody_waits_for_the_time_to_come_round_after_a_clock_was_set_back() {
    for stage in Stage::both().await {
        let ahead = Arc::new(HandClock::default());
        ahead.advance(SECOND * 60 * 60 * 9);
        let db = Database::open(stage.database.url()).await.unwrap();
        let limiter = ExactLimiter::new(LimitContext::of(stage.keys(), ahead.clone()));
        let one = limiter.attempt("test", quota(1, SECOND), &"alice");
        limiter.count_all(&db, &[one]).await.unwrap();
        let replica = stage.replica().await;
        assert_eq!(replica.count(&[one]).await, Ok(()));
        assert_eq!(
            replica.count(&[one]).await,
            Err(LimitExceeded { retry_after: SECOND }),
            "from then on by the new time"
        );

        let key = stage.keys().key("told", quota(9, SECOND), &"alice");
        let uses = |full_at| Usage { key, taken: 1_000, full_at };
        store::add(&db, &mut [uses(ahead.now().nanos() + 1_000)], ahead.now()).await.unwrap();
        let now = stage.clock.now();
        assert_eq!(stage.told(Timestamp::from_millis(0)).await, []);
        store::add(&db, &mut [uses(now.nanos() + 1_000)], now).await.unwrap();
        let full_at = now.nanos() + 1_000;
        assert_eq!(stage.told(Timestamp::from_millis(0)).await, [Level { key, full_at }]);
    }
}

#[tokio::test]
async fn s_rate_7_rows_that_say_nothing_go_in_batches_and_no_key_can_be_read() {
    for stage in Stage::both().await {
        let replica = stage.replica().await;
        for n in 0..5 {
            let one = replica.of(quota(2, SECOND), &format!("alice-{n}@example.com"));
            replica.count(&[one]).await.unwrap();
        }
        assert!(!stage.database.dump().await.contains("alice"));
        let delete = async |limit| {
            let mut tx = replica.db.begin().await.unwrap();
            let deleted = store::delete_expired(&mut tx, stage.clock.now(), limit).await.unwrap();
            tx.commit().await.unwrap();
            deleted
        };
        assert_eq!(delete(9).await, 0, "still in use");
        stage.clock.advance(SECOND);
        assert_eq!((delete(3).await, delete(3).await, delete(3).await), (3, 2, 0));
    }
}

#[test]
fn a_key_is_read_as_it_was_written() {
    let ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap());
    let key = LimitKeys::new(&ring).key("test", quota(1, SECOND), &"alice");
    assert_eq!(LimitKey::from_bytes(key.as_bytes()), Some(key));
    assert_eq!(LimitKey::from_bytes(&[0; 31]), None);
}
