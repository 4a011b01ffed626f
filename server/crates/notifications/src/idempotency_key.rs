//! Idempotency keys of mails.

use std::fmt;

use events::EventId;

use crate::mail_template::MailTemplate;

/// The longest key, in bytes.
const MAX_BYTES: usize = 128;

/// What a mail is sent for: an event, a token or a change. One mail is sent for each.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// The text cannot be an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is 1 to 128 printable ASCII characters")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The key with this name, such as `reset/0198…`. It is stored in the clear: use an id, never a token.
    ///
    /// # Errors
    /// When it is empty, too long, or has other characters than printable ASCII.
    pub fn new(name: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=MAX_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(name.to_owned())).ok_or(IdempotencyKeyError)
    }

    /// The key of the mail that `template` writes about an event.
    pub fn event(id: EventId, template: &MailTemplate) -> Self {
        Self(format!("{id}/{}", template.kind()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
