//! What publishes: an idempotent producer, whose acknowledgement means that all replicas in sync have the message.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};

use crate::bus::BusError;
use crate::kafka::broker_error::{broker, unmade};
use crate::kafka::broker_list::BrokerList;
use crate::kafka::link::{Link, LinkState, is_denied};
use crate::kafka::watcher::Watcher;
use crate::kafka::{client, header};
use crate::kafka_settings::KafkaSettings;
use crate::publisher::{Acknowledgement, Message, too_long};

type Client = FutureProducer<Watcher>;

/// A client, and whether it still knows of a broker.
struct Made {
    client: Client,
    brokers: BrokerList,
}

/// Sends messages. Its client is made again when it can send no more.
pub(super) struct Producer {
    settings: Arc<KafkaSettings>,
    link: Link,
    made: Mutex<Made>,
}

/// A record for any topic.
pub(super) struct Outgoing<'a> {
    pub(super) topic: &'a str,
    pub(super) key: &'a str,
    pub(super) body: &'a str,
    pub(super) headers: OwnedHeaders,
}

impl Producer {
    pub(super) fn new(settings: Arc<KafkaSettings>, link: Link) -> Result<Self, BusError> {
        let made = Mutex::new(make(&settings, &link)?);
        Ok(Self { settings, link, made })
    }

    /// Publishes events.
    pub(super) async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        let client = self.client()?;
        let sent: Vec<Sent> = batch.iter().map(|message| self.start(&client, message)).collect();
        let results = join_all(sent.into_iter().map(Sent::end)).await;
        self.tell_denials(batch, &results);
        let tried = results.iter().filter_map(|result| result.as_ref().err()).collect::<Vec<_>>();
        if !batch.is_empty() && tried.len() == batch.len() && tried.iter().all(|refusal| refusal.away) {
            return Err(self.away(tried.first().map(|refusal| refusal.reason.as_str()).unwrap_or_default()));
        }
        if results.iter().any(Result::is_ok) {
            self.link.up();
        }
        let answer = |result: Result<(), Refusal>| match result {
            Ok(()) => Acknowledgement::Stored,
            Err(Refusal { reason, .. }) => Acknowledgement::Refused(reason),
        };
        Ok(results.into_iter().map(answer).collect())
    }

    /// Sends one record to any topic, and waits for its acknowledgement.
    pub(super) async fn send(&self, record: Outgoing<'_>) -> Result<(), BusError> {
        let client = self.client()?;
        queue(&client, record).end().await.map_err(|refusal| broker(refusal.reason))
    }

    fn start(&self, client: &Client, message: &Message) -> Sent {
        if let Some(reason) = too_long(message) {
            return Sent::Refused(Refusal { reason, away: false, denied: false });
        }
        let (topic, key) = (self.settings.topic(message.topic), message.key.to_string());
        let headers = header::of(message, &self.settings.source);
        queue(client, Outgoing { topic: &topic, key: &key, body: &message.body, headers })
    }

    /// What we may not write to: librdkafka tells that with each message, and nowhere else.
    fn tell_denials(&self, batch: &[Message], results: &[Result<(), Refusal>]) {
        let denied =
            batch.iter().zip(results).filter(|(_, result)| result.as_ref().is_err_and(|no| no.denied));
        let topics: BTreeSet<_> = denied.map(|(message, _)| message.topic.as_str()).collect();
        for topic in topics {
            self.link.denied(&format!("no right to write to the topic {}{topic}", self.settings.prefix));
        }
    }

    /// The outage, by its name if it is known.
    fn away(&self, reason: &str) -> BusError {
        match self.link.state() {
            LinkState::Down(problem) => broker(problem),
            LinkState::Untried | LinkState::Up => broker(reason.to_owned()),
        }
    }

    fn client(&self) -> Result<Client, BusError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((code, reason)) = made.client.client().fatal_error() {
            tracing::warn!(%code, reason, "the producer cannot send any more and is recreated");
            *made = make(&self.settings, &self.link)?;
        } else if made.brokers.is_lost() {
            tracing::warn!("the producer lost all brokers and is recreated");
            *made = make(&self.settings, &self.link)?;
        }
        Ok(made.client.clone())
    }

    /// Whether the next attempt makes the client again, so that what is known of the connection no longer holds.
    pub(super) fn is_lost(&self) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).brokers.is_lost()
    }
}

fn make(settings: &KafkaSettings, link: &Link) -> Result<Made, BusError> {
    let watcher = Watcher::new(link.clone());
    let brokers = watcher.brokers.clone();
    let client = client::producer(settings).create_with_context(watcher).map_err(unmade)?;
    Ok(Made { client, brokers })
}

/// A record on its way.
enum Sent {
    Queued(DeliveryFuture),
    Refused(Refusal),
}

/// Why a record was not stored.
struct Refusal {
    reason: String,
    /// Whether the record has no part in it.
    away: bool,
    /// Whether it is a right that is missing. Then nothing of that topic goes through, and the record has no part in it either.
    denied: bool,
}

impl From<&KafkaError> for Refusal {
    fn from(error: &KafkaError) -> Self {
        use RDKafkaErrorCode as Code;
        let away = matches!(
            error.rdkafka_error_code(),
            Some(
                Code::MessageTimedOut
                    | Code::QueueFull
                    | Code::BrokerTransportFailure
                    | Code::AllBrokersDown
                    | Code::Authentication
                    | Code::SSL
                    | Code::OperationTimedOut
                    | Code::RequestTimedOut
                    // The client met an error after which it can send no more.
                    | Code::PurgeQueue
                    | Code::PurgeInflight
                    | Code::Fatal
            )
        );
        let denied = is_denied(error);
        Self { reason: error.to_string(), away: away || denied, denied }
    }
}

fn queue(client: &Client, record: Outgoing<'_>) -> Sent {
    let Outgoing { topic, key, body, headers } = record;
    match client.send_result(FutureRecord::to(topic).key(key).payload(body).headers(headers)) {
        Ok(delivery) => Sent::Queued(delivery),
        Err((error, _)) => Sent::Refused(Refusal::from(&error)),
    }
}

impl Sent {
    async fn end(self) -> Result<(), Refusal> {
        match self {
            Self::Refused(refusal) => Err(refusal),
            Self::Queued(delivery) => match delivery.await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err((error, _))) => Err(Refusal::from(&error)),
                Err(_) => Err(Refusal { reason: "the producer ended".to_owned(), away: true, denied: false }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::statistics::Statistics;

    use super::*;

    #[tokio::test]
    async fn s_evt_2_a_producer_that_forgot_all_brokers_is_made_again() {
        let producer = Producer::new(Arc::new(KafkaSettings::default()), Link::default()).unwrap();
        let known = producer.made.lock().unwrap().brokers.clone();
        for _ in 0..3 {
            assert!(!producer.is_lost());
            drop(producer.client().unwrap());
            known.look(&Statistics::default());
        }
        assert!(producer.is_lost());
        drop(producer.client().unwrap());
        assert!(!producer.is_lost() && known.is_lost(), "another client");
    }
}
