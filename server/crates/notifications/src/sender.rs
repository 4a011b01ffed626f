//! The sender: delivers the mails of the queue.

use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use jobs::{Completed, Failure, Handler, Job, Outcome, Round, Worker, WorkerSettings};
use kernel::BackOff;
use names::EmailAddress;
use tokio_util::sync::CancellationToken;
use web::PublicOrigin;

use crate::error::MailError;
use crate::mailbox;
use crate::mails::{MailId, Mails};
use crate::outgoing::{MAIL, Payload};
use crate::rendered::{Envelope, RenderedMail};
use crate::smtp::{SendError, Smtp};

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Into the [development mailbox](mailbox).
    Mailbox,
    /// To a mail server.
    Smtp(Smtp),
}

/// Sends waiting mails. Any number of senders may run on one database.
#[derive(Clone, Debug)]
pub struct Sender(Worker<Delivery>);

impl Sender {
    /// The default settings. Twice the timeout of the mail server, times `batch` divided by `parallel`, must be shorter than the lease.
    pub const SETTINGS: WorkerSettings = WorkerSettings {
        batch: 4,
        parallel: 4,
        idle: Duration::from_millis(250),
        lease: Duration::from_secs(30),
        attempts: 14,
        back_off: BackOff { least: Duration::from_secs(15), most: Duration::from_hours(1) },
    };

    /// A sender that signs mails with the address of `site`.
    pub fn new(
        db: Database,
        mails: Mails,
        site: PublicOrigin,
        transport: Transport,
        settings: WorkerSettings,
    ) -> Self {
        let queue = mails.queue.clone();
        let delivery = Delivery { db: db.clone(), mails, site, transport };
        Self(Worker::new(db, queue, &MAIL, delivery, settings))
    }

    /// Sends until `end`. A round that has begun is finished first.
    pub async fn run(self, end: CancellationToken) {
        self.0.run(end).await;
    }

    /// Sends one batch.
    ///
    /// # Errors
    /// When the database cannot be reached. A mail that was not marked as sent is sent again when its lease ends.
    pub async fn round(&self) -> Result<Round, DbError> {
        self.0.round().await
    }
}

/// Delivers one mail.
#[derive(Clone, Debug)]
struct Delivery {
    db: Database,
    mails: Mails,
    site: PublicOrigin,
    transport: Transport,
}

impl Delivery {
    fn open(&self, job: &Job) -> Result<(MailId, EmailAddress, RenderedMail), MailError> {
        let unreadable = |column| MailError::Db(DbError::Unreadable { column });
        let id = MailId::parse(&job.id).map_err(|_| unreadable("jobs.id"))?;
        let to = job.owner.as_deref().and_then(kernel::email_address::read);
        let to = to.ok_or_else(|| unreadable("jobs.owner"))?;
        let language = Payload::of(job).and_then(|payload| payload.language());
        let language = language.ok_or_else(|| unreadable("jobs.payload"))?;
        let plain = self.mails.queue.open(job)?.ok_or_else(|| unreadable("jobs.sealed"))?;
        let template = serde_json::from_slice(&plain).map_err(MailError::MailTemplate)?;
        Ok((id, to, RenderedMail::of(&template, language, &self.site)?))
    }

    /// Marks the mail as sent and puts it into the mailbox in one transaction, so that it is there once.
    async fn put_into_mailbox(&self, job: &Job, mail: &RenderedMail) -> Result<Completed, MailError> {
        let put = async |mut tx: LentTransaction| {
            let completed = self.mails.queue.complete(&mut tx, job).await?;
            if completed.first() {
                mailbox::insert(&mut tx, &self.mails, job, mail).await?;
            }
            Ok::<_, MailError>(tx.commit(completed))
        };
        self.db.transact(put).await
    }

    /// Marks the mail as sent. This is done at once, so that a crash rarely sends it twice.
    async fn mark_sent(&self, job: &Job) -> Result<Completed, DbError> {
        let complete = async |mut tx: LentTransaction| {
            let completed = self.mails.queue.complete(&mut tx, job).await?;
            Ok(tx.commit(completed))
        };
        self.db.transact(complete).await
    }
}

impl Handler for Delivery {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        let (id, to, mail) = self.open(job)?;
        match &self.transport {
            Transport::Mailbox => Ok(self.put_into_mailbox(job, &mail).await?),
            Transport::Smtp(smtp) => {
                let envelope = Envelope { id, from: smtp.from(), to: &to, at: job.created_at };
                smtp.send(&mail, &envelope).await?;
                Ok(self.mark_sent(job).await?)
            }
        }
    }

    fn count(&self, job: &Job, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Done => "sent",
            Outcome::Postponed => "postponed",
            Outcome::Dead => "failed",
        };
        let kind = Payload::of(job).map_or_else(|| "unknown".to_owned(), Payload::template);
        metrics::counter!("daemun_mails_total", "kind" => kind, "outcome" => outcome).increment(1);
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Later(reason) => Self::Later(reason),
            SendError::Never(reason) => Self::Never(reason.into()),
        }
    }
}
