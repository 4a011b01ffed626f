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

/// The last of a step's rows, after which the next step begins; `None` when fewer came than were asked for, so that there are
/// no more.
pub(crate) fn last_of_full<T>(rows: &[T], many: u32) -> Option<&T> {
    let is_full = rows.len() >= usize::try_from(many).unwrap_or(usize::MAX);
    rows.last().filter(|_| is_full)
}
