//! How many pictures may be uploaded at once: each is held in memory until it is whole.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use names::MemberId;

/// How many in all.
const MAX_UPLOADS: usize = 16;
/// How many of one member, so that nobody takes all places with one account.
const MAX_UPLOADS_OF_MEMBER: usize = 2;

/// The places for uploads. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UploadPlaces(Arc<Mutex<HashMap<MemberId, usize>>>);

/// One place, free again when this is dropped.
#[derive(Debug)]
#[must_use = "the place is free again at once"]
pub(crate) struct UploadPlace {
    member: MemberId,
    places: UploadPlaces,
}

impl UploadPlaces {
    /// A place for an upload of `member`; `None` when too many are being read, of theirs or in all.
    pub(crate) fn take(&self, member: MemberId) -> Option<UploadPlace> {
        let mut taken = self.lock();
        let is_full = taken.values().sum::<usize>() >= MAX_UPLOADS
            || taken.get(&member).is_some_and(|own| *own >= MAX_UPLOADS_OF_MEMBER);
        if is_full {
            return None;
        }
        *taken.entry(member).or_default() += 1;
        Some(UploadPlace { member, places: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MemberId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(own) = taken.get_mut(&self.member) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use names::id::Uuid;

    use super::*;

    #[test]
    fn s_rate_5_a_member_has_a_share_of_the_places_and_gives_them_back() {
        let places = UploadPlaces::default();
        let member = |number: u128| MemberId::from_uuid(Uuid::from_u128(number));
        let mut held: Vec<_> = (0..MAX_UPLOADS_OF_MEMBER).map(|_| places.take(member(0)).unwrap()).collect();
        assert!(places.take(member(0)).is_none(), "their share");
        let others = 1..=(MAX_UPLOADS - MAX_UPLOADS_OF_MEMBER) as u128;
        held.extend(others.map(|number| places.take(member(number)).unwrap()));
        assert!(places.take(member(99)).is_none(), "all places");
        drop(held);
        assert!(places.take(member(0)).is_some() && places.lock().is_empty());
    }
}
