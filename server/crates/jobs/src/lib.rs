//! Work that is done later: one queue for all parts, in the database.
//!
//! ```text
//! caller's transaction ── JobQueue::enqueue ──▶ jobs ── Worker ──▶ Handler ── JobQueue::complete ──▶ handler's transaction
//! ```
//!
//! - A job is enqueued in the [transaction](JobQueue::enqueue) of its cause, so it exists only if that commits.
//! - A [worker](Worker) claims jobs of one [kind](JobKind) by a conditional update and holds them for a lease. When the worker
//!   dies, another one takes them over after the lease. Jobs are claimed in the order in which they became due, so that none
//!   waits behind one that always fails.
//! - A [handler](Handler) completes a job in the transaction that stores its changes, so that they are stored once, however
//!   often the job is tried.
//! - A job that fails is tried again after a pause that doubles. After a number of attempts it is dead; an attempt in which the
//!   worker panics or dies counts too. Each job dies once, with an error line and the metric `daemun_jobs_total`.
//! - The secret of a job is [sealed](NewJob::secret), re-sealed with a [new master key](JobQueue::reseal), and wiped when the
//!   job is done or dead.
//!
//! The payload belongs to the flow: the queue never looks into it.
//!
//! # How to add a kind of job
//! A constant [`JobKind`], a [`Handler`], a [`Worker`] that runs, and the kind among the jobs of its part in the program's list
//! of parts.

mod failure_text;
mod handler;
mod job;
mod queue;
mod storage;
mod store;
mod worker;

pub use handler::{Completed, DeathReason, Failure, Handler, Outcome};
pub use job::{Job, JobId, JobKind, NewJob};
pub use queue::{JobError, JobQueue};
pub use storage::STORAGE;
pub use store::{
    JobPlace, JobState, ListedJob, cancel, cancelling, count_dead, count_in, delete_of_owner, is_dead,
    jobs_in, newest_of_owner, oldest_waiting, retry, waiting_of_owner,
};
pub use worker::{Round, Worker, WorkerSettings};
