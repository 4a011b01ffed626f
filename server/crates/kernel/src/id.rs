//! New ids: UUIDv7 (RFC 9562 section 5.7), made from the caller's clock and randomness.

use std::sync::atomic::{AtomicU64, Ordering};

pub use names::id::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::randomness::Randomness;

/// A new UUIDv7: 48 bits of time, so that ids sort by the millisecond in which they were made, and 74 random bits. Rows whose order
/// within a millisecond matters take theirs from an [`IdSequence`].
pub fn new_uuid(clock: &dyn Clock, randomness: &dyn Randomness) -> Uuid {
    uuid_at(clock.now(), randomness)
}

/// A new UUIDv7 with the time `at` in place of the current time.
pub fn uuid_at(at: Timestamp, randomness: &dyn Randomness) -> Uuid {
    let mut random = [0; 10];
    randomness.fill(&mut random);
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The smallest UUIDv7 with the time `at`: a row made at that moment or later has this id or a greater one.
pub fn least_uuid(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// The time in a UUIDv7, which this program has made.
pub fn time_of(id: Uuid) -> Timestamp {
    Timestamp::from_millis(i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX))
}

/// Makes ids of every kind.
pub trait NewId: names::Id {
    /// A new id, made from `clock` and `randomness`.
    fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        Self::from_uuid(new_uuid(clock, randomness))
    }
}

impl<I: names::Id> NewId for I {}

/// Makes ids that sort in the order in which this process made them, also within a millisecond: the first 12 of the random bits
/// are a counter (RFC 9562 section 6.2, method 1).
#[derive(Debug, Default)]
pub struct IdSequence(AtomicU64);

impl IdSequence {
    /// The bits of the counter.
    const COUNTER: u32 = 12;
    /// So far ahead of the clock the sequence may run, when more ids are made in a millisecond than the counter counts. If it is
    /// further ahead, the clock was set back.
    const MAX_AHEAD_MILLIS: u64 = 1_000;

    /// The next id.
    pub fn next<I: names::Id>(&self, clock: &dyn Clock, randomness: &dyn Randomness) -> I {
        let moment = u64::try_from(clock.now().millis()).unwrap_or(0);
        let earliest = moment << Self::COUNTER;
        let after = |last: u64| {
            let goes_on = last >= earliest && last - earliest < Self::MAX_AHEAD_MILLIS << Self::COUNTER;
            if goes_on { last + 1 } else { earliest }
        };
        let position = after(self.0.update(Ordering::Relaxed, Ordering::Relaxed, after));
        let [.., high, low] = position.to_be_bytes();
        let mut random = [0; 10];
        randomness.fill(&mut random);
        // The version takes the place of the upper half of the first byte.
        random[0] = high & 0x0f;
        random[1] = low;
        I::from_uuid(
            uuid::Builder::from_unix_timestamp_millis(position >> Self::COUNTER, &random).into_uuid(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::randomness::OsRandomness;

    #[derive(Clone, Copy, Debug)]
    struct Stopped(i64);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0)
        }
    }

    #[test]
    fn a_new_id_is_a_uuid_of_version_7() {
        let id = names::MemberId::new(&SystemClock, &OsRandomness);
        assert_eq!(id.uuid().get_version_num(), 7);
    }

    #[test]
    fn ids_of_a_sequence_sort_in_the_order_in_which_they_were_made() {
        let sequence = IdSequence::default();
        // More than the counter counts in a millisecond.
        let mut made: Vec<names::MemberId> =
            (0..10_000).map(|_| sequence.next(&Stopped(1_768_739_696_000), &OsRandomness)).collect();
        made.push(sequence.next(&Stopped(1_768_739_696_100), &OsRandomness));
        assert!(made.is_sorted() && made.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(made.iter().all(|id| id.uuid().get_version_num() == 7));
    }

    #[test]
    fn a_sequence_goes_back_with_the_clock() {
        let sequence = IdSequence::default();
        let _: names::MemberId = sequence.next(&Stopped(1_768_739_696_000), &OsRandomness);
        let back = Timestamp::from_millis(1_768_739_600_000);
        let next: names::MemberId = sequence.next(&Stopped(back.millis()), &OsRandomness);
        assert_eq!(time_of(next.uuid()), back);
    }
}
