//! An audit event, as the part in which it happens describes it.

use kernel::Timestamp;
use kernel::id::Uuid;
use names::{Actor, AuditKind, MemberId, Operation, Source};

/// Whether what the row is about succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Success,
    /// It failed, for the reason with this code.
    Failure(&'static str),
}

impl Outcome {
    /// The name in table, log and metric.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure(_) => "failure",
        }
    }

    /// Why it failed; empty on success.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Success => "",
            Self::Failure(reason) => reason,
        }
    }
}

/// An event. As made by [`Self::new`], it is a success and concerns nobody in particular.
#[derive(Clone, Debug)]
#[must_use = "it is in no log before it is recorded"]
pub struct AuditEvent<'a> {
    pub(crate) kind: AuditKind,
    pub(crate) outcome: Outcome,
    pub(crate) member: Option<Uuid>,
    pub(crate) provider: &'a str,
    pub(crate) client: &'a str,
    pub(crate) object: &'a str,
    pub(crate) operation: Option<&'a Operation>,
    pub(crate) source: &'a Source,
}

impl<'a> AuditEvent<'a> {
    /// An event of this kind, with who caused it and from where.
    pub const fn new(kind: AuditKind, source: &'a Source) -> Self {
        Self {
            kind,
            outcome: Outcome::Success,
            member: None,
            provider: "",
            client: "",
            object: "",
            operation: None,
            source,
        }
    }

    /// An event that an operator caused, with the reason they gave.
    pub const fn operated(kind: AuditKind, operation: &'a Operation) -> Self {
        Self { operation: Some(operation), ..Self::new(kind, &operation.source) }
    }

    /// Sets what it acted on besides the member, such as a role.
    pub const fn on(mut self, object: &'a str) -> Self {
        self.object = object;
        self
    }

    /// Makes it a failure, with the code of its reason.
    pub const fn failed(self, reason: &'static str) -> Self {
        self.ended(Outcome::Failure(reason))
    }

    /// Sets whether it succeeded; otherwise with which reason.
    pub const fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Sets the member whom it is about.
    pub const fn about(mut self, member: Uuid) -> Self {
        self.member = Some(member);
        self
    }

    /// Sets the member whom it is about, if one is known.
    pub const fn about_known(mut self, member: Option<Uuid>) -> Self {
        self.member = member;
        self
    }

    /// Sets the id of the OAuth client that it concerns.
    pub const fn with_client(mut self, id: &'a str) -> Self {
        self.client = id;
        self
    }

    /// Sets the sign-in method: a provider's name, `password` or `passkey`.
    pub const fn by_method(mut self, name: &'a str) -> Self {
        self.provider = name;
        self
    }
}

/// The hour of a moment, counted from the epoch. Repetitions within an hour share a row.
pub(crate) const fn hour(at: Timestamp) -> i64 {
    at.millis().div_euclid(60 * 60 * 1000)
}

/// A row that repetitions share, and how many there were since it was last written.
#[derive(Clone, Debug)]
pub(crate) struct FoldedRow {
    /// What the repetitions have in common.
    pub(crate) key: String,
    pub(crate) row: NewRow,
    pub(crate) times: u64,
}

/// A row to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub(crate) at: Timestamp,
    pub(crate) kind: AuditKind,
    pub(crate) outcome: Outcome,
    pub(crate) member: Option<Uuid>,
    pub(crate) provider: String,
    pub(crate) client: String,
    pub(crate) object: String,
    /// Which member acted as an operator.
    pub(crate) operator: Option<Uuid>,
    pub(crate) note: String,
    pub(crate) source: Source,
}

impl NewRow {
    /// The row for an event that happens now.
    pub(crate) fn new(event: &AuditEvent<'_>, now: Timestamp) -> Self {
        let AuditEvent { kind, outcome, member, provider, client, object, operation, source } = *event;
        Self {
            at: now,
            kind,
            outcome,
            member,
            provider: provider.to_owned(),
            client: if client.is_empty() { operation.map_or("", Operation::client) } else { client }
                .to_owned(),
            object: object.to_owned(),
            operator: operation.and_then(Operation::member).map(MemberId::uuid),
            note: operation.map(|operation| operation.reason.as_str().to_owned()).unwrap_or_default(),
            source: source.clone(),
        }
    }

    /// Increments the metric `daemun_security_events_total`, for alerts.
    pub(crate) fn count(&self) {
        let labels = [("kind", self.kind.as_str()), ("outcome", self.outcome.as_str())];
        metrics::counter!("daemun_security_events_total", &labels).increment(1);
    }

    /// Whether a person or client that nobody knows caused it.
    pub(crate) const fn is_anonymous(&self) -> bool {
        self.member.is_none() && matches!(self.source.actor, Actor::Member | Actor::Client)
    }

    /// What repetitions have in common. All of it is in other columns of the row as well.
    pub(crate) fn fold_key(&self) -> String {
        let is_refusal = matches!(self.kind, AuditKind::AccessDenied | AuditKind::LimitExceeded);
        let is_known = self.member.is_some() || !self.client.is_empty();
        let Self { at, kind, outcome, member, provider, client, source, .. } = self;
        let member = member.map(|member| member.to_string()).unwrap_or_default();
        let (kind, result, reason) = (kind.as_str(), outcome.as_str(), outcome.reason());
        let Source { actor, network, .. } = source;
        // Who is known and refused has one row from wherever they come: with many networks they could fill the table.
        let network = if is_refusal && is_known { "" } else { network.as_str() };
        format!(
            "{kind} {} {result} {reason} {provider} {client} {member} {network} {}",
            actor.as_str(),
            hour(*at)
        )
    }

    /// Writes it to the program's log.
    pub(crate) fn log(&self, times: u64) {
        tracing::info!(
            event = self.kind.as_str(),
            outcome = self.outcome.as_str(),
            reason = self.outcome.reason(),
            actor = self.source.actor.as_str(),
            member_id = self.member.map(tracing::field::display),
            provider = self.provider,
            client_id = self.client,
            object = self.object,
            operator_id = self.operator.map(tracing::field::display),
            network = self.source.network,
            times,
            "security event"
        );
    }
}
