//! Mails in the queue, as operators see them and what they do with one.

use db::{Connection, DbError, Transaction};
use jobs::{Job, JobPlace, JobState};
use kernel::Timestamp;

use crate::outgoing::{MAIL, Payload};

/// So many at most are counted.
pub const MOST_COUNTED: u32 = 10_000;

/// A mail that waits, or was given up; without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailInQueue {
    /// Its id.
    pub id: String,
    /// To whom it goes.
    pub recipient: String,
    /// Which kind of mail it is.
    pub template: String,
    /// In which language.
    pub language: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next, if it waits; about when it was tried last, if it was given up.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it can be sent: what a mail says that was given up by an earlier version is gone.
    pub can_be_sent: bool,
}

impl From<Job> for MailInQueue {
    fn from(job: Job) -> Self {
        let payload = Payload::of(&job);
        let language =
            payload.as_ref().and_then(Payload::language).map(|language| language.code().to_owned());
        Self {
            template: payload.map(Payload::template).unwrap_or_default(),
            language: language.unwrap_or_default(),
            recipient: job.owner.clone().unwrap_or_default(),
            created_at: job.created_at,
            due_at: job.due_at(),
            attempts: job.attempts,
            can_be_sent: job.has_secret(),
            id: job.id,
        }
    }
}

/// Mails that wait, what is due first at the beginning; or those that were given up, the last one first.
///
/// # Errors
/// When the database refuses.
pub async fn queued(
    connection: &mut Connection,
    state: JobState,
    after: Option<&JobPlace>,
    limit: u32,
) -> Result<Vec<MailInQueue>, DbError> {
    let jobs = jobs::jobs_in(connection, &MAIL, state, after, limit).await?;
    Ok(jobs.into_iter().map(MailInQueue::from).collect())
}

/// How many there are, counted up to [`MOST_COUNTED`].
///
/// # Errors
/// When the database refuses.
pub async fn count_queued(connection: &mut Connection, state: JobState) -> Result<u32, DbError> {
    jobs::count_in(connection, &MAIL, state, MOST_COUNTED).await
}

/// Has a mail sent that was given up, with all attempts; `false` when there is none with this id that can be.
///
/// # Errors
/// When the database refuses.
pub async fn send_again(tx: &mut Transaction, id: &str, now: Timestamp) -> Result<bool, DbError> {
    jobs::retry(tx, &MAIL, id, now).await
}
