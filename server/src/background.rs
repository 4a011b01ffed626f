//! What works beside the requests until the program ends, each begun again should it fail.

use std::sync::Arc;

use db::Database;
use events::{Bus, Relay, RelaySettings};
use kernel::Clock;
use limits::{LimitSync, SharedCounts};
use members::{Members, Unlinker};
use sessions::Sessions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::keep_running;

use crate::cleaner::Cleaner;
use crate::watch::Watch;

/// What all of it needs.
#[derive(Clone, Copy)]
pub(crate) struct Background<'a> {
    pub(crate) db: &'a Database,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) tasks: &'a TaskTracker,
    pub(crate) end: &'a CancellationToken,
}

impl Background<'_> {
    /// Exchanges the gateway's limits with the other replicas; `started` has read theirs already.
    pub(crate) fn run_limits(self, started: LimitSync, counts: Arc<SharedCounts>) {
        let (mut started, db, clock) = (Some(started), self.db.clone(), Arc::clone(self.clock));
        keep_running(self.tasks, self.end, "limit sync", move |end| {
            let another = || LimitSync::new(db.clone(), Arc::clone(&clock), Arc::clone(&counts));
            started.take().unwrap_or_else(another).run(end)
        });
    }

    /// What sessions and accounts leave to be done, the cleaner, and the watch over all.
    pub(crate) fn run_accounts(self, sessions: &Sessions, members: &Members, cleaner: &Cleaner) {
        let uses = sessions.clone();
        keep_running(self.tasks, self.end, "session uses", move |end| uses.clone().follow_uses(end));
        let answered = members.left_requests.clone();
        keep_running(self.tasks, self.end, "answered requests", move |end| answered.clone().follow(end));
        let audit = cleaner.audit.clone();
        keep_running(self.tasks, self.end, "audit log", move |end| audit.clone().run(end));
        let (members, providers) = (members.clone(), sessions.providers().clone());
        keep_running(self.tasks, self.end, "unlinker", move |end| {
            let (context, queue) = (members.context.clone(), members.queue.clone());
            Unlinker::new(context, queue, providers.clone(), Unlinker::SETTINGS).run(end)
        });
        let cleaner = cleaner.clone();
        keep_running(self.tasks, self.end, "cleaner", move |end| cleaner.clone().run(end));
        let (db, clock) = (self.db.clone(), Arc::clone(self.clock));
        keep_running(self.tasks, self.end, "watch", move |end| {
            Watch { db: db.clone(), clock: Arc::clone(&clock) }.run(end)
        });
    }

    /// Publishes events. Anyone who subscribes must have done so before.
    pub(crate) fn run_relay(self, bus: &Arc<dyn Bus>) {
        let (db, bus, clock) = (self.db.clone(), Arc::clone(bus), Arc::clone(self.clock));
        keep_running(self.tasks, self.end, "relay", move |end| {
            Relay::new(db.clone(), Arc::clone(&bus), Arc::clone(&clock), RelaySettings::default()).run(end)
        });
    }
}
