//! Which work there is, and how an order for it is written down.

use std::time::Duration;

use jobs::JobKind;
use kernel::{MasterKeyId, Purpose, Timestamp};
use names::{Actor, MemberId, OperatedBy, Operation, OperatorReason, Source};
use serde::{Deserialize, Serialize};
use webhooks::ReceiverName;

use crate::operations::long_work::id::WorkId;

/// Parts of work that takes long.
pub static LONG_WORK: JobKind = JobKind {
    name: "long-work",
    purpose: Purpose::new("long-work"),
    sealed_for: |job| job.id.clone(),
    longest_wait: Some(Duration::from_hours(24 * 7)),
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "what an operator ordered that takes long: by whom, from which network, and why",
    kept: "until it is done, 7 days at most",
    erasure: "stays until it is done",
};

const RESEAL: &str = "reseal";

/// Work that takes long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// Webhooks that were given up are sent again.
    ReplayWebhooks(ReceiverName),
    /// Consumers deal again with all dead letters that there are now.
    RetryDeadLetters,
    /// Mails that were given up until now are sent.
    SendMails,
    /// All that is stored is sealed with this master key, by programs whose newest one it is.
    Reseal(MasterKeyId),
}

/// There is no such work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such work")]
pub struct WorkParseError;

impl WorkKind {
    /// Its name in the table, in the API and in the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ReplayWebhooks(_) => "replay-webhooks",
            Self::RetryDeadLetters => "retry-dead-letters",
            Self::SendMails => "send-mails",
            Self::Reseal(_) => RESEAL,
        }
    }

    /// On what it is done; empty where there is only one.
    pub fn object(&self) -> String {
        match self {
            Self::ReplayWebhooks(receiver) => receiver.to_string(),
            Self::Reseal(key) => key.to_string(),
            Self::RetryDeadLetters | Self::SendMails => String::new(),
        }
    }

    /// While work of this key runs, no other is begun.
    pub(crate) fn key(&self) -> String {
        key(self.name(), &self.object())
    }

    /// Reads what the table has.
    pub(crate) fn parse(name: &str, object: &str) -> Result<Self, WorkParseError> {
        match name {
            "replay-webhooks" => ReceiverName::parse(object).map(Self::ReplayWebhooks).ok_or(WorkParseError),
            "retry-dead-letters" => Ok(Self::RetryDeadLetters),
            "send-mails" => Ok(Self::SendMails),
            RESEAL => MasterKeyId::parse(object).map(Self::Reseal).ok_or(WorkParseError),
            _ => Err(WorkParseError),
        }
    }
}

/// Two that seal with two keys would undo what the other did, so of them there is one at a time, whatever the key.
pub(crate) fn key(name: &str, object: &str) -> String {
    if name == RESEAL { format!("{name} ") } else { format!("{name} {object}") }
}

/// An order, as it is in the queue: what is to be done, for whom, and where the next part begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    kind: String,
    object: String,
    begun_at: i64,
    /// Where the next part begins, in the words of its kind.
    pub(crate) place: Option<String>,
    request_id: String,
    network: String,
    user_agent: String,
    member: Option<String>,
    client: Option<String>,
    reason: String,
}

impl Order {
    pub(crate) fn new(id: WorkId, kind: &WorkKind, operation: &Operation, now: Timestamp) -> Self {
        let Source { request_id, network, user_agent, .. } = operation.source.clone();
        Self {
            id: id.to_string(),
            kind: kind.name().to_owned(),
            object: kind.object(),
            begun_at: now.millis(),
            place: None,
            request_id,
            network,
            user_agent,
            member: operation.member().map(|member| member.to_string()),
            client: Some(operation.client().to_owned()).filter(|client| !client.is_empty()),
            reason: operation.reason.as_str().to_owned(),
        }
    }

    /// The same for the next part.
    pub(crate) fn going_on_at(&self, place: String) -> Self {
        Self { place: Some(place), ..self.clone() }
    }

    pub(crate) fn id(&self) -> Result<WorkId, WorkParseError> {
        WorkId::parse(&self.id).map_err(|_| WorkParseError)
    }

    pub(crate) fn kind(&self) -> Result<WorkKind, WorkParseError> {
        WorkKind::parse(&self.kind, &self.object)
    }

    pub(crate) const fn begun_at(&self) -> Timestamp {
        Timestamp::from_millis(self.begun_at)
    }

    /// Who ordered it, and why.
    pub(crate) fn operation(&self) -> Result<Operation, WorkParseError> {
        let source = Source::request(&self.request_id, self.network.clone(), &self.user_agent);
        let by = match (&self.member, &self.client) {
            (Some(member), _) => OperatedBy::Member(MemberId::parse(member).map_err(|_| WorkParseError)?),
            (None, Some(client)) => OperatedBy::Client(client.clone()),
            (None, None) => OperatedBy::CommandLine,
        };
        let reason = OperatorReason::parse(&self.reason).map_err(|_| WorkParseError)?;
        Ok(Operation { source: source.by(Actor::Operator), by, reason })
    }
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;
    use kernel::{NewId as _, SystemClock};

    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let kinds = [
            WorkKind::ReplayWebhooks(ReceiverName::parse("billing").unwrap()),
            WorkKind::RetryDeadLetters,
            WorkKind::SendMails,
            WorkKind::Reseal(MasterKeyId::parse("0badcafe").unwrap()),
        ];
        for kind in kinds {
            for by in [
                OperatedBy::CommandLine,
                OperatedBy::Client("helpdesk".to_owned()),
                OperatedBy::Member(MemberId::new(&SystemClock, &OsRandomness)),
            ] {
                let source = Source::request("r", "203.0.113.0/24".to_owned(), "Firefox").by(Actor::Operator);
                let operation =
                    Operation {
                        source, by: by.clone(), reason: OperatorReason::parse("왜냐하면").unwrap()
                    };
                let id = WorkId::new(&SystemClock, &OsRandomness);
                let order = Order::new(id, &kind, &operation, Timestamp::from_millis(7));
                let text = serde_json::to_string(&order).unwrap();
                let read: Order = serde_json::from_str(&text).unwrap();
                assert_eq!((read.id().unwrap(), read.kind().unwrap()), (id, kind.clone()));
                let again = read.operation().unwrap();
                assert_eq!((again.by, again.reason, again.source), (by, operation.reason, operation.source));
            }
        }
        for (kind, object) in [("replay-webhooks", ""), ("reseal", ""), ("x", "")] {
            assert!(WorkKind::parse(kind, object).is_err(), "{kind}");
        }
    }
}
