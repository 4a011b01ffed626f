//! Limits that are counted in this process and shared beside the requests, by a [`LimitBook`]: for what is asked so often
//! that no request may wait for its count.

use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use kernel::{Allowance, TooMany};

use crate::limit_book::LimitBook;
use crate::limit_cell::Cell;

/// So many keys are counted. What finds no room is let through: whoever comes from that many networks is not stopped by a
/// limit for each of them, and those who come after must not pay for it (S-RATE-7).
const MOST: usize = 100_000;

/// A limit for each key. A key that is known costs a look-up and a lock that nobody holds for long; a new one costs a
/// checksum, too.
#[derive(Debug)]
pub struct Limiter<K: Hash + Eq> {
    name: Box<str>,
    allowance: Allowance,
    book: Arc<LimitBook>,
    cells: DashMap<K, Arc<Cell>>,
}

impl<K: Hash + Eq + Clone + Display> Limiter<K> {
    /// The limit called `name`, which says what its keys are: limits of one name and allowance share their counts.
    pub fn new(name: &str, allowance: Allowance, book: &Arc<LimitBook>) -> Self {
        Self { name: name.into(), allowance, book: Arc::clone(book), cells: DashMap::new() }
    }

    /// Counts one use of `key`.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self, key: &K) -> Result<(), TooMany> {
        let now = self.book.now();
        if let Some(cell) = self.cells.get(key) {
            return cell.count(self.allowance, now);
        }
        if self.cells.len() >= MOST {
            return Ok(());
        }
        let cell = self.book.cell_of(&self.name, self.allowance, key);
        self.cells.entry(key.clone()).or_insert(cell).count(self.allowance, now)
    }

    /// Forgets keys whose count is full again, so that the limiter does not grow. Call it about once a minute.
    pub fn evict_idle(&self) {
        let now = self.book.now();
        self.cells.retain(|_, cell| !cell.says_nothing(now));
        self.cells.shrink_to_fit();
    }
}

/// A limit without keys: all that comes is one.
#[derive(Debug)]
pub struct SingleLimiter {
    allowance: Allowance,
    book: Arc<LimitBook>,
    cell: Arc<Cell>,
}

impl SingleLimiter {
    /// The limit called `name`.
    pub fn new(name: &str, allowance: Allowance, book: &Arc<LimitBook>) -> Self {
        Self { allowance, cell: book.cell_of(name, allowance, &""), book: Arc::clone(book) }
    }

    /// Counts one use.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self) -> Result<(), TooMany> {
        self.cell.count(self.allowance, self.book.now())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use kernel::{Clock, Fullness, KeyRing, LetThrough, LimitKeys, MasterKey, OsRandomness};
    use testkit::HandClock;

    const SECOND: Duration = Duration::from_secs(1);
    const NANOS: i64 = 1_000_000_000;

    /// A row for each key, as the database keeps it.
    #[derive(Default)]
    struct Table(std::collections::HashMap<kernel::LimitKey, i64>);

    impl Table {
        fn add(&mut self, uses: &[LetThrough]) {
            for one in uses {
                let full_at = self.0.entry(one.key).or_default();
                *full_at = (*full_at + one.taken).max(one.full_at);
            }
        }

        fn rows(&self) -> Vec<Fullness> {
            self.0.iter().map(|(key, full_at)| Fullness { key: *key, full_at: *full_at }).collect()
        }

        /// What a replica does four times a second.
        fn meet(&mut self, replica: &Replica) {
            self.add(&replica.book.take());
            replica.book.hear(&self.rows());
        }
    }

    struct Replica {
        book: Arc<LimitBook>,
        limiter: Limiter<&'static str>,
    }

    struct Stage {
        clock: Arc<HandClock>,
        keys: LimitKeys,
        allowance: Allowance,
    }

    impl Stage {
        fn new(burst: u32, refill: Duration) -> Self {
            let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
            Self {
                clock: Arc::default(),
                keys: LimitKeys::new(Arc::new(ring)),
                allowance: Allowance::new(NonZeroU32::new(burst).unwrap(), refill),
            }
        }

        fn replica(&self) -> Replica {
            let book = Arc::new(LimitBook::new(self.keys.clone(), self.clock.clone()));
            Replica { limiter: Limiter::new("test", self.allowance, &book), book }
        }

        fn row(&self) -> Fullness {
            let key = self.keys.key("test", self.allowance, &"alice");
            Fullness { key, full_at: self.clock.now().nanos() }
        }
    }

    impl Replica {
        /// How many of so many uses pass.
        fn pass(&self, uses: usize) -> usize {
            (0..uses).filter(|_| self.limiter.count(&"alice").is_ok()).count()
        }
    }

    #[test]
    fn s_rate_4_replicas_let_through_what_is_allowed_and_a_restart_forgets_nothing() {
        let stage = Stage::new(3, SECOND * 60);
        let (replicas, mut table) = ([stage.replica(), stage.replica()], Table::default());
        let mut passed = 0;
        for turn in 0..20 {
            passed += replicas[turn % 2].pass(1);
            for replica in &replicas {
                table.meet(replica);
            }
        }
        assert_eq!(passed, 3);
        let after = stage.replica();
        table.meet(&after);
        assert_eq!(after.limiter.count(&"alice"), Err(TooMany(SECOND * 60)));
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
            table.meet(replica);
        }
        table.meet(&replicas[0]);
        assert_eq!(replicas[0].pass(10) + replicas[1].pass(10), 0);
        stage.clock.advance(SECOND * 41);
        assert_eq!((replicas[0].pass(10), replicas[1].pass(10)), (1, 1), "what was too much is waited for");
    }

    #[test]
    fn a_key_that_uses_a_little_is_not_told_of_and_one_that_does_so_for_long_is() {
        let stage = Stage::new(100, SECOND);
        let replica = stage.replica();
        replica.pass(9);
        assert_eq!(replica.book.take(), []);
        stage.clock.advance(SECOND * 100);
        assert_eq!(replica.book.take(), [], "forgotten");
        replica.pass(9);
        assert_eq!(replica.book.take(), []);
        stage.clock.advance(SECOND * 50);
        replica.pass(1);
        let full_at = stage.row().full_at + NANOS;
        assert_eq!(replica.book.take(), [LetThrough { key: stage.row().key, taken: 10 * NANOS, full_at }]);
        replica.pass(1);
        assert_eq!((replica.book.take().len(), replica.book.take_all().len()), (0, 1), "at the end, all");
    }

    #[test]
    fn a_small_limit_is_told_of_from_its_first_use() {
        let replica = Stage::new(9, SECOND).replica();
        replica.pass(1);
        assert_eq!(replica.book.take().len(), 1);
        assert_eq!(replica.book.take(), [], "once");
    }

    #[test]
    fn whoever_keeps_to_the_limit_is_not_refused_however_late_it_is_told() {
        let stage = Stage::new(10, SECOND);
        let (replica, mut table) = (stage.replica(), Table::default());
        for _ in 0..5 {
            for _ in 0..60 {
                stage.clock.advance(SECOND);
                assert_eq!(replica.pass(1), 1);
            }
            table.meet(&replica);
        }
    }

    #[test]
    fn what_could_not_be_told_is_told_later_with_what_came_meanwhile() {
        let stage = Stage::new(5, SECOND);
        let replica = stage.replica();
        replica.pass(2);
        let first = replica.book.take();
        replica.pass(1);
        replica.book.give_back(&first);
        let full_at = stage.row().full_at + 3 * NANOS;
        assert_eq!(replica.book.take(), [LetThrough { key: stage.row().key, taken: 3 * NANOS, full_at }]);
        replica.book.give_back(&first);
        assert_eq!(replica.book.take(), first);
    }

    #[test]
    fn what_others_let_through_comes_on_top_of_what_waits_to_be_told() {
        let stage = Stage::new(100, SECOND);
        let replica = stage.replica();
        replica.pass(5);
        replica.book.hear(&[Fullness { full_at: stage.row().full_at + 90 * NANOS, ..stage.row() }]);
        assert_eq!(replica.pass(10), 5);
        replica.book.hear(&[stage.row()]);
        assert_eq!(replica.pass(10), 0, "older news changes nothing");
    }

    /// A clock that can be set back.
    #[derive(Debug)]
    struct SetClock(std::sync::atomic::AtomicI64);

    impl Clock for SetClock {
        fn now(&self) -> kernel::Timestamp {
            kernel::Timestamp::from_millis(self.0.load(std::sync::atomic::Ordering::SeqCst))
        }
    }

    #[test]
    fn nobody_waits_for_the_time_to_come_round_after_a_clock_was_set_back() {
        let (stage, clock) = (Stage::new(1, SECOND), Arc::new(SetClock(9_000_000.into())));
        let book = Arc::new(LimitBook::new(stage.keys.clone(), clock.clone()));
        let limiter = Limiter::new("test", stage.allowance, &book);
        assert!(limiter.count(&"alice").is_ok() && limiter.count(&"alice").is_err());
        book.take();
        clock.0.store(0, std::sync::atomic::Ordering::SeqCst);
        assert!(limiter.count(&"alice").is_err());
        book.take();
        assert!(limiter.count(&"alice").is_ok() && limiter.count(&"alice").is_err());
    }

    #[test]
    fn s_rate_7_memory_does_not_grow_with_keys_and_those_who_come_late_pass() {
        let stage = Stage::new(1, SECOND * 60);
        let book = Arc::new(LimitBook::new(stage.keys.clone(), stage.clock.clone()));
        let limiter = Limiter::new("test", stage.allowance, &book);
        for key in 0..MOST {
            assert!(limiter.count(&key).is_ok());
        }
        assert!(limiter.count(&0).is_err(), "who is known is counted");
        for late in MOST..MOST + 10 {
            assert!(limiter.count(&late).is_ok());
        }
        assert_eq!((limiter.cells.len(), book.len()), (MOST, MOST));
        stage.clock.advance(SECOND * 60);
        book.take();
        limiter.evict_idle();
        book.evict_idle();
        assert_eq!(limiter.cells.len(), 0);
    }

    #[test]
    fn s_rate_7_counts_that_are_full_again_are_forgotten() {
        let stage = Stage::new(5, SECOND);
        let replica = stage.replica();
        let evicted = || {
            replica.book.take();
            replica.limiter.evict_idle();
            replica.book.evict_idle();
            (replica.limiter.cells.len(), replica.book.len())
        };
        replica.pass(1);
        assert_eq!(evicted(), (1, 1));
        stage.clock.advance(SECOND * 5);
        assert_eq!(evicted(), (0, 0));
        replica.book.hear(&[Fullness { full_at: stage.row().full_at + NANOS, ..stage.row() }]);
        assert_eq!(evicted(), (0, 1), "what is known of others stays as long as it says something");
        stage.clock.advance(SECOND);
        assert_eq!(evicted(), (0, 0));
    }
}
