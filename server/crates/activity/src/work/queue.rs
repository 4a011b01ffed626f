//! How work gets into the queue.

use std::time::Duration;

use db::Transaction;
use jobs::{Job, NewJob};

use crate::context::Context;
use crate::failure::Failure;
use crate::work::job::{FEED_WORK, FeedWork};

/// Adds work within the caller's transaction, unless the same waits.
pub(crate) async fn add(context: &Context, tx: &mut Transaction, work: &FeedWork) -> Result<(), Failure> {
    add_later(context, tx, work, Duration::ZERO).await?;
    Ok(())
}

/// The same for work that nobody else takes before a while.
pub(crate) async fn add_later(
    context: &Context,
    tx: &mut Transaction,
    work: &FeedWork,
    delay: Duration,
) -> Result<Option<Job>, Failure> {
    let payload = payload(work)?;
    let key = work.key();
    let job = NewJob::new(&FEED_WORK).idempotency_key(Some(&key)).payload(&payload).delay(delay);
    Ok(context.queue.enqueue(tx, job).await?)
}

/// Work as the queue has it.
pub(crate) fn payload(work: &FeedWork) -> Result<String, Failure> {
    Ok(serde_json::to_string(work).map_err(|_| db::DbError::Unreadable { column: "jobs.payload" })?)
}
