//! How a relay goes on: it claims, publishes and marks at once, each as soon as there is something for it, so that an event waits for
//! no batch but its own.
//!
//! Of a member whose event is in hand none is claimed, so batches that are on their way together keep every order.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::{Duration, Instant};

use db::DbError;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::outbox;
use crate::relay::batch::{Answered, Batch, Found};
use crate::relay::round::RelayRound;
use crate::relay::rounds::Relay;

/// So many batches are on their way to the bus at most.
const BATCHES: usize = 2;
/// A bus that takes longer for a batch is not claimed for ahead: what waits would be late.
const MAX_AHEAD_DELAY: Duration = Duration::from_millis(500);
/// How often is measured what waits.
const MEASURE_INTERVAL: Duration = Duration::from_secs(1);

type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the bus did with a batch, and whether it was slow.
type Published = (Result<Option<Answered>, DbError>, bool);

/// What a relay does at the moment.
struct Flow<'a> {
    relay: &'a Relay,
    claim: Option<Doing<'a, Result<Found, DbError>>>,
    publish: FuturesUnordered<Doing<'a, Published>>,
    mark: Option<Doing<'a, Result<RelayRound, DbError>>>,
    measure: Option<Doing<'a, Result<(), DbError>>>,
    /// To be published.
    claimed: Option<Batch>,
    /// To be marked.
    answered: VecDeque<Answered>,
    /// Whether there may be something to claim.
    may_find: bool,
    is_slow: bool,
    /// Whether something did not succeed: then nothing is claimed until all else is done, and a while after.
    fails: bool,
    /// How often that was so in a row.
    failures: u32,
    measured: Option<Instant>,
}

impl Relay {
    /// Publishes until `end`, and finishes what is in hand then.
    pub async fn run(self, end: CancellationToken) {
        go_on(&self, &end).await;
    }
}

async fn go_on(relay: &Relay, end: &CancellationToken) {
    let mut appended = relay.db.listen(outbox::TABLE);
    let mut flow = Flow::of(relay);
    loop {
        flow.start(end.is_cancelled());
        if flow.is_idle() {
            if end.is_cancelled() {
                return;
            }
            tokio::select! {
                () = end.cancelled() => {}
                () = tokio::time::sleep(flow.pause()) => {}
                () = appended.wait(), if !flow.fails => {}
            }
            (flow.fails, flow.may_find) = (false, true);
            continue;
        }
        tokio::select! {
            batch = finished(&mut flow.claim) => flow.was_claimed(batch),
            Some((answered, is_slow)) = flow.publish.next() => flow.was_published(answered, is_slow),
            round = finished(&mut flow.mark) => flow.was_marked(round),
            sum = finished(&mut flow.measure) => flow.note(sum),
            () = appended.wait(), if !flow.may_find => flow.may_find = true,
        }
    }
}

/// Waits for what is being done, if anything is.
async fn finished<T>(doing: &mut Option<Doing<'_, T>>) -> T {
    let Some(work) = doing else { return std::future::pending().await };
    let done = work.await;
    *doing = None;
    done
}

impl<'a> Flow<'a> {
    fn of(relay: &'a Relay) -> Self {
        Self {
            relay,
            claim: None,
            publish: FuturesUnordered::new(),
            mark: None,
            measure: None,
            claimed: None,
            answered: VecDeque::new(),
            may_find: true,
            is_slow: false,
            fails: false,
            failures: 0,
            measured: None,
        }
    }

    fn is_idle(&self) -> bool {
        self.claim.is_none() && self.publish.is_empty() && self.mark.is_none() && self.measure.is_none()
    }

    /// Begins whatever can be begun; once it is to end, with nothing new.
    fn start(&mut self, ends: bool) {
        let relay = self.relay;
        if self.mark.is_none()
            && let Some(answered) = self.answered.pop_front()
        {
            self.mark = Some(Box::pin(relay.settle(answered)));
        }
        if self.publish.len() < BATCHES
            && self.answered.is_empty()
            && let Some(batch) = self.claimed.take()
        {
            self.publish.push(Box::pin(async {
                let began = Instant::now();
                (relay.publish(batch).await, began.elapsed() > MAX_AHEAD_DELAY)
            }));
        }
        if !ends && self.claims() {
            self.may_find = false;
            self.claim = Some(Box::pin(relay.claim()));
        }
        if self.measure.is_none()
            && self.measured.is_none_or(|measured| measured.elapsed() >= MEASURE_INTERVAL)
        {
            self.measured = Some(Instant::now());
            self.measure = Some(Box::pin(outbox::measure(&relay.db, &*relay.clock)));
        }
    }

    fn claims(&self) -> bool {
        let waits = self.is_slow && !self.publish.is_empty();
        let is_free = self.claim.is_none() && self.claimed.is_none() && !waits;
        is_free && self.may_find && !self.fails && !self.relay.publisher.is_away()
    }

    fn was_claimed(&mut self, found: Result<Found, DbError>) {
        match found {
            Ok(Found::Nothing) => {}
            Ok(Found::Published(round)) => self.was_marked(Ok(round)),
            Ok(Found::Batch(batch)) => {
                // There is more than fits into one.
                let most = usize::try_from(self.relay.settings.batch).unwrap_or(usize::MAX);
                self.may_find |= batch.len() >= most;
                self.claimed = Some(batch);
            }
            Err(error) => self.note(Err(error)),
        }
    }

    fn was_published(&mut self, answered: Result<Option<Answered>, DbError>, is_slow: bool) {
        self.is_slow = is_slow;
        match answered {
            Ok(answered) => self.answered.extend(answered),
            Err(error) => self.note(Err(error)),
        }
    }

    fn was_marked(&mut self, round: Result<RelayRound, DbError>) {
        match round {
            // What waited for it can be claimed now.
            Ok(RelayRound { published: 1.., .. }) => (self.failures, self.may_find) = (0, true),
            Ok(round) => self.fails |= round.refused > 0,
            Err(error) => self.note(Err(error)),
        }
    }

    fn note(&mut self, done: Result<(), DbError>) {
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "events wait in the outbox");
            self.fails = true;
        }
    }

    /// How long nothing is done when there is nothing to do.
    fn pause(&mut self) -> Duration {
        self.failures = if self.fails { self.failures.saturating_add(1) } else { 0 };
        let settings = &self.relay.settings;
        settings.back_off.after(self.failures).max(settings.idle)
    }
}
