//! One transaction of a consumer: the effects of events, and the notes of them.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use db::Transaction;
use futures::FutureExt as _;
use kernel::Timestamp;

use crate::attempt::{Attempt, failed, plain};
use crate::consumer::{Consumer, HandleError, Received};
use crate::event_id::EventId;
use crate::inbox;

/// After so long, a transaction takes in no further event: on SQLite it holds the only writer.
const MAX_TRANSACTION_TIME: Duration = Duration::from_millis(20);
/// What comes after so many may be so many times as many.
const BATCH_GROWTH: usize = 4;

/// How a consumer deals with events in a transaction.
pub(crate) struct Effects<'a> {
    pub(crate) consumer: &'a dyn Consumer,
    pub(crate) now: Timestamp,
    /// For one call of the consumer.
    pub(crate) time_out: Duration,
    /// Whether the inbox is asked before.
    pub(crate) looks: bool,
}

impl Effects<'_> {
    /// Deals with one event; whether it was now. The note first: who deals with the same event at the same time waits for it.
    pub(crate) async fn alone(&self, tx: &mut Transaction, one: &Received) -> Result<bool, Attempt> {
        let first = inbox::insert(tx, self.consumer.name(), one.event.id(), self.now).await?;
        if first {
            self.handle(tx, &[one]).await?;
        }
        Ok(first)
    }

    /// Deals with the first of these, and with as many more as there is time for; says of each of them whether it was now. Their
    /// notes come before the effects and in few statements. Where one was noted already, nothing of it may become true.
    pub(crate) async fn together(
        &self,
        tx: &mut Transaction,
        events: &[&Received],
    ) -> Result<Vec<bool>, Attempt> {
        let seen = if self.looks { self.seen(tx, events).await? } else { HashSet::new() };
        let (began, mut done) = (Instant::now(), Vec::with_capacity(events.len()));
        while let Some(left) = events.get(done.len()..).filter(|left| !left.is_empty()) {
            let fit = fit(done.len(), began.elapsed());
            if fit == 0 {
                break;
            }
            let some = left.iter().take(if fit < left.len() { inbox::in_full_statements(fit) } else { fit });
            let new: Vec<&Received> =
                some.clone().filter(|one| !seen.contains(&one.event.id())).copied().collect();
            let ids: Vec<_> = new.iter().map(|one| one.event.id()).collect();
            if !inbox::insert_all(tx, self.consumer.name(), &ids, self.now).await? {
                return Err(Attempt::Repeated);
            }
            self.handle(tx, &new).await?;
            done.extend(some.map(|one| !seen.contains(&one.event.id())));
        }
        Ok(done)
    }

    async fn seen(&self, tx: &mut Transaction, events: &[&Received]) -> Result<HashSet<EventId>, Attempt> {
        let ids: Vec<_> = events.iter().map(|one| one.event.id()).collect();
        Ok(inbox::seen(tx, self.consumer.name(), &ids).await?)
    }

    /// Lets the consumer act on those that it wants.
    async fn handle(&self, tx: &mut Transaction, new: &[&Received]) -> Result<(), Attempt> {
        let topics = self.consumer.topics();
        let wanted: Vec<&Received> =
            new.iter().filter(|one| topics.contains(&one.event.topic())).copied().collect();
        let handle = match &wanted[..] {
            [] => return Ok(()),
            [one] => self.consumer.handle(tx, one),
            several => self.consumer.handle_all(tx, several),
        };
        let work = AssertUnwindSafe(handle).catch_unwind();
        match tokio::time::timeout(self.time_out, work).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(HandleError::Db(error)))) => Err(error.into()),
            Ok(Ok(Err(error @ HandleError::Failed(_)))) => Err(Attempt::Failed(failed(&error))),
            Ok(Err(_)) => Err(Attempt::Failed(plain("the consumer panicked"))),
            Err(_) => Err(Attempt::Failed(plain("the consumer took too long"))),
        }
    }
}

/// How many more fit into a transaction that has dealt with `done` in this time: one at first, since what an effect takes is not
/// known before, and then as many as there should be time for.
fn fit(done: usize, took: Duration) -> usize {
    let left = MAX_TRANSACTION_TIME.saturating_sub(took).as_micros();
    if done == 0 || left == 0 {
        return usize::from(done == 0);
    }
    let fit = u128::try_from(done).unwrap_or(1) * left / took.as_micros().max(1);
    usize::try_from(fit).unwrap_or(usize::MAX).clamp(1, done * BATCH_GROWTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_grows_while_there_is_time() {
        let millis = Duration::from_millis;
        assert_eq!(fit(0, Duration::ZERO), 1);
        assert_eq!(fit(1, Duration::from_micros(300)), 4, "no more than a few times as many");
        assert_eq!(fit(85, millis(2)), 340);
        assert_eq!(fit(85, millis(10)), 85, "as many as there is time for");
        assert_eq!(fit(1, millis(19)), 1);
        for late in [20, 50] {
            assert_eq!(fit(1, millis(late)), 0);
        }
        let statements = [3, 15, 16, 100, 340].map(inbox::in_full_statements);
        assert_eq!(statements, [3, 12, 16, 64, 256]);
    }
}
