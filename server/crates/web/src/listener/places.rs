//! How many of the listener's connections each network may have.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::client::{ClientAddress, TrustedProxies};

/// How often at most the log says that a network has used up its share.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The connections of a listener: a number in all and a share for each network, so that nobody can starve everybody else.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    share: usize,
    /// They speak for many networks, and count for none.
    proxies: TrustedProxies,
    networks: Mutex<Networks>,
}

#[derive(Debug, Default)]
struct Networks {
    known: HashMap<IpAddr, Arc<Network>>,
    told_at: Option<Instant>,
}

/// What one network has.
#[derive(Debug)]
struct Network {
    key: IpAddr,
    connections: AtomicUsize,
    requests: AtomicUsize,
}

/// One connection's place. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    network: Option<Arc<Network>>,
    _one_of_all: OwnedSemaphorePermit,
}

impl Places {
    /// This many places, of which each network may have a share.
    pub(super) fn new(all: usize, share: usize, proxies: TrustedProxies) -> Arc<Self> {
        let all = Arc::new(Semaphore::new(all));
        Arc::new(Self { all, share, proxies, networks: Mutex::default() })
    }

    /// Waits until one of all places is free.
    pub(super) async fn one_of_all(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The place for a connection from `address`; `None` when its network has used up its share.
    pub(super) fn take(self: &Arc<Self>, one: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let place = |network| Place { places: Arc::clone(self), network, _one_of_all: one };
        if self.proxies.contains(address.to_canonical()) {
            return Some(place(None));
        }
        let client = ClientAddress::from(address);
        let key = client.limit_key();
        let mut networks = self.lock();
        let unknown = || Network { key, connections: AtomicUsize::new(0), requests: AtomicUsize::new(0) };
        let network = Arc::clone(networks.known.entry(key).or_insert_with(|| Arc::new(unknown())));
        if network.connections.load(Ordering::Relaxed) < self.share {
            network.connections.fetch_add(1, Ordering::Relaxed);
            return Some(place(Some(network)));
        }
        tell(networks, client, self.share);
        None
    }

    fn lock(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs, at most once in a while, that a network is refused.
fn tell(mut networks: MutexGuard<'_, Networks>, client: ClientAddress, share: usize) {
    if networks.told_at.is_none_or(|at| at.elapsed() >= LOG_INTERVAL) {
        networks.told_at = Some(Instant::now());
        drop(networks);
        tracing::warn!(
            network = ?client,
            share,
            "a network has its share of connections; further ones are closed. A proxy that speaks for many belongs in \
             limits.trusted_proxies"
        );
    }
}

impl Place {
    /// Whether the network has more requests in flight over HTTP/2 than it may have connections.
    pub(super) fn is_network_full(&self) -> bool {
        let full = |network: &Arc<Network>| {
            network.requests.load(Ordering::Relaxed) > self.places.share.max(MIN_REQUESTS_PER_NETWORK)
        };
        let Some(network) = self.network.as_ref().filter(|network| full(network)) else { return false };
        tell(self.places.lock(), ClientAddress::from(network.key), self.places.share);
        true
    }

    /// Counts a request of the network, for [`is_network_full`](Self::is_network_full).
    pub(super) fn request_begins(&self) {
        if let Some(network) = &self.network {
            network.requests.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request of the network as over.
    pub(super) fn request_ends(&self) {
        if let Some(network) = &self.network {
            network.requests.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Requests at once over one HTTP/2 connection.
pub(super) const MAX_STREAMS: u32 = 100;

/// One network may always have this many requests in flight: as many as a browser may send over one connection.
const MIN_REQUESTS_PER_NETWORK: usize = MAX_STREAMS as usize;

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = &self.network else { return };
        let mut networks = self.places.lock();
        if network.connections.fetch_sub(1, Ordering::Relaxed) == 1 {
            networks.known.remove(&network.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(places: &Arc<Places>, address: &str) -> Option<Place> {
        let one = places.one_of_all().await.unwrap();
        places.take(one, address.parse().unwrap())
    }

    #[tokio::test]
    async fn a_network_gets_its_share_and_no_more() {
        let places = Places::new(10, 2, TrustedProxies::new([("10.0.0.0".parse().unwrap(), 8)]));
        let (one, two) = (take(&places, "192.0.2.1").await, take(&places, "::ffff:192.0.2.1").await);
        assert!(one.is_some() && two.is_some());
        assert!(take(&places, "192.0.2.1").await.is_none());
        assert!(take(&places, "192.0.2.2").await.is_some(), "another network");
        let homes = [take(&places, "2001:db8::1").await, take(&places, "2001:db8::2").await];
        assert!(homes.iter().all(Option::is_some));
        assert!(take(&places, "2001:db8::3").await.is_none(), "one /64 is one network (S-RATE-4)");
        let proxied = [
            take(&places, "10.0.0.1").await,
            take(&places, "10.0.0.1").await,
            take(&places, "10.0.0.1").await,
        ];
        assert!(proxied.iter().all(Option::is_some), "a named proxy speaks for many");
        drop(one);
        assert!(take(&places, "192.0.2.1").await.is_some(), "a place that was left is free");
    }

    #[tokio::test]
    async fn what_is_refused_holds_no_place_and_no_memory() {
        let places = Places::new(2, 1, TrustedProxies::default());
        let held = take(&places, "192.0.2.1").await;
        for _ in 0..10 {
            assert!(take(&places, "192.0.2.1").await.is_none());
        }
        drop(held);
        assert!(take(&places, "192.0.2.9").await.is_some());
        assert!(places.lock().known.is_empty());
    }
}
