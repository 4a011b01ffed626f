//! Background work of the parts until the program ends, restarted when it fails.

use activity::{FeedWorker, Upkeep};
use members::{FactorResetWorker, Unlinker};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::keep_running;

use crate::services::Services;
use crate::webhooks::courier;

/// Where work goes on alongside the requests.
#[derive(Clone, Copy)]
pub struct Background<'a> {
    /// What the program waits for when it ends.
    pub tasks: &'a TaskTracker,
    /// When it takes no more requests.
    pub end: &'a CancellationToken,
    /// When the last of them is answered.
    pub served: &'a CancellationToken,
}

impl Background<'_> {
    /// Runs `work` until the end, and restarts it when it fails.
    pub fn run<F>(self, name: &'static str, work: impl FnMut(CancellationToken) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        keep_running(self.tasks, self.end, name, work);
    }

    /// Runs `work` until the last request is answered, and restarts it when it fails: what requests rely on, and what writes down what
    /// they leave to be written.
    pub fn run_until_served<F>(
        self,
        name: &'static str,
        work: impl FnMut(CancellationToken) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        keep_running(self.tasks, self.served, name, work);
    }
}

/// Writes down what was refused again and again.
pub fn audit(services: &Services, background: Background<'_>) {
    let audit = services.audit.clone();
    background.run_until_served("audit log", move |end| audit.clone().run(end));
}

/// Does what was answered before, ends grants at providers, and carries out resets of second factors.
pub fn members(services: &Services, background: Background<'_>) {
    let answered = services.members.left_requests.clone();
    background.run("answered requests", move |end| answered.clone().follow(end));
    let resets = services.members.factor_resets.clone();
    background.run("factor resets", move |end| {
        FactorResetWorker::new(resets.clone(), FactorResetWorker::SETTINGS).run(end)
    });
    let (members, providers) = (services.members.clone(), services.sessions.providers.clone());
    background.run("unlinker", move |end| {
        let (context, queue) = (members.context.clone(), members.queue.clone());
        Unlinker::new(context, queue, providers.clone(), Unlinker::SETTINGS).run(end)
    });
}

/// Tells apps of sessions that ended, and gets to know clients that are registered by a command.
pub fn authorization(services: &Services, background: Background<'_>) {
    let (server, queue) = (services.authorization.clone(), services.base.queue());
    let http = services.sessions.providers.http().clone();
    background.run("back-channel logout", move |end| {
        server.clone().tell_of_ended_sessions(queue.clone(), http.clone(), end)
    });
    let server = services.authorization.clone();
    background.run_until_served("registered clients", move |end| server.clone().follow_clients(end));
}

/// Sends webhooks, each receiver's by itself.
pub fn webhooks(services: &Services, background: Background<'_>) {
    for (receiver, post) in services.webhooks.sending() {
        let (receiver, post, base) = (receiver.clone(), post.clone(), services.base.clone());
        background.run("webhooks", move |end| courier(&receiver, &post, &base).run(end));
    }
}

/// Writes down when sessions were used.
pub fn sessions(services: &Services, background: Background<'_>) {
    let uses = services.sessions.uses.clone();
    background.run_until_served("session uses", move |end| uses.clone().follow(end));
}

/// Does work on feeds, and looks after them. Where they are switched off, erasures go on: what somebody wrote before has to go
/// with them.
pub fn activity(services: &Services, background: Background<'_>) {
    let context = services.activity.context.clone();
    let worker = FeedWorker::start(context.clone());
    background.run("feed work", move |end| worker.clone().run(end));
    let upkeep = if services.has_activity { Upkeep::new(context) } else { Upkeep::of_erasures(context) };
    background.run("feed upkeep", move |end| upkeep.clone().run(end));
}
