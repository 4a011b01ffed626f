//! How often somebody may ask.
//!
//! No request waits for a count: it is taken in memory, and the [book](LimitBook) is shared with the other replicas beside
//! the requests.

use std::fmt::Display;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use kernel::id::Uuid;
use web::{LimitBook, SingleLimiter};

use crate::rule::Rule;
use crate::{Rate, Settings};

/// A limit for each key. Without a rate it lets everything through.
pub(crate) struct Limiter<K: Hash + Eq>(Option<web::Limiter<K>>);

impl<K: Hash + Eq + Clone + Display> Limiter<K> {
    pub(crate) fn new(name: &str, rate: Option<Rate>, book: &Arc<LimitBook>) -> Self {
        Self(rate.map(|rate| web::Limiter::new(name, rate.allowance(), book)))
    }

    /// Counts one request of `key`; the error is how long to wait.
    pub(crate) fn count(&self, key: &K) -> Result<(), Duration> {
        self.0.as_ref().map_or(Ok(()), |limiter| limiter.count(key).map_err(|too_many| too_many.0))
    }

    /// Forgets keys that have not asked for a while, so that the limiter does not grow.
    pub(crate) fn evict_idle(&self) {
        self.0.iter().for_each(web::Limiter::evict_idle);
    }
}

/// The limits over all routes.
pub(crate) struct Limits {
    pub(crate) network: Limiter<IpAddr>,
    pub(crate) member: Limiter<Uuid>,
    pub(crate) client: Limiter<Arc<str>>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, book: &Arc<LimitBook>) -> Self {
        Self {
            network: Limiter::new("gateway.network", settings.rate_per_network, book),
            member: Limiter::new("gateway.member", settings.rate_per_member, book),
            client: Limiter::new("gateway.client", settings.rate_per_client, book),
        }
    }

    pub(crate) fn evict_idle(&self) {
        self.network.evict_idle();
        self.member.evict_idle();
        self.client.evict_idle();
    }
}

/// The limits of one route.
pub(crate) struct RouteLimits {
    pub(crate) member: Limiter<Uuid>,
    all: Option<SingleLimiter>,
}

impl RouteLimits {
    /// A route is the same at every replica, and after a start, if its methods and its path are.
    pub(crate) fn new(rule: &Rule, book: &Arc<LimitBook>) -> Self {
        let methods: Vec<&str> = rule.methods.iter().map(http::Method::as_str).collect();
        let name = |limit: &str| format!("gateway.{limit} {} {}", methods.join(","), rule.path);
        let all = |rate: Rate| SingleLimiter::new(&name("route"), rate.allowance(), book);
        Self {
            member: Limiter::new(&name("route-member"), rule.rate_per_member, book),
            all: rule.rate.map(all),
        }
    }

    /// Counts one request of the route, whoever sends it; the error is how long to wait.
    pub(crate) fn count(&self) -> Result<(), Duration> {
        self.all.as_ref().map_or(Ok(()), |limiter| limiter.count().map_err(|too_many| too_many.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{KeyRing, LimitKeys, MasterKey, OsRandomness};
    use testkit::HandClock;

    #[test]
    fn s_rate_4_each_key_has_its_own_count_and_is_told_how_long_to_wait() {
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let clock: Arc<HandClock> = Arc::default();
        let book = Arc::new(LimitBook::new(LimitKeys::new(Arc::new(ring)), clock.clone()));
        let limiter = Limiter::new("test", Rate::parse("3/h"), &book);
        for _ in 0..3 {
            assert_eq!(limiter.count(&"alice"), Ok(()));
        }
        assert_eq!(limiter.count(&"alice"), Err(Duration::from_mins(20)));
        assert_eq!(limiter.count(&"bob"), Ok(()));
        assert_eq!(Limiter::new("none", None, &book).count(&"anybody"), Ok(()));
        clock.advance(Duration::from_mins(20));
        assert_eq!(limiter.count(&"alice"), Ok(()));
    }
}
