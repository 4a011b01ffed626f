//! Limits that are counted in memory and shared with the other replicas in the background: for requests that must not wait for
//! the database.

use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;

use crate::quota::{LimitExceeded, Quota};
use crate::shared_count::SharedCount;
use crate::shared_counts::SharedCounts;

/// How many keys are counted. Keys beyond them are not limited: a limit for each network cannot stop a caller with that many
/// networks, and other callers must not be refused because of them (S-RATE-7).
const MAX_KEYS: usize = 100_000;

/// A limit for each key. A known key costs a look-up under a short lock; a new one also costs a keyed checksum.
#[derive(Debug)]
pub struct SharedLimiter<K: Hash + Eq> {
    name: Box<str>,
    quota: Quota,
    shared: Arc<SharedCounts>,
    counts: DashMap<K, Arc<SharedCount>>,
}

impl<K: Hash + Eq + Clone + Display> SharedLimiter<K> {
    /// The limit called `name`. Limits with the same name and quota share their counts, so the name must say what the keys are.
    pub fn new(name: &str, quota: Quota, shared: &Arc<SharedCounts>) -> Self {
        Self { name: name.into(), quota, shared: Arc::clone(shared), counts: DashMap::new() }
    }

    /// Counts one use of `key`.
    ///
    /// # Errors
    /// [`LimitExceeded`] when the quota is used up.
    pub fn count(&self, key: &K) -> Result<(), LimitExceeded> {
        let now = self.shared.now();
        if let Some(count) = self.counts.get(key) {
            return self.noted(count.add(self.quota, now), key);
        }
        if self.counts.len() >= MAX_KEYS {
            return Ok(());
        }
        let count = self.shared.count_of(&self.name, self.quota, key);
        let counted = self.counts.entry(key.clone()).or_insert(count).add(self.quota, now);
        self.noted(counted, key)
    }

    /// Notes a refusal for [`refused_lately`](crate::refused_lately()).
    fn noted(&self, counted: Result<(), LimitExceeded>, key: &K) -> Result<(), LimitExceeded> {
        if counted.is_err() {
            self.shared.note_refusal(&self.name, self.quota, key);
        }
        counted
    }

    /// Evicts keys whose quota is full again. Call it about once a minute.
    pub fn evict_idle(&self) {
        let now = self.shared.now();
        self.counts.retain(|_, count| !count.is_idle(now));
        self.counts.shrink_to_fit();
    }
}

/// A limit without keys: all uses are counted together.
#[derive(Debug)]
pub struct SharedTotalLimiter {
    name: Box<str>,
    quota: Quota,
    shared: Arc<SharedCounts>,
    count: Arc<SharedCount>,
}

impl SharedTotalLimiter {
    /// The limit called `name`.
    pub fn new(name: &str, quota: Quota, shared: &Arc<SharedCounts>) -> Self {
        let count = shared.count_of(name, quota, &"");
        Self { name: name.into(), quota, count, shared: Arc::clone(shared) }
    }

    /// Counts one use.
    ///
    /// # Errors
    /// [`LimitExceeded`] when the quota is used up.
    pub fn count(&self) -> Result<(), LimitExceeded> {
        let counted = self.count.add(self.quota, self.shared.now());
        if counted.is_err() {
            self.shared.note_refusal(&self.name, self.quota, &"");
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::context::LimitContext;
    use crate::key::{LimitKey, LimitKeys};
    use crate::usage::{Level, Usage};
    use kernel::{Clock, KeyRing, MasterKey, OsRandomness, Timestamp};
    use testkit::HandClock;

    const SECOND: Duration = Duration::from_secs(1);
    const NANOS: i64 = 1_000_000_000;

    /// A row for each key, as the database keeps it.
    #[derive(Default)]
    struct Table(std::collections::HashMap<LimitKey, i64>);

    impl Table {
        fn add(&mut self, usages: &[Usage]) {
            for one in usages {
                let full_at = self.0.entry(one.key).or_default();
                *full_at = (*full_at + one.taken).max(one.full_at);
            }
        }

        fn rows(&self) -> Vec<Level> {
            self.0.iter().map(|(key, full_at)| Level { key: *key, full_at: *full_at }).collect()
        }

        /// What a replica does four times a second.
        fn sync(&mut self, replica: &Replica) {
            self.add(&replica.shared.take_due());
            replica.shared.merge(&self.rows());
        }
    }

    struct Replica {
        shared: Arc<SharedCounts>,
        limiter: SharedLimiter<&'static str>,
    }

    struct Stage {
        clock: Arc<HandClock>,
        keys: LimitKeys,
        quota: Quota,
    }

    impl Stage {
        fn new(burst: u32, refill: Duration) -> Self {
            let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
            Self {
                clock: Arc::default(),
                keys: LimitKeys::new(&ring),
                quota: Quota::new(NonZeroU32::new(burst).unwrap(), refill),
            }
        }

        fn replica(&self) -> Replica {
            let shared = Arc::new(SharedCounts::new(LimitContext::of(self.keys.clone(), self.clock.clone())));
            Replica { limiter: SharedLimiter::new("test", self.quota, &shared), shared }
        }

        fn row(&self) -> Level {
            let key = self.keys.key("test", self.quota, &"alice");
            Level { key, full_at: self.clock.now().nanos() }
        }
    }

    impl Replica {
        /// How many of so many uses pass.
        fn pass(&self, uses: usize) -> usize {
            (0..uses).filter(|_| self.limiter.count(&"alice").is_ok()).count()
        }
    }

    #[test]
    fn s_rate_4_replicas_let_through_what_is_allowed_and_a_restart_loses_nothing() {
        let stage = Stage::new(3, SECOND * 60);
        let (replicas, mut table) = ([stage.replica(), stage.replica()], Table::default());
        let mut passed = 0;
        for round in 0..20 {
            passed += replicas[round % 2].pass(1);
            for replica in &replicas {
                table.sync(replica);
            }
        }
        assert_eq!(passed, 3);
        let after = stage.replica();
        table.sync(&after);
        assert_eq!(after.limiter.count(&"alice"), Err(LimitExceeded { retry_after: SECOND * 60 }));
        assert_eq!(after.limiter.count(&"bob"), Ok(()));
        stage.clock.advance(SECOND * 60);
        assert_eq!(after.pass(5), 1);
    }

    #[test]
    fn s_rate_4_what_is_over_it_is_what_replicas_let_through_before_they_hear_of_each_other() {
        let stage = Stage::new(100, SECOND);
        let (replicas, mut table) = ([stage.replica(), stage.replica()], Table::default());
        assert_eq!(replicas[0].pass(70) + replicas[1].pass(70), 140);
        for replica in &replicas {
            table.sync(replica);
        }
        table.sync(&replicas[0]);
        assert_eq!(replicas[0].pass(10) + replicas[1].pass(10), 0);
        stage.clock.advance(SECOND * 41);
        assert_eq!((replicas[0].pass(10), replicas[1].pass(10)), (1, 1), "what was too much is waited for");
    }

    #[test]
    fn a_key_that_uses_a_little_is_not_told_of_and_one_that_does_so_for_long_is() {
        let stage = Stage::new(100, SECOND);
        let replica = stage.replica();
        replica.pass(9);
        assert_eq!(replica.shared.take_due(), []);
        stage.clock.advance(SECOND * 100);
        assert_eq!(replica.shared.take_due(), [], "forgotten");
        replica.pass(9);
        assert_eq!(replica.shared.take_due(), []);
        stage.clock.advance(SECOND * 50);
        replica.pass(1);
        let full_at = stage.row().full_at + NANOS;
        assert_eq!(replica.shared.take_due(), [Usage { key: stage.row().key, taken: 10 * NANOS, full_at }]);
        replica.pass(1);
        assert_eq!(
            (replica.shared.take_due().len(), replica.shared.take_all().len()),
            (0, 1),
            "at the end, all"
        );
    }

    #[test]
    fn a_small_limit_is_told_of_from_its_first_use() {
        let replica = Stage::new(9, SECOND).replica();
        replica.pass(1);
        assert_eq!(replica.shared.take_due().len(), 1);
        assert_eq!(replica.shared.take_due(), [], "once");
    }

    #[test]
    fn a_caller_who_keeps_to_the_limit_is_not_refused_however_late_it_is_told() {
        let stage = Stage::new(10, SECOND);
        let (replica, mut table) = (stage.replica(), Table::default());
        for _ in 0..5 {
            for _ in 0..60 {
                stage.clock.advance(SECOND);
                assert_eq!(replica.pass(1), 1);
            }
            table.sync(&replica);
        }
    }

    #[test]
    fn what_could_not_be_told_is_told_later_with_what_came_meanwhile() {
        let stage = Stage::new(5, SECOND);
        let replica = stage.replica();
        replica.pass(2);
        let first = replica.shared.take_due();
        replica.pass(1);
        replica.shared.put_back(&first);
        let full_at = stage.row().full_at + 3 * NANOS;
        assert_eq!(replica.shared.take_due(), [Usage { key: stage.row().key, taken: 3 * NANOS, full_at }]);
        replica.shared.put_back(&first);
        assert_eq!(replica.shared.take_due(), first);
    }

    #[test]
    fn what_others_let_through_comes_on_top_of_what_waits_to_be_told() {
        let stage = Stage::new(100, SECOND);
        let replica = stage.replica();
        replica.pass(5);
        replica.shared.merge(&[Level { full_at: stage.row().full_at + 90 * NANOS, ..stage.row() }]);
        assert_eq!(replica.pass(10), 5);
        replica.shared.merge(&[stage.row()]);
        assert_eq!(replica.pass(10), 0, "older news changes nothing");
    }

    /// A clock that can be set back.
    #[derive(Debug)]
    struct SetClock(std::sync::atomic::AtomicI64);

    impl Clock for SetClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(std::sync::atomic::Ordering::SeqCst))
        }
    }

    #[test]
    fn nobody_waits_for_the_time_to_come_round_after_a_clock_was_set_back() {
        let (stage, clock) = (Stage::new(1, SECOND), Arc::new(SetClock(9_000_000.into())));
        let shared = Arc::new(SharedCounts::new(LimitContext::of(stage.keys.clone(), clock.clone())));
        let limiter = SharedLimiter::new("test", stage.quota, &shared);
        assert!(limiter.count(&"alice").is_ok() && limiter.count(&"alice").is_err());
        shared.take_due();
        clock.0.store(0, std::sync::atomic::Ordering::SeqCst);
        assert!(limiter.count(&"alice").is_err());
        shared.take_due();
        assert!(limiter.count(&"alice").is_ok() && limiter.count(&"alice").is_err());
    }

    #[test]
    fn s_rate_7_memory_does_not_grow_with_keys_and_those_who_come_late_pass() {
        let stage = Stage::new(1, SECOND * 60);
        let shared = Arc::new(SharedCounts::new(LimitContext::of(stage.keys.clone(), stage.clock.clone())));
        let limiter = SharedLimiter::new("test", stage.quota, &shared);
        for key in 0..MAX_KEYS {
            assert!(limiter.count(&key).is_ok());
        }
        assert!(limiter.count(&0).is_err(), "who is known is counted");
        for late in MAX_KEYS..MAX_KEYS + 10 {
            assert!(limiter.count(&late).is_ok());
        }
        assert_eq!((limiter.counts.len(), shared.len()), (MAX_KEYS, MAX_KEYS));
        stage.clock.advance(SECOND * 60);
        shared.take_due();
        limiter.evict_idle();
        shared.evict_idle();
        assert_eq!(limiter.counts.len(), 0);
    }

    #[test]
    fn s_rate_7_counts_that_are_full_again_are_forgotten() {
        let stage = Stage::new(5, SECOND);
        let replica = stage.replica();
        let evict = || {
            replica.shared.take_due();
            replica.limiter.evict_idle();
            replica.shared.evict_idle();
            (replica.limiter.counts.len(), replica.shared.len())
        };
        replica.pass(1);
        assert_eq!(evict(), (1, 1));
        stage.clock.advance(SECOND * 5);
        assert_eq!(evict(), (0, 0));
        replica.shared.merge(&[Level { full_at: stage.row().full_at + NANOS, ..stage.row() }]);
        assert_eq!(evict(), (0, 1), "what is known of others stays as long as it says something");
        stage.clock.advance(SECOND);
        assert_eq!(evict(), (0, 0));
    }
}
