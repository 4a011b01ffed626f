//! Background work: finding lost upstreams again, health checks, closing idle connections, evicting counts of callers that have
//! not asked for long.

use std::future::Future;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::keep_running;

use crate::gateway::Gateway;
use crate::upstream::Upstream;

const EVICT_INTERVAL: Duration = Duration::from_mins(1);
/// How often idle connections are looked at. Between two looks nobody notices that an upstream has closed one.
const IDLE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

impl Gateway {
    /// Starts the upkeep on `tracker`. When `end` is cancelled it stops, and open WebSockets are closed.
    pub fn start(&self, end: &CancellationToken, tracker: &TaskTracker) {
        let gateway = self.clone();
        keep_running(tracker, end, "gateway upkeep", move |end| gateway.clone().run_upkeep(end));
    }

    /// One round of probes at the upstreams that were lost; returns when each was asked.
    pub async fn probe_lost(&self) {
        self.probe(Upstream::is_lost).await;
    }

    /// One round of health checks at the upstreams in rotation that have a health path.
    pub async fn probe_well(&self) {
        self.probe(|upstream| !upstream.is_lost() && upstream.has_health()).await;
    }

    async fn probe(&self, which: fn(&Upstream) -> bool) {
        let live = self.parts().live.load_full();
        join_all(live.upstreams.values().filter(|upstream| which(upstream)).map(|upstream| upstream.probe()))
            .await;
    }

    async fn run_upkeep(self, end: CancellationToken) {
        let parts = self.parts();
        // Each in its own time: a well upstream that answers slowly must not delay the return of a lost one.
        let lost = repeat(parts.settings.probe_every, || self.probe_lost());
        let well = repeat(parts.settings.health_every, || self.probe_well());
        let evict = repeat(EVICT_INTERVAL, || {
            parts.limits.evict_idle();
            parts.live.load().evict_idle();
            parts.counts.evict_idle();
            std::future::ready(())
        });
        let idle_check = repeat(IDLE_CHECK_INTERVAL, || {
            parts.live.load().upstreams.values().for_each(|upstream| upstream.evict_idle());
            std::future::ready(())
        });
        tokio::select! {
            () = end.cancelled() => {}
            () = idle_check => {}
            () = lost => {}
            () = well => {}
            () = evict => {}
        }
        parts.end.cancel();
        parts.tunnels.close();
        parts.tunnels.wait().await;
    }
}

async fn repeat<F: Future<Output = ()>>(every: Duration, mut task: impl FnMut() -> F) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        task().await;
    }
}
