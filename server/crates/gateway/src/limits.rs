//! Which quotas hold over all routes, and for each. No request waits for a count: it is taken in memory, and shared with the
//! other replicas alongside the requests.

use std::fmt::Display;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use ::limits::{LimitExceeded, Quota, SharedCounts, SharedLimiter, SharedTotalLimiter};
use kernel::id::Uuid;

use crate::rule::Rule;
use crate::settings::Settings;

/// A limit for each key. Without a quota it lets everything through.
pub(crate) struct Limiter<K: Hash + Eq>(Option<SharedLimiter<K>>);

impl<K: Hash + Eq + Clone + Display> Limiter<K> {
    pub(crate) fn new(name: &str, quota: Option<Quota>, counts: &Arc<SharedCounts>) -> Self {
        Self(quota.map(|quota| SharedLimiter::new(name, quota, counts)))
    }

    /// Counts one request of `key`.
    pub(crate) fn count(&self, key: &K) -> Result<(), LimitExceeded> {
        self.0.as_ref().map_or(Ok(()), |limiter| limiter.count(key))
    }

    /// Evicts keys that have been idle for a while.
    pub(crate) fn evict_idle(&self) {
        self.0.iter().for_each(SharedLimiter::evict_idle);
    }
}

/// The limits over all routes.
pub(crate) struct Limits {
    pub(crate) network: Limiter<IpAddr>,
    pub(crate) member: Limiter<Uuid>,
    pub(crate) client: Limiter<Arc<str>>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, counts: &Arc<SharedCounts>) -> Self {
        Self {
            network: Limiter::new("gateway.network", settings.rate_per_network, counts),
            member: Limiter::new("gateway.member", settings.rate_per_member, counts),
            client: Limiter::new("gateway.client", settings.rate_per_client, counts),
        }
    }

    pub(crate) fn evict_idle(&self) {
        self.network.evict_idle();
        self.member.evict_idle();
        self.client.evict_idle();
    }
}

/// How many requests a member, and all together, may send to one route.
pub(crate) struct RouteLimits {
    pub(crate) member: Limiter<Uuid>,
    all: Option<SharedTotalLimiter>,
}

impl RouteLimits {
    /// A route is the same at every replica, and after a start, if its methods and its path are.
    pub(crate) fn new(rule: &Rule, counts: &Arc<SharedCounts>) -> Self {
        let methods: Vec<&str> = rule.methods.iter().map(http::Method::as_str).collect();
        let name = |limit: &str| format!("gateway.{limit} {} {}", methods.join(","), rule.path);
        let all = |quota| SharedTotalLimiter::new(&name("route"), quota, counts);
        Self {
            member: Limiter::new(&name("route-member"), rule.rate_per_member, counts),
            all: rule.rate.map(all),
        }
    }

    /// Counts one request of the route, from anybody.
    pub(crate) fn count(&self) -> Result<(), LimitExceeded> {
        self.all.as_ref().map_or(Ok(()), SharedTotalLimiter::count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use ::limits::LimitContext;
    use kernel::{KeyRing, MasterKey, OsRandomness};
    use testkit::HandClock;

    #[test]
    fn s_rate_4_each_key_has_its_own_count_and_is_told_how_long_to_wait() {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let clock: Arc<HandClock> = Arc::default();
        let counts = Arc::new(SharedCounts::new(LimitContext::new(&ring, clock.clone())));
        let limiter = Limiter::new("test", Quota::parse("3/h"), &counts);
        for _ in 0..3 {
            assert_eq!(limiter.count(&"alice"), Ok(()));
        }
        assert_eq!(limiter.count(&"alice"), Err(LimitExceeded { retry_after: Duration::from_mins(20) }));
        assert_eq!(limiter.count(&"bob"), Ok(()));
        assert_eq!(Limiter::new("none", None, &counts).count(&"anybody"), Ok(()));
        clock.advance(Duration::from_mins(20));
        assert_eq!(limiter.count(&"alice"), Ok(()));
    }
}
