//! How often somebody may ask.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use kernel::id::Uuid;

use crate::{Rate, Settings};

/// A limit for each key. Without a rate it lets everything through.
pub(crate) struct Limiter<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        Self(rate.map(|rate| RateLimiter::keyed(rate.quota())))
    }

    /// Counts one request of `key`; the error is how long to wait.
    pub(crate) fn count(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }

    /// Forgets keys that have not asked for a while, so that the limiter does not grow.
    pub(crate) fn shrink(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// The limits over all routes. They are this replica's own: what must hold across replicas is the business of the
/// parts that guard accounts.
pub(crate) struct Limits {
    pub(crate) network: Limiter<IpAddr>,
    pub(crate) member: Limiter<Uuid>,
    pub(crate) client: Limiter<Arc<str>>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            network: Limiter::new(settings.rate_per_network),
            member: Limiter::new(settings.rate_per_member),
            client: Limiter::new(settings.rate_per_client),
        }
    }

    pub(crate) fn shrink(&self) {
        self.network.shrink();
        self.member.shrink();
        self.client.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_rate_4_each_key_has_its_own_count_and_is_told_how_long_to_wait() {
        let limiter = Limiter::new(Rate::parse("3/h"));
        for _ in 0..3 {
            assert_eq!(limiter.count(&"alice"), Ok(()));
        }
        let wait = limiter.count(&"alice").unwrap_err();
        assert!(wait > Duration::from_mins(19) && wait <= Duration::from_mins(20), "{wait:?}");
        assert_eq!(limiter.count(&"bob"), Ok(()));
        assert_eq!(Limiter::new(None).count(&"anybody"), Ok(()));
    }
}
