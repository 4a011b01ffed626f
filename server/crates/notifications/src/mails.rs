//! Writing mails into the queue.

use std::sync::Arc;

use db::Transaction;
use jobs::{JobQueue, NewJob};
use kernel::{Clock, KeyRing, Randomness};
use names::{EmailAddress, Language, define_id};

use crate::error::MailError;
use crate::idempotency_key::IdempotencyKey;
use crate::mail_template::MailTemplate;
use crate::outgoing::{MAIL, Payload};

define_id!(
    /// The id of a mail: that of its job, its Message-ID, and its name in the development mailbox.
    MailId
);

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// To whom.
    pub to: &'a EmailAddress,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub template: &'a MailTemplate,
    /// What it is sent for, where the same could come up twice; `None` for what cannot.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Writes mails into the queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mails {
    pub(crate) queue: JobQueue,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

impl Mails {
    /// A queue whose mails are sealed with `key_ring`.
    pub fn new(key_ring: Arc<KeyRing>, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        let queue = JobQueue::new(Arc::clone(&key_ring), Arc::clone(&clock), Arc::clone(&randomness));
        Self { queue, key_ring, clock, randomness }
    }

    /// Adds a mail within the caller's transaction: it goes out exactly if all else in it becomes true. `false` when one
    /// was written for this idempotency key before; then nothing is added.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue(&self, tx: &mut Transaction, mail: Mail<'_>) -> Result<bool, MailError> {
        let plain = serde_json::to_vec(mail.template).map_err(MailError::MailTemplate)?;
        let payload = Payload::new(mail.language, mail.template.kind());
        let payload = serde_json::to_string(&payload).map_err(MailError::MailTemplate)?;
        let job = NewJob::new(&MAIL)
            .idempotency_key(mail.idempotency_key.as_ref().map(IdempotencyKey::as_str))
            .owner(mail.to.as_str())
            .payload(&payload)
            .secret(Some(&plain));
        Ok(self.queue.enqueue(tx, job).await?.is_some())
    }
}
