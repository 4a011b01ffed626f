//! What is wrong now, with its cure: one list for the API and the pages.

use std::sync::Arc;
use std::time::Duration;

use db::replicas::{CLOCKS_APART, known};
use db::{Connection, Database, DbError};
use events::outbox;
use gateway::Gateway;
use jobs::JobState;
use kernel::{Clock, Timestamp};
use names::FindingCode;
use webhooks::{Receiver, State};

use crate::operations::bus::BusLook;

/// Events wait for the bus no longer than this, if all is well.
const EVENTS_MAY_WAIT: Duration = Duration::from_mins(1);
/// Consumers, mails and receivers of webhooks are behind no longer than this, if all is well.
const WORK_MAY_WAIT: Duration = Duration::from_mins(5);

/// Something that is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// Where: an upstream, a consumer, a receiver, a replica, or what a broker said.
    pub place: Option<String>,
    /// How many there are of it.
    pub count: Option<i64>,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Finding {
    const fn of(code: FindingCode) -> Self {
        Self { code, place: None, count: None, since: None }
    }

    fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    fn counting(self, count: i64) -> Self {
        Self { count: Some(count), ..self }
    }

    fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }
}

/// What is looked at to find out what is wrong.
pub struct Health {
    /// The database.
    pub db: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The buses.
    pub bus: Arc<dyn BusLook>,
    /// The gateway, which knows its upstreams.
    pub gateway: Gateway,
    /// Who is sent webhooks.
    pub receivers: Arc<[Receiver]>,
}

impl Health {
    /// What is wrong now: outages first, then what somebody should look at soon. That the database is away is a finding.
    pub async fn findings(&self) -> Vec<Finding> {
        let mut findings = self.of_this_program();
        match self.of_the_database().await {
            Ok(found) => findings.extend(found),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
                findings.push(Finding::of(FindingCode::DatabaseAway));
            }
        }
        findings.sort_by_key(|finding| finding.code);
        findings
    }

    fn of_this_program(&self) -> Vec<Finding> {
        let bus = self.bus.problem().map(|problem| Finding::of(FindingCode::BusAway).at(problem));
        let upstreams = self.gateway.upstream_problems().into_iter().map(|problem| match problem.route {
            Some(route) => {
                Finding::of(FindingCode::CircuitOpen).at(format!("{route} → {}", problem.upstream))
            }
            None => Finding::of(FindingCode::UpstreamAway).at(problem.upstream),
        });
        bus.into_iter().chain(upstreams).collect()
    }

    async fn of_the_database(&self) -> Result<Vec<Finding>, DbError> {
        let mut reader = self.db.read().await?;
        let now = self.clock.now();
        let mut findings = self.of_events(&mut reader, now).await?;
        findings.extend(of_mails(&mut reader, now).await?);
        findings.extend(self.of_webhooks(&mut reader, now).await?);
        findings.extend(of_replicas(&mut reader, now).await?);
        drop(reader);
        findings.extend(self.of_consumers(now).await);
        if let Err(error) = self.db.check_writes().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database takes no writes");
            findings.push(Finding::of(FindingCode::DatabaseReadOnly));
        }
        Ok(findings)
    }

    async fn of_events(&self, reader: &mut Connection, now: Timestamp) -> Result<Vec<Finding>, DbError> {
        let oldest = outbox::oldest_unpublished(reader).await?;
        let oldest = oldest.filter(|oldest| now.since(*oldest) > EVENTS_MAY_WAIT);
        let mut findings: Vec<_> =
            oldest.map(|since| Finding::of(FindingCode::EventsWait).since(since)).into_iter().collect();
        let dead = events::count_dead_letters(reader).await?;
        if dead > 0 {
            findings.push(Finding::of(FindingCode::DeadLetters).counting(dead));
        }
        Ok(findings)
    }

    /// As far as the buses tell how old the oldest is.
    async fn of_consumers(&self, now: Timestamp) -> Vec<Finding> {
        let lags = self.bus.lags().await.into_iter().filter_map(|(_, told)| told.ok()).flatten();
        let behind = lags.filter_map(|lag| {
            let since = lag.since.filter(|since| now.since(*since) > WORK_MAY_WAIT)?;
            let place = format!("{} · {}", lag.group, lag.topic);
            Some(Finding::of(FindingCode::ConsumerBehind).at(place).counting(lag.events).since(since))
        });
        behind.collect()
    }

    async fn of_webhooks(&self, reader: &mut Connection, now: Timestamp) -> Result<Vec<Finding>, DbError> {
        let mut findings = Vec::new();
        for receiver in self.receivers.iter() {
            let found = |code| Finding::of(code).at(receiver.name.as_str());
            let waiting = webhooks::in_state(reader, &receiver.name, State::Waiting).await?;
            let late = waiting.filter(|waiting| now.since(waiting.oldest) > WORK_MAY_WAIT);
            findings.extend(
                late.map(|late| found(FindingCode::WebhooksWait).counting(late.count).since(late.oldest)),
            );
            let given_up = webhooks::in_state(reader, &receiver.name, State::GivenUp).await?;
            findings.extend(given_up.map(|given_up| {
                found(FindingCode::WebhooksGivenUp).counting(given_up.count).since(given_up.oldest)
            }));
        }
        Ok(findings)
    }
}

async fn of_mails(reader: &mut Connection, now: Timestamp) -> Result<Vec<Finding>, DbError> {
    let oldest = notifications::oldest_waiting(reader).await?;
    let oldest = oldest.filter(|oldest| now.since(*oldest) > WORK_MAY_WAIT);
    let mut findings: Vec<_> =
        oldest.map(|since| Finding::of(FindingCode::MailsWait).since(since)).into_iter().collect();
    let given_up = notifications::count_queued(reader, JobState::Dead).await?;
    if given_up > 0 {
        findings.push(Finding::of(FindingCode::MailsGivenUp).counting(given_up.into()));
    }
    Ok(findings)
}

async fn of_replicas(reader: &mut Connection, now: Timestamp) -> Result<Vec<Finding>, DbError> {
    let mut replicas = known(reader, now).await?;
    replicas.retain(|known| known.is_beating);
    let mut findings = Vec::new();
    for known in &replicas {
        if Duration::from_millis(known.replica.clock_ahead.unsigned_abs()) > CLOCKS_APART {
            let off = Finding::of(FindingCode::ClockOff).at(known.replica.id.as_str());
            findings.push(off.counting(known.replica.clock_ahead));
        }
    }
    let mut versions: Vec<_> = replicas.into_iter().map(|known| known.replica.version).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        findings.push(Finding::of(FindingCode::VersionsDiffer).at(versions.join(", ")));
    }
    Ok(findings)
}
