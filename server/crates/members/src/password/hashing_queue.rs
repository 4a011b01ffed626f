//! The queue before the hashing of passwords, with bounds on how many are hashed at once, how many wait, and how many of them are
//! of one network (S-ACC-5).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::ClientAddress;

use crate::network::Network;

/// Gives permits in the order in which they were asked for. Cheap to clone.
///
/// The first three quarters of the places are for everybody, since a school that signs in together is one network. The rest
/// is for networks that have less than an eighth: a network that floods the queue finds it full, and others do not.
#[derive(Clone, Debug)]
pub(crate) struct HashingQueue {
    places: Arc<Places>,
    running: Arc<Semaphore>,
    patience: Duration,
}

#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    /// From this few free places on, a network may have only its share.
    reserve: usize,
    share: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One place in the queue, free again when this is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    network: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

/// The permit for one hash. Keep it until the hash is made.
#[derive(Debug)]
pub(crate) struct HashingPermit {
    _place: Place,
    _running: OwnedSemaphorePermit,
}

impl HashingQueue {
    /// With this many at once and this many waiting, each for at most `patience`.
    pub(crate) fn new(at_once: usize, waiting: usize, patience: Duration) -> Self {
        let all = at_once + waiting;
        let places = Places {
            free: Arc::new(Semaphore::new(all)),
            reserve: all / 4,
            share: (all / 8).max(1),
            taken: Mutex::default(),
        };
        Self { places: Arc::new(places), running: Arc::new(Semaphore::new(at_once)), patience }
    }

    /// Waits for a permit. `None` where the queue is full, for all or for this network, and after the patience. A caller who
    /// gives up leaves the queue. A request without a network counts for the whole only.
    pub(crate) async fn permit(&self, network: Network) -> Option<HashingPermit> {
        let place = self.places.take(network.map(ClientAddress::limit_key))?;
        let running = Arc::clone(&self.running).acquire_owned();
        let running = tokio::time::timeout(self.patience, running).await.ok()?.ok()?;
        Some(HashingPermit { _place: place, _running: running })
    }

    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.places.free.available_permits()
    }
}

impl Places {
    fn take(self: &Arc<Self>, network: Option<IpAddr>) -> Option<Place> {
        let mut taken = self.lock();
        let own = network.and_then(|network| taken.get(&network).copied()).unwrap_or(0);
        if network.is_some() && own >= self.share && self.free.available_permits() <= self.reserve {
            return None;
        }
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        if let Some(network) = network {
            taken.insert(network, own + 1);
        }
        Some(Place { places: Arc::clone(self), network, _permit: permit })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut taken = self.places.lock();
        match taken.get_mut(&network) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a request's network may be unknown")]
    fn network(ip: &str) -> Network {
        Some(ip.parse::<IpAddr>().unwrap().into())
    }

    #[test]
    fn s_acc_5_a_network_that_floods_the_queue_leaves_places_to_others() {
        let queue = HashingQueue::new(8, 56, Duration::from_secs(5));
        let take = |network: Network| queue.places.take(network.map(ClientAddress::limit_key));
        let flood: Vec<_> = (0..200).filter_map(|_| take(network("203.0.113.9"))).collect();
        assert_eq!(flood.len(), 48, "three quarters, and no more");
        let second: Vec<_> = (0..200).filter_map(|_| take(network("2001:db8:1:2::5"))).collect();
        assert_eq!(second.len(), 8, "its share");
        assert!(take(network("2001:db8:1:2::6")).is_none(), "one /64, one share");
        let owner = take(network("198.51.100.7"));
        assert!(owner.is_some(), "somebody else finds a place");
        drop(flood);
        assert!(
            take(network("203.0.113.9")).is_some(),
            "and so does the first, once its passwords are hashed"
        );
        drop((second, owner));
        assert_eq!((queue.free(), queue.places.lock().len()), (64, 0), "nothing is kept of anybody");
    }
}
