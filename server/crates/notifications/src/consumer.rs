//! Mails that account events cause.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{DbError, Transaction};
use events::{Consumer, ConsumerName, Event, HandleError, JoinTime, Payload, Received, Topic, UserLogin};
use names::Language;

use crate::device::Device;
use crate::error::MailError;
use crate::idempotency_key::IdempotencyKey;
use crate::mail_template::MailTemplate;
use crate::mails::{Mail, Mails};
use crate::network::Network;
use crate::recipients::Recipients;
use crate::seen::Places;

/// The name of the consumer.
pub const CONSUMER: ConsumerName = ConsumerName::new("notifications");
/// Its topics. One consumer handles both, so that a member's sign-up is processed before their first sign-in.
pub const TOPICS: &[Topic] = &[Topic::UserSignup, Topic::UserLogin];
/// How old an event from before this consumer joined may be to be told of.
const MAX_AGE_BEFORE_JOIN: Duration = Duration::from_hours(24);

/// Writes a welcome mail to new members, and a notice of sign-ins from a new device or network.
#[derive(Clone, Debug)]
pub struct AccountNews {
    mails: Mails,
    language: Language,
    recipients: Arc<dyn Recipients>,
    joined: JoinTime,
}

impl AccountNews {
    /// A consumer that writes in `language`, since events do not say which one a member reads, to the addresses that `recipients`
    /// returns.
    pub const fn new(mails: Mails, language: Language, recipients: Arc<dyn Recipients>) -> Self {
        Self { mails, language, recipients, joined: JoinTime::new(CONSUMER) }
    }

    fn places(&self, event: &Event) -> Places<'_> {
        // The time of the event: one that arrives late must not extend how long a place is remembered.
        Places { key_ring: &self.mails.key_ring, member: event.key(), now: event.at() }
    }

    async fn signed_in(
        &self,
        tx: &mut Transaction,
        event: &Event,
        login: &UserLogin,
    ) -> Result<(), MailError> {
        let (device, network) = (Device::of(&login.user_agent), Network::of(login.ip_address));
        if self.places(event).note(tx, device, network).await? {
            let template = MailTemplate::NewSignIn { when: event.at(), device, network };
            self.write(tx, event, &template).await?;
        }
        Ok(())
    }

    /// Whether the event is no news any more. A bus may have the events of weeks for a consumer that joins, which are thousands of
    /// mails about what is long over when mails are configured for the first time.
    async fn is_past(&self, tx: &mut Transaction, event: &Event) -> Result<bool, DbError> {
        let is_old = self.mails.clock.now().since(event.at()) > MAX_AGE_BEFORE_JOIN;
        Ok(is_old && self.joined.is_after(tx, event).await?)
    }

    /// Enqueues a mail, unless the event is past or the member has no proven mailbox.
    async fn write(
        &self,
        tx: &mut Transaction,
        event: &Event,
        template: &MailTemplate,
    ) -> Result<(), MailError> {
        if self.is_past(tx, event).await? {
            return Ok(());
        }
        let Some(to) = self.recipients.mailbox_of(tx, event.key()).await? else { return Ok(()) };
        let idempotency_key = Some(IdempotencyKey::event(event.id(), template));
        let mail = Mail { to: &to, language: self.language, template, idempotency_key };
        self.mails.enqueue(tx, mail).await?;
        Ok(())
    }
}

#[async_trait]
impl Consumer for AccountNews {
    fn name(&self) -> ConsumerName {
        CONSUMER
    }

    fn topics(&self) -> &'static [Topic] {
        TOPICS
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        let event = &received.event;
        let done = match event.payload() {
            Payload::UserSignup(_) => {
                self.places(event).expect_first(tx).await?;
                self.write(tx, event, &MailTemplate::Welcome).await
            }
            Payload::UserLogin(login) => self.signed_in(tx, event, login).await,
            // The topics of this consumer have no other events.
            _ => Ok(()),
        };
        done.map_err(|error| match error {
            MailError::Db(error) => HandleError::Db(error),
            other => HandleError::Failed(other.to_string()),
        })
    }
}
