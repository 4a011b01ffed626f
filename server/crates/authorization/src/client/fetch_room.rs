//! How many documents are fetched at once: so many in all, and no more than a share of them for one network, so that nobody can
//! starve others by naming slow hosts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MAX_FETCHES: usize = 16;
const MAX_FETCHES_PER_NETWORK: usize = 4;

/// The places in all.
#[derive(Debug, Default)]
pub(crate) struct FetchRoom(Mutex<HashMap<Option<IpAddr>, usize>>);

/// A place in it, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    room: &'a FetchRoom,
    network: Option<IpAddr>,
}

impl FetchRoom {
    /// Takes a place for a network; `None` where it has its share, or all are taken.
    pub(crate) fn take(&self, network: Option<IpAddr>) -> Option<Place<'_>> {
        let mut taken = self.lock();
        let own = taken.get(&network).copied().unwrap_or_default();
        if own >= MAX_FETCHES_PER_NETWORK || taken.values().sum::<usize>() >= MAX_FETCHES {
            return None;
        }
        taken.insert(network, own + 1);
        Some(Place { room: self, network })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        if let Some(own) = taken.get_mut(&self.network) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_rate_7_one_network_takes_a_share_and_leaves_the_rest() {
        let (room, network) = (FetchRoom::default(), |last: u8| Some(IpAddr::from([203, 0, 113, last])));
        let mut places: Vec<_> =
            (0..MAX_FETCHES_PER_NETWORK).map(|_| room.take(network(1)).unwrap()).collect();
        assert!(room.take(network(1)).is_none());
        for other in 2..=4 {
            places.extend((0..MAX_FETCHES_PER_NETWORK).map(|_| room.take(network(other)).unwrap()));
        }
        assert!(room.take(network(5)).is_none() && room.take(None).is_none(), "all are taken");
        places.truncate(MAX_FETCHES_PER_NETWORK * 3);
        assert!(room.take(network(1)).is_none(), "those that came back were another's");
        drop(places);
        assert!(room.take(None).is_some() && room.lock().is_empty());
    }
}
