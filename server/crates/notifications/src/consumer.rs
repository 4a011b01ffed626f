//! What account events make us write.

use std::sync::Arc;

use async_trait::async_trait;
use db::Transaction;
use events::{Consumer, ConsumerName, Event, HandleError, Payload, Received, Topic, UserLogin};
use names::Language;

use crate::device::Device;
use crate::error::MailError;
use crate::idempotency_key::IdempotencyKey;
use crate::mail_template::MailTemplate;
use crate::mails::{Mail, Mails};
use crate::network::Network;
use crate::recipients::Recipients;
use crate::seen::Places;

/// The name under which account events are processed here.
pub const CONSUMER: ConsumerName = ConsumerName::new("notifications");
/// What is heard. One consumer for both, so that a member's sign-up is processed before their first login.
pub const TOPICS: &[Topic] = &[Topic::UserSignup, Topic::UserLogin];

/// Writes the welcome to a new member, and a notice of a sign-in from a place that was not seen before.
#[derive(Clone, Debug)]
pub struct AccountNews {
    mails: Mails,
    language: Language,
    recipients: Arc<dyn Recipients>,
}

impl AccountNews {
    /// Events do not say which language somebody reads; the mails about them are written in `language`, and go to the addresses
    /// that `recipients` knows.
    pub const fn new(mails: Mails, language: Language, recipients: Arc<dyn Recipients>) -> Self {
        Self { mails, language, recipients }
    }

    fn places(&self, event: &Event) -> Places<'_> {
        // By the time of the event: one that comes late must not make a place look fresh.
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

    /// Somebody without a mailbox that was proven gets none.
    async fn write(
        &self,
        tx: &mut Transaction,
        event: &Event,
        template: &MailTemplate,
    ) -> Result<(), MailError> {
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
            // Nothing else comes: this consumer asks for two topics.
            _ => Ok(()),
        };
        done.map_err(|error| match error {
            MailError::Db(error) => HandleError::Db(error),
            other => HandleError::Failed(other.to_string()),
        })
    }
}
