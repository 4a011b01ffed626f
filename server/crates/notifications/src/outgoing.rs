//! Mails as jobs of the queue.

use std::time::Duration;

use db::{Connection, Database, DbError};
use jobs::{Job, JobKind};
use kernel::{Clock, Purpose, Timestamp};
use names::{EmailAddress, Language};
use serde::{Deserialize, Serialize};

use crate::mail_template::holds_no_token;

const PURPOSE: Purpose = Purpose::new("outgoing-mail");

/// The kind of job that sends a mail. Its owner is the recipient, its secret the content, which may have a link or a code. The
/// row of a sent mail stays for a week, so that its idempotency key prevents another one. The row of a mail that was given up
/// stays for 30 days; until then an operator can retry it if it has no link and no code.
pub static MAIL: JobKind = JobKind {
    name: "mail",
    purpose: PURPOSE,
    sealed_for,
    longest_wait: None,
    keep_done: Some(Duration::from_hours(24 * 7)),
    keep_dead: Some(Duration::from_hours(24 * 30)),
    can_be_retried,
    holds: "mails in the queue: the recipient, and what the mail says **sealed**",
    kept: "the text until it is sent, the row 7 days more; the row 30 days if it was given up, and with it a text without link and code, unless an \
        operator has it sent",
    erasure: "deleted; but those to an address that the member had before, or never proved, stay their time",
};

/// The payload, in the clear.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The code of the language of the mail.
    language: String,
    /// The kind of mail, for metrics and for operators who look at the queue.
    template: String,
}

impl Payload {
    pub(crate) fn new(language: Language, template: &str) -> Self {
        Self { language: language.code().to_owned(), template: template.to_owned() }
    }

    /// `None` when the row cannot be read.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        serde_json::from_str(&job.payload).ok()
    }

    pub(crate) fn language(&self) -> Option<Language> {
        Language::parse(&self.language)
    }

    pub(crate) fn template(self) -> String {
        self.template
    }
}

/// A link or a code is not kept after the last attempt to send it (S-MAIL-12), and would have expired by then.
fn can_be_retried(job: &Job) -> bool {
    Payload::of(job).is_some_and(|payload| holds_no_token(&payload.template))
}

/// Binds the content to recipient and language, so that nobody who can write to the table can redirect a mail (S-KEY-3).
fn sealed_for(job: &Job) -> String {
    let language = Payload::of(job).map(|payload| payload.language).unwrap_or_default();
    let recipient = job.owner.as_deref().unwrap_or_default();
    // The name of an earlier table of mails: what was sealed then must still open.
    format!("outgoing_mails/{}/{language}/{recipient}", job.id)
}

/// When the oldest waiting mail was enqueued; `None` when none waits.
///
/// # Errors
/// When the database refuses.
pub async fn oldest_waiting(connection: &mut Connection) -> Result<Option<Timestamp>, DbError> {
    jobs::oldest_waiting(connection, &MAIL).await
}

/// A mail in the queue, as operators see it, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    /// The kind of mail.
    pub template: String,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// The newest mails to this address, at most `limit`, as long as their rows are kept.
///
/// # Errors
/// When the database refuses.
pub async fn newest_to(
    connection: &mut Connection,
    address: &EmailAddress,
    limit: u32,
) -> Result<Vec<QueuedMail>, DbError> {
    let jobs = jobs::newest_of_owner(connection, &MAIL, address.as_str(), limit).await?;
    let queued = |job: jobs::ListedJob| QueuedMail {
        template: serde_json::from_str::<Payload>(&job.payload).map(Payload::template).unwrap_or_default(),
        state: job.state,
        created_at: job.created_at,
        attempts: job.attempts,
    };
    Ok(jobs.into_iter().map(queued).collect())
}

/// Sets the metric `daemun_mails_oldest_waiting_seconds`: how long the oldest mail has waited. It must not be called by the
/// sender: one that hangs would raise no alert.
///
/// # Errors
/// When the database refuses.
pub async fn measure(db: &Database, clock: &dyn Clock) -> Result<(), DbError> {
    let mut reader = db.read().await?;
    let oldest = oldest_waiting(&mut reader).await?;
    let age = oldest.map_or(0.0, |oldest| clock.now().since(oldest).as_secs_f64());
    metrics::gauge!("daemun_mails_oldest_waiting_seconds").set(age);
    Ok(())
}
