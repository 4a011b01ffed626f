//! A route at work: its upstreams, and which of them is asked next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use limits::SharedCounts;
use tokio::time::Instant;
use web::pace::PaceLimits;

use crate::breaker::{Breaker, CircuitPermit};
use crate::limits::RouteLimits;
use crate::meter::Meter;
use crate::rule::{Balance, Rule};
use crate::settings::Settings;
use crate::upstream::{Permit, Upstream};

/// A client that sends a byte every ten seconds would hold a place and a request of the service without end (S-RATE-6).
const MIN_BYTES_PER_SECOND: u32 = 1;

/// A rule of the table with what it needs at work: meters, limits, and the upstreams in rotation.
pub(crate) struct Route {
    pub(crate) rule: Arc<Rule>,
    /// The path pattern, for metrics and logs.
    pub(crate) label: Arc<str>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) limits: RouteLimits,
    /// The times of a request's body and of the answer's head.
    pub(crate) pace: PaceLimits,
    targets: Vec<Target>,
    next: AtomicUsize,
}

/// An upstream and the circuit of this route to it: a route that only times out does not take the upstream from others.
struct Target {
    upstream: Arc<Upstream>,
    breaker: Breaker,
}

/// An upstream that was chosen.
pub(crate) struct Choice<'a> {
    pub(crate) permit: Permit,
    pub(crate) circuit: CircuitPermit<'a>,
    place: usize,
}

/// Where one request begins to look for an upstream, and which it has tried already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried {
    first: usize,
    places: u64,
}

impl Tried {
    pub(crate) fn add(&mut self, choice: &Choice<'_>) {
        self.places |= 1 << choice.place;
    }

    const fn has(self, place: usize) -> bool {
        self.places & (1 << place) != 0
    }
}

impl Route {
    pub(crate) fn new(
        rule: Arc<Rule>,
        upstreams: Vec<Arc<Upstream>>,
        settings: &Settings,
        counts: &Arc<SharedCounts>,
    ) -> Self {
        let target = |upstream| Target {
            upstream,
            breaker: Breaker::new(settings.failures_to_open, settings.open_for),
        };
        let label: Arc<str> = rule.path.as_str().into();
        Self {
            meter: Arc::new(Meter::new(&label)),
            label,
            limits: RouteLimits::new(&rule, counts),
            pace: PaceLimits {
                silence: rule.idle_timeout,
                answer: rule.timeout,
                total: settings.upload_time,
                slowest: Some(MIN_BYTES_PER_SECOND),
            },
            targets: upstreams.into_iter().map(target).collect(),
            next: AtomicUsize::new(0),
            rule,
        }
    }

    /// Its upstreams that refuse requests of this route at once, since too many failed.
    pub(crate) fn open_circuits(&self) -> impl Iterator<Item = &Upstream> {
        self.targets.iter().filter(|target| target.breaker.is_open()).map(|target| &*target.upstream)
    }

    /// How many upstreams it has.
    pub(crate) const fn width(&self) -> usize {
        self.targets.len()
    }

    /// The beginning of one request. Its second try does not move on to the next upstream: with two upstreams, every request would
    /// begin at the same one.
    pub(crate) fn begin(&self) -> Tried {
        let first = if self.targets.len() > 1 { self.next.fetch_add(1, Ordering::Relaxed) } else { 0 };
        Tried { first, places: 0 }
    }

    /// An upstream that was not tried, can be reached and has room; or how long there may be none.
    pub(crate) fn choose(&self, now: Instant, mut tried: Tried) -> Result<Choice<'_>, Duration> {
        let count = self.targets.len();
        let mut wait = Duration::from_secs(1);
        loop {
            let mut places = (0..count)
                .map(|step| tried.first.wrapping_add(step) % count)
                .filter(|place| !tried.has(*place));
            let place = match self.rule.balance {
                Balance::RoundRobin => places.next(),
                Balance::LeastBusy => places.min_by_key(|place| self.targets[*place].upstream.load()),
            };
            let Some(place) = place else { return Err(wait) };
            let target = &self.targets[place];
            match (target.breaker.permit(now), target.upstream.permit()) {
                (Ok(circuit), Some(permit)) => return Ok(Choice { permit, circuit, place }),
                (Err(open), _) => wait = wait.min(open),
                (Ok(_), None) => {}
            }
            tried.places |= 1 << place;
        }
    }
}
