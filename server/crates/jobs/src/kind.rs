//! What the queue has to know of one kind of job.

use std::time::Duration;

use kernel::Purpose;

use crate::job::Job;

/// A kind of job: a constant of the part whose flow it belongs to.
#[derive(Debug)]
pub struct JobKind {
    /// Its name in the table, in metrics and in logs; at most 32 characters of ASCII.
    pub name: &'static str,
    /// What the secrets of its jobs are sealed for.
    pub purpose: Purpose,
    /// Whom the secret of a job is sealed for: at least its id, so that nobody who can write to the table can give the
    /// secret of one job to another (S-KEY-3). It must be the same before and after an update of the program.
    pub sealed_for: fn(&Job) -> String,
    /// A job that could not be done for so long is dropped. `None` where it waits as long as it takes.
    pub longest_wait: Option<Duration>,
    /// How long a row stays when its job is done; for so long its idempotency key keeps out another one. `None`: it goes at
    /// once.
    pub keep_done: Option<Duration>,
    /// How long a dead job stays, for somebody to look at. `None`: it goes at once.
    pub keep_dead: Option<Duration>,
}
