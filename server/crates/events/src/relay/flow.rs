//! How a relay goes on: while the bus has one batch, the one before it is marked and the next is claimed.
//!
//! Of a member whose event is in hand none is claimed, so batches that follow each other closely keep every order.

use std::time::{Duration, Instant};

use db::DbError;
use tokio_util::sync::CancellationToken;

use crate::outbox;
use crate::relay::batch::{Answered, Batch};
use crate::relay::rounds::{Relay, RelayRound};

/// A bus that takes longer for a batch is not claimed for ahead: what waits would be late.
const QUICK: Duration = Duration::from_millis(500);
/// How often is measured what waits.
const MEASURED: Duration = Duration::from_secs(1);

/// What is in hand.
#[derive(Default)]
struct Flow {
    /// To be published.
    claimed: Option<Batch>,
    /// To be marked.
    answered: Option<Answered>,
    is_slow: bool,
    measured: Option<Instant>,
}

impl Flow {
    const fn is_empty(&self) -> bool {
        self.claimed.is_none() && self.answered.is_none()
    }
}

impl Relay {
    /// Publishes until `end`, and finishes what is in hand then.
    pub async fn run(self, end: CancellationToken) {
        go_on(&self, &end).await;
    }
}

async fn go_on(relay: &Relay, end: &CancellationToken) {
    let mut appended = relay.db.listen(outbox::TABLE);
    let (mut flow, mut failures, mut fails) = (Flow::default(), 0_u32, false);
    while !(end.is_cancelled() && flow.is_empty()) {
        let claims = !fails && !end.is_cancelled();
        match step(relay, &mut flow, claims).await {
            Ok(RelayRound { published: 1.., .. }) => {
                failures = 0;
                // What waited for it can be claimed now.
                continue;
            }
            Ok(round) => fails |= round.refused > 0,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "events wait in the outbox");
                fails = true;
            }
        }
        if !flow.is_empty() {
            continue;
        }
        failures = if fails { failures.saturating_add(1) } else { 0 };
        let pause = relay.settings.back_off.after(failures).max(relay.settings.idle);
        tokio::select! {
            () = end.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
            () = appended.wait(), if !fails => {}
        }
        fails = false;
    }
}

/// Publishes what is claimed, marks what was published, and claims the next, all at once.
async fn step(relay: &Relay, flow: &mut Flow, claims: bool) -> Result<RelayRound, DbError> {
    let (claimed, answered) = (flow.claimed.take(), flow.answered.take());
    let claims = claims && !relay.publisher.is_away() && !(flow.is_slow && claimed.is_some());
    let measures = flow.measured.is_none_or(|measured| measured.elapsed() >= MEASURED);
    let bus = async {
        let Some(batch) = claimed else { return (Ok(None), false) };
        let began = Instant::now();
        (relay.publish(batch).await, began.elapsed() > QUICK)
    };
    let mark = async {
        match answered {
            Some(answered) => relay.settle(answered).await,
            None => Ok(RelayRound::default()),
        }
    };
    let claim = async { if claims { relay.claim().await } else { Ok(None) } };
    let measuring = async { if measures { outbox::measure(&relay.db, &*relay.clock).await } else { Ok(()) } };
    let ((published, is_slow), settled, next, sum) = tokio::join!(bus, mark, claim, measuring);
    if measures {
        flow.measured = Some(Instant::now());
    }
    flow.is_slow = is_slow;
    // What is known of one batch is kept, whatever went wrong with another.
    let mut failed = sum.err();
    flow.answered = published.unwrap_or_else(|error| {
        failed = Some(error);
        None
    });
    flow.claimed = next.unwrap_or_else(|error| {
        failed = Some(error);
        None
    });
    let settled = settled?;
    failed.map_or(Ok(settled), Err)
}
