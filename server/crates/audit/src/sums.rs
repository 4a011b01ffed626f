//! How often each kind of event happened in an hour. The first look of operators is drawn from these sums, and never counts the log.
//!
//! A sum is counted in memory when its event is true, and written a few seconds later, together with others: a row that every sign-in
//! changed would make all of them wait for each other. So a process that is killed loses the counts of some seconds, and no more.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use db::{Connection, DbError};
use kernel::Timestamp;
use names::AuditKind;

use crate::event::{NewRow, hour};
use crate::hour_sum::{HourSum, SumOf};
use crate::store::hours;

/// Sums that are still to be written. In the order in which they are: replicas that count up the same rows do not wait in a circle.
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

    /// Takes all that is to be written.
    pub(crate) fn take(&self) -> BTreeMap<SumOf, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes back what could not be written.
    pub(crate) fn give_back(&self, sums: BTreeMap<SumOf, u64>) {
        for (of, times) in sums {
            self.add(of, times);
        }
    }
}

/// How often a kind of event happened in each hour from that of `since` on, in the order of the hours.
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
