//! Mails in the queue, as operators see and retry them.

use db::{Connection, DbError, Transaction};
use jobs::{Job, JobPlace, JobState};
use kernel::Timestamp;

use crate::outgoing::{MAIL, Payload};

/// How many mails are counted at most.
pub const MAX_COUNTED: u32 = 10_000;

/// A mail that waits or was given up, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailInQueue {
    /// The id of the mail's job.
    pub id: String,
    /// The recipient.
    pub recipient: String,
    /// The kind of mail.
    pub template: String,
    /// The code of its language.
    pub language: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it is tried next. If it was given up, about when it was tried last.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it can be sent: a mail with a link or a code that was given up has lost its content.
    pub can_be_sent: bool,
    /// What went wrong the last time; no address is in it.
    pub failure: Option<String>,
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
            failure: job.failure().map(str::to_owned),
            id: job.id,
        }
    }
}

/// Waiting mails in the order in which they are due, or mails that were given up, the latest first.
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

/// How many mails are in this state; at most [`MAX_COUNTED`] are counted.
///
/// # Errors
/// When the database refuses.
pub async fn count_queued(connection: &mut Connection, state: JobState) -> Result<u32, DbError> {
    jobs::count_in(connection, &MAIL, state, MAX_COUNTED).await
}

/// How many mails were given up that can be sent again, together with those that were given up after `lately`, whose content may be
/// gone; at most [`MAX_COUNTED`] are counted.
///
/// # Errors
/// When the database refuses.
pub async fn count_given_up(connection: &mut Connection, lately: Option<Timestamp>) -> Result<u32, DbError> {
    jobs::count_dead(connection, &MAIL, lately, MAX_COUNTED).await
}

/// What came of sending a mail again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentAgain {
    /// It waits again, with all its attempts.
    Yes,
    /// Its content is gone: a link or a code was in it.
    Emptied,
    /// No mail with this id was given up.
    Unknown,
}

/// Makes a mail that was given up wait again, with all its attempts.
///
/// # Errors
/// When the database refuses.
pub async fn send_again(tx: &mut Transaction, id: &str, now: Timestamp) -> Result<SentAgain, DbError> {
    if jobs::retry(tx, &MAIL, id, now).await? {
        return Ok(SentAgain::Yes);
    }
    Ok(if jobs::is_dead(tx, &MAIL, id).await? { SentAgain::Emptied } else { SentAgain::Unknown })
}
