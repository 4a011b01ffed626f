//! Writing mails into the queue.

use kernel::NewId as _;
use std::sync::Arc;

use db::{DbError, Transaction};
use kernel::{Clock, KeyRing, Purpose, Randomness};
use names::{Language, define_id};

use crate::outgoing::{self, NewRow};
use crate::{IdempotencyKey, MailAddress, MailError, MailTemplate};

define_id!(
    /// The id of a mail: its Message-ID, and its name in the development mailbox.
    MailId
);

/// What letters in the queue are sealed with.
pub(crate) const PURPOSE: Purpose = Purpose::new("outgoing-mail");

/// A mail that shall go out.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// To whom.
    pub to: &'a MailAddress,
    /// In which language.
    pub language: Language,
    /// What it says.
    pub letter: &'a MailTemplate,
    /// What it is sent for, where the same could come up twice; `None` for what cannot.
    pub occasion: Option<IdempotencyKey>,
}

/// Writes mails into the queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mails {
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

impl Mails {
    /// A queue whose letters are sealed with `key_ring`.
    pub fn new(key_ring: Arc<KeyRing>, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { key_ring, clock, randomness }
    }

    /// Adds a mail within the caller's transaction: it goes out exactly if all else in it becomes true. `false` when one
    /// was written for this occasion before; then nothing is added.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue(&self, tx: &mut Transaction, mail: Mail<'_>) -> Result<bool, MailError> {
        let id = MailId::new(&*self.clock, &*self.randomness);
        let plain = serde_json::to_vec(mail.letter).map_err(MailError::MailTemplate)?;
        let owner = owner(&id.to_string(), mail.to.as_str(), mail.language.code());
        let sealed = self.key_ring.seal(PURPOSE, &owner, &plain, &*self.randomness)?;
        let occasion = mail.occasion.unwrap_or_else(|| IdempotencyKey::single(id));
        let row =
            NewRow { id, occasion: &occasion, mail: (mail.to, mail.language, mail.letter.kind()), sealed };
        match outgoing::insert(tx, row, self.clock.now()).await {
            Ok(()) => Ok(true),
            Err(DbError::Exists(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whom a sealed letter belongs to: nobody who can write to the table can have it sent to somebody else (S-KEY-3).
pub(crate) fn owner(id: &str, recipient: &str, language: &str) -> String {
    format!("outgoing_mails/{id}/{language}/{recipient}")
}
