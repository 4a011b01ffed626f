//! Work that is too long for one transaction: jobs in the one queue, each step a transaction of at most a chunk of rows that also
//! says where the next step begins. So a step is done once, a program that is killed loses none, and any number of replicas share
//! the work.

pub(crate) mod job;
pub(crate) mod leave;
pub(crate) mod loud;
pub(crate) mod queue;
pub(crate) mod sleep;
pub(crate) mod spread;
pub(crate) mod trim;
pub(crate) mod wake;
pub(crate) mod worker;

use jobs::{Completed, Job};

use crate::person::PersonNo;

/// What a step came to.
#[derive(Debug)]
pub(crate) struct Stepped {
    /// Whether another worker did it already; then nothing of it is to be stored.
    pub(crate) completed: Completed,
    /// What is to be done next, if anything, and where it ends, if that is known.
    pub(crate) next: Option<Job>,
    pub(crate) ahead: Option<PersonNo>,
}

/// The last of a step's rows, after which the next step begins; `None` when fewer came than were asked for, so that there are
/// no more.
pub(crate) fn last_of_full<T>(rows: &[T], many: u32) -> Option<&T> {
    let is_full = rows.len() >= usize::try_from(many).unwrap_or(usize::MAX);
    rows.last().filter(|_| is_full)
}
