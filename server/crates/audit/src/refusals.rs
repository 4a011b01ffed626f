//! Repeated refusals, counted in memory until they are written together.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::Timestamp;
use kernel::id::Uuid;

use crate::event::{FoldedRow, NewRow, hour};

/// How many rows keep the network of a refusal; further refusals are counted without it.
const MAX_WITH_NETWORK: usize = 2_000;
/// How many rows keep the member or the client whom a refusal concerns.
const MAX_WITH_MEMBER: usize = 4_000;
/// How many first refusals are written at once in a second; further ones wait like repetitions.
const MAX_AT_ONCE_PER_SECOND: u32 = 20;

/// The refusals of this hour, with the counts that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    rows: HashMap<String, Count>,
    /// The second of the latest first refusal, in seconds since the epoch.
    second: i64,
    at_once: u32,
}

#[derive(Debug)]
struct Count {
    row: NewRow,
    waiting: u64,
}

impl Refusals {
    /// Counts a refusal, and returns it if it is to be written at once.
    pub(crate) fn count(&self, row: NewRow) -> Option<FoldedRow> {
        let mut counts = self.lock();
        let (key, row) = counts.keyed(row);
        if let Some(known) = counts.rows.get_mut(&key) {
            known.waiting += 1;
            return None;
        }
        let now = counts.may_write_now(row.at);
        let at_once = now.then(|| FoldedRow { key: key.clone(), row: row.clone(), times: 1 });
        counts.rows.insert(key, Count { row, waiting: u64::from(!now) });
        at_once
    }

    /// Counts a refusal that is never written at once.
    pub(crate) fn count_for_later(&self, row: NewRow) {
        let mut counts = self.lock();
        let (key, row) = counts.keyed(row);
        counts.rows.entry(key).or_insert(Count { row, waiting: 0 }).waiting += 1;
    }

    /// Takes out all counts that wait to be written, and drops the rows of earlier hours.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<FoldedRow> {
        let mut counts = self.lock();
        let waiting = counts
            .rows
            .iter_mut()
            .filter(|(_, count)| count.waiting > 0)
            .map(|(key, count)| FoldedRow {
                key: key.clone(),
                row: count.row.clone(),
                times: std::mem::take(&mut count.waiting),
            })
            .collect();
        counts.rows.retain(|_, count| hour(count.row.at) == hour(now));
        counts.rows.shrink_to(MAX_WITH_NETWORK);
        waiting
    }

    /// Puts back what could not be written.
    pub(crate) fn give_back(&self, rows: Vec<FoldedRow>) {
        let mut counts = self.lock();
        for FoldedRow { key, row, times } in rows {
            counts.rows.entry(key).or_insert(Count { row, waiting: 0 }).waiting += times;
        }
    }

    /// Drops what waits to be written about a member who is erased.
    pub(crate) fn discard(&self, member: Uuid) {
        self.lock().rows.retain(|_, count| count.row.member != Some(member));
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// The key of a refusal. The more rows there are, the less it distinguishes.
    fn keyed(&self, mut row: NewRow) -> (String, NewRow) {
        let mut key = row.fold_key();
        if self.rows.len() >= MAX_WITH_NETWORK && !self.rows.contains_key(&key) {
            row.source.network.clear();
            row.source.user_agent.clear();
            key = row.fold_key();
        }
        if self.rows.len() >= MAX_WITH_MEMBER && !self.rows.contains_key(&key) {
            row.member = None;
            row.client.clear();
            key = row.fold_key();
        }
        (key, row)
    }

    fn may_write_now(&mut self, now: Timestamp) -> bool {
        let second = now.millis().div_euclid(1000);
        if second != self.second {
            (self.second, self.at_once) = (second, 0);
        }
        self.at_once += 1;
        self.at_once <= MAX_AT_ONCE_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::AuditEvent;
    use names::AuditKind;
    use names::Source;

    fn row(network: String, millis: i64) -> NewRow {
        let source = Source::request("request", network, "");
        let event = AuditEvent::new(AuditKind::SignIn, &source).failed("state_unknown").by_method("google");
        NewRow::new(&event, Timestamp::from_millis(millis))
    }

    fn network(number: usize) -> String {
        format!("10.{}.{}.0/24", number / 256, number % 256)
    }

    #[test]
    fn the_first_of_an_hour_is_written_at_once_and_its_repetitions_together() {
        let refusals = Refusals::default();
        let hour = 60 * 60 * 1000;
        assert!(refusals.count(row(network(1), 0)).is_some());
        assert!((0..600).all(|_| refusals.count(row(network(1), 5)).is_none()));
        let waiting = refusals.take(Timestamp::from_millis(10));
        assert_eq!(waiting.iter().map(|folded| folded.times).collect::<Vec<_>>(), [600]);
        assert!(refusals.count(row(network(1), 11)).is_none(), "known until the hour is over");
        assert_eq!(refusals.take(Timestamp::from_millis(hour)).len(), 1);
        assert!(refusals.lock().rows.is_empty(), "forgotten with its hour");
        assert!(refusals.count(row(network(1), hour)).is_some());
    }

    #[test]
    fn s_rate_7_a_known_sender_has_one_row_and_many_of_them_do_not_fill_the_table() {
        let refusals = Refusals::default();
        let refuse = |network: String, member: Option<u128>, client: &str| {
            let source = Source::request("request", network, "");
            let event = AuditEvent::new(AuditKind::AccessDenied, &source).failed("INSUFFICIENT_ROLE");
            let event = event.about_known(member.map(Uuid::from_u128)).with_client(client);
            refusals.count_for_later(NewRow::new(&event, Timestamp::from_millis(0)));
        };
        for n in 0..100 {
            refuse(network(n), Some(1), "");
            refuse(network(n), Some(2), "");
            refuse(network(n), None, "reader");
        }
        let rows = refusals.take(Timestamp::from_millis(1));
        assert_eq!(rows.iter().map(|folded| folded.times).collect::<Vec<_>>(), [100; 3]);
        for n in 0..10_000 {
            refuse(network(0), Some(n), "");
            refuse(network(0), None, &n.to_string());
        }
        let rows = refusals.take(Timestamp::from_millis(1));
        assert!(rows.len() <= MAX_WITH_MEMBER + 2, "{}", rows.len());
        assert_eq!(rows.iter().map(|folded| folded.times).sum::<u64>(), 20_000, "and none is lost");
    }

    #[test]
    fn s_rate_7_neither_the_memory_nor_the_rows_grow_with_networks() {
        let refusals = Refusals::default();
        let at_once = (0..10_000).filter(|n| refusals.count(row(network(*n), 0)).is_some()).count();
        assert_eq!(at_once, MAX_AT_ONCE_PER_SECOND as usize);
        let waiting = refusals.take(Timestamp::from_millis(1));
        assert!(waiting.len() <= MAX_WITH_NETWORK + 1, "{}", waiting.len());
        let all: u64 = waiting.iter().map(|folded| folded.times).sum();
        assert_eq!(all, 10_000 - u64::from(MAX_AT_ONCE_PER_SECOND), "and none is lost");
        refusals.give_back(waiting);
        assert_eq!(
            refusals.take(Timestamp::from_millis(1)).iter().map(|folded| folded.times).sum::<u64>(),
            all
        );
    }
}
