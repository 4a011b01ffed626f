//! New ids: UUIDv7 (RFC 9562 section 5.7), made from the caller's clock and randomness.

pub use names::id::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::randomness::Randomness;

/// A new UUIDv7: 48 bits of time, so that ids sort in the order in which they were made, and 74 random bits.
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

/// Makes ids of every kind.
pub trait NewId: names::Id {
    /// A new id, made from `clock` and `randomness`.
    fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Self {
        Self::from_uuid(new_uuid(clock, randomness))
    }
}

impl<I: names::Id> NewId for I {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::randomness::OsRandomness;

    #[test]
    fn a_new_id_is_a_uuid_of_version_7() {
        let id = names::MemberId::new(&SystemClock, &OsRandomness);
        assert_eq!(id.uuid().get_version_num(), 7);
    }
}
