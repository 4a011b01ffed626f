//! How often each kind of event happened in an hour. The operators' first page is drawn from these sums and never counts rows of
//! the log.
//!
//! Sums are counted in memory after the event's transaction committed, and written together a few seconds later: if every
//! sign-in updated the same row, sign-ins would wait for each other. A process that is killed loses the counts of a few seconds.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use db::{Connection, DbError};
use kernel::Timestamp;
use names::AuditKind;

use crate::event::{NewRow, hour};
use crate::hour_sum::{HourSum, SumOf};
use crate::store::hours;

/// Sums that wait to be written. They are sorted, so that all replicas lock rows in the same order and do not deadlock.
#[derive(Debug, Default)]
pub(crate) struct Sums(Mutex<BTreeMap<SumOf, u64>>);

impl Sums {
    /// Counts an event.
    pub(crate) fn count(&self, row: &NewRow, times: u64) {
        let of = SumOf {
            kind: row.kind.as_str(),
            hour: hour(row.at),
            method: row.provider.clone(),
            outcome: row.outcome.as_str(),
        };
        self.add(of, times);
    }

    fn add(&self, of: SumOf, times: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(of).or_default() += times;
    }

    /// Takes out all sums that wait to be written.
    pub(crate) fn take(&self) -> BTreeMap<SumOf, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be written.
    pub(crate) fn give_back(&self, sums: BTreeMap<SumOf, u64>) {
        for (of, times) in sums {
            self.add(of, times);
        }
    }
}

/// How often a kind of event happened in each hour, from the hour of `since` on, in the order of time.
///
/// # Errors
/// When the database refuses.
pub async fn by_hour(
    connection: &mut Connection,
    kind: AuditKind,
    since: Timestamp,
) -> Result<Vec<HourSum>, DbError> {
    hours::since(connection, kind, hour(since)).await
}
