//! Enqueues mails.

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
    /// The id of a mail: that of its job, of its Message-ID, and of its entry in the development mailbox.
    MailId
);

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// The recipient.
    pub to: &'a EmailAddress,
    /// The language.
    pub language: Language,
    /// The content.
    pub template: &'a MailTemplate,
    /// What it is sent for; `None` if it cannot be enqueued twice.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Enqueues mails. Cheap to clone.
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

    /// Adds a mail within the caller's transaction, so that it is sent only if that commits. Returns `false`, and adds nothing,
    /// when there is a mail with this idempotency key.
    ///
    /// # Errors
    /// When the database or the key ring refuses.
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
