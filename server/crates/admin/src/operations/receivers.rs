//! Who is sent webhooks, what became of them, trying one out, and sending again. Each that changes something is in the audit log with the
//! operator and the reason.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Database, DbError, LentTransaction, Transaction};
use events::EventId;
use kernel::{Context, Timestamp};
use names::Operation;
use webhooks::{Answer, LoggedDelivery, Post, Receiver, ReceiverName, State, WantedDeliveries};

/// A receiver, and how far it is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverState {
    /// The receiver's name in the configuration.
    pub name: String,
    /// Where it listens, and what it hears; `None` for one that is no longer configured.
    pub configured: Option<ConfiguredReceiver>,
    /// How much waits for it.
    pub waiting: i64,
    /// Since when the oldest waits.
    pub since: Option<Timestamp>,
    /// How much was given up.
    pub given_up: i64,
}

/// What the configuration says of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredReceiver {
    /// Its address, without what is behind `?`, which may be a secret.
    pub url: String,
    /// What it hears.
    pub topics: Vec<&'static str>,
}

/// What came of sending one again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It goes out again.
    Yes,
    /// It waits already: until this moment, or for the events before it alone.
    Waits(Option<Timestamp>),
    /// The receiver was sent no such event in the last days.
    Unknown,
}

/// Receivers, as operators work with them.
pub struct Receivers {
    /// The database.
    pub db: Database,
    /// The clock, and where random values come from.
    pub context: Context,
    /// Where it is written down.
    pub audit: AuditLog,
    /// Those of the configuration.
    pub receivers: Arc<[Receiver]>,
    /// What sends, where anybody is sent something.
    pub post: Option<Post>,
}

impl Receivers {
    /// All of the configuration, and those for which something is left that are no longer in it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn list(&self) -> Result<Vec<ReceiverState>, DbError> {
        let mut states = Vec::new();
        for receiver in self.receivers.iter() {
            let configured = ConfiguredReceiver {
                url: receiver.place(),
                topics: receiver.topics.iter().map(|topic| topic.as_str()).collect(),
            };
            states.push(self.state_of(receiver.name.as_str(), Some(configured)).await?);
        }
        let known = webhooks::known_receivers(&mut *self.db.read().await?).await?;
        for name in known.iter().filter(|name| self.configured(name).is_none()) {
            states.push(self.state_of(name, None).await?);
        }
        Ok(states)
    }

    async fn state_of(
        &self,
        name: &str,
        configured: Option<ConfiguredReceiver>,
    ) -> Result<ReceiverState, DbError> {
        let mut reader = self.db.read().await?;
        let (mut waiting, mut given_up) = (None, None);
        if let Some(name) = ReceiverName::parse(name) {
            waiting = webhooks::in_state(&mut reader, &name, State::Waiting).await?;
            given_up = webhooks::in_state(&mut reader, &name, State::GivenUp).await?;
        }
        Ok(ReceiverState {
            name: name.to_owned(),
            configured,
            since: waiting.as_ref().map(|tally| tally.oldest),
            waiting: waiting.map_or(0, |tally| tally.count),
            given_up: given_up.map_or(0, |tally| tally.count),
        })
    }

    /// The receiver of this name, if the configuration has one.
    pub fn configured(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|known| known.name.as_str() == name)
    }

    /// Whether the configuration has this receiver, or something is left that was for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_known(&self, name: &ReceiverName) -> Result<bool, DbError> {
        if self.configured(name.as_str()).is_some() {
            return Ok(true);
        }
        let left = webhooks::known_receivers(&mut *self.db.read().await?).await?;
        Ok(left.iter().any(|left| left == name.as_str()))
    }

    /// What was sent last, to whom, and what they answered; without what it tells.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn log(&self, wanted: &WantedDeliveries, limit: u32) -> Result<Vec<LoggedDelivery>, DbError> {
        webhooks::newest(&mut *self.db.read().await?, wanted, limit).await
    }

    /// Sends an event that tells nothing, now; its id, and the answer.
    ///
    /// # Errors
    /// When the database refuses; the receiver has got it by then.
    pub async fn test(
        &self,
        receiver: &Receiver,
        operation: &Operation,
    ) -> Result<(String, Answer), DbError> {
        let Context { clock, randomness } = &self.context;
        let id = EventId::new(&**clock, &**randomness).to_string();
        let answer = match &self.post {
            Some(post) => post.send_test(receiver, &id, clock.now()).await,
            None => Answer::Unreachable("nobody is sent anything".to_owned()),
        };
        let event = AuditEvent::operated(AuditKind::WebhookTested, operation).on(receiver.name.as_str());
        let event = if matches!(answer, Answer::Taken(_)) { event } else { event.failed("not_taken") };
        let note = async |mut tx: LentTransaction| {
            self.audit.record(&mut tx, &event).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.db.transact(note).await?;
        Ok((id, answer))
    }

    /// Has an event sent again that was delivered or given up: for another three days, after what the receiver has had meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replay(
        &self,
        receiver: &ReceiverName,
        event: &str,
        operation: &Operation,
    ) -> Result<Replayed, DbError> {
        // Their column is ASCII, and MySQL refuses to compare it with anything else.
        if !event.is_ascii() {
            return Ok(Replayed::Unknown);
        }
        let work = async |mut tx: LentTransaction| {
            if !webhooks::replay(&mut tx, receiver, event, self.context.now()).await? {
                return Ok(tx.roll_back(false));
            }
            self.note(&mut tx, event, operation).await?;
            Ok::<_, DbError>(tx.commit(true))
        };
        if self.db.transact(work).await? {
            return Ok(Replayed::Yes);
        }
        let waiting = webhooks::of_receiver(&mut *self.db.read().await?, receiver, event).await?;
        Ok(waiting.map_or(Replayed::Unknown, |waiting| Replayed::Waits(waiting.due_at)))
    }

    /// The same with some that were given up, at most `limit`; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn replay_some(
        &self,
        tx: &mut Transaction,
        receiver: &ReceiverName,
        limit: u32,
        operation: &Operation,
    ) -> Result<usize, DbError> {
        let replayed = webhooks::replay_some(tx, receiver, limit, self.context.now()).await?;
        for event in &replayed {
            self.note(tx, event, operation).await?;
        }
        Ok(replayed.len())
    }

    async fn note(&self, tx: &mut Transaction, event: &str, operation: &Operation) -> Result<(), DbError> {
        let replayed = AuditEvent::operated(AuditKind::WebhookReplayed, operation).on(event);
        self.audit.record(tx, &replayed).await
    }
}
