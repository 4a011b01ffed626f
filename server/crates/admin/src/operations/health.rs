//! What is wrong now, with its cure: one list for the API and the pages.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use audit::{AuditKind, HourSum};
use db::replicas::{MAX_CLOCK_SKEW, ReplicaRow, beating};
use db::{Connection, Database, DbError};
use events::outbox;
use gateway::Gateway;
use kernel::{Clock, Timestamp};
use names::{FindingCode, Role};
use webhooks::{Receiver, State};

use crate::operations::bus::BusLook;

/// Events wait for the bus no longer than this, if all is well.
const MAX_EVENT_AGE: Duration = Duration::from_secs(30);
/// Consumers, mails and receivers of webhooks are behind no longer than this, if all is well.
const MAX_WORK_AGE: Duration = Duration::from_mins(5);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// From how many sign-ins in an hour on their failures mean something.
const MIN_SIGN_INS: u64 = 20;
/// So many administrators are enough.
const ENOUGH_ADMINISTRATORS: u32 = 2;

/// Something that is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// Where: an upstream, a consumer, a receiver, a replica, or what a broker said.
    pub place: Option<String>,
    /// How many there are of it; of sign-ins, how many in a hundred; of a clock, how many milliseconds it is ahead.
    pub count: Option<i64>,
    /// Since when the problem lasts, where that is known.
    pub since: Option<Timestamp>,
    /// Of a setting, what `daemun check` says of it.
    pub said: Option<Said>,
}

/// What is wrong with a setting, and what to do about it, in the words of `daemun check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

impl Finding {
    const fn of(code: FindingCode) -> Self {
        Self { code, place: None, count: None, since: None, said: None }
    }

    fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    fn counting(self, count: i64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// What `daemun check` says of a setting, which is named by its key and where it is written.
    pub fn of_setting(place: String, said: Said) -> Self {
        Self { said: Some(said), ..Self::of(FindingCode::Setting).at(place) }
    }

    fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }
}

/// What is doubtful in settings. They are looked at when they are read, and not each time somebody asks.
#[derive(Debug, Default)]
pub struct SettingFindings(RwLock<Arc<[Finding]>>);

impl SettingFindings {
    /// Takes over what was found in settings that were read now, in place of what was known of those whose place begins so.
    pub fn replace(&self, place: &str, found: impl IntoIterator<Item = Finding>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_kept =
            |known: &&Finding| !known.place.as_deref().is_some_and(|known| known.starts_with(place));
        let kept: Vec<_> = known.iter().filter(is_kept).cloned().collect();
        *known = kept.into_iter().chain(found).collect();
    }

    fn all(&self) -> Arc<[Finding]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is looked at to find out what is wrong.
pub struct Health {
    /// What was found in the settings that this program runs with.
    pub settings: SettingFindings,
    /// The database.
    pub db: Database,
    /// The clock, which tests move.
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
        bus.into_iter().chain(upstreams).chain(self.settings.all().iter().cloned()).collect()
    }

    async fn of_the_database(&self) -> Result<Vec<Finding>, DbError> {
        let mut reader = self.db.read().await?;
        let now = self.clock.now();
        let mut findings = self.of_events(&mut reader, now).await?;
        findings.extend(of_mails(&mut reader, now).await?);
        findings.extend(self.of_webhooks(&mut reader, now).await?);
        findings.extend(of_replicas(beating(&mut reader, now).await?));
        findings.extend(of_accounts(&mut reader, now).await?);
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
        let oldest = oldest.filter(|oldest| now.since(*oldest) > MAX_EVENT_AGE);
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
            let since = lag.since.filter(|since| now.since(*since) > MAX_WORK_AGE)?;
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
            let late = waiting.filter(|waiting| now.since(waiting.oldest) > MAX_WORK_AGE);
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
    let oldest = oldest.filter(|oldest| now.since(*oldest) > MAX_WORK_AGE);
    let mut findings: Vec<_> =
        oldest.map(|since| Finding::of(FindingCode::MailsWait).since(since)).into_iter().collect();
    // Those without content can only be known of, so they are said for a day.
    let given_up = notifications::count_given_up(reader, Some(now.minus(DAY))).await?;
    if given_up > 0 {
        findings.push(Finding::of(FindingCode::MailsGivenUp).counting(given_up.into()));
    }
    Ok(findings)
}

/// Those that were heard lately.
fn of_replicas(replicas: Vec<ReplicaRow>) -> Vec<Finding> {
    if replicas.is_empty() {
        return vec![Finding::of(FindingCode::NoReplica)];
    }
    let mut findings = Vec::new();
    for replica in &replicas {
        if Duration::from_millis(replica.clock_ahead.unsigned_abs()) > MAX_CLOCK_SKEW {
            let off = Finding::of(FindingCode::ClockOff).at(replica.id.as_str());
            findings.push(off.counting(replica.clock_ahead));
        }
    }
    let mut versions: Vec<_> = replicas.into_iter().map(|replica| replica.version).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        findings.push(Finding::of(FindingCode::VersionsDiffer).at(versions.join(", ")));
    }
    findings
}

async fn of_accounts(reader: &mut Connection, now: Timestamp) -> Result<Vec<Finding>, DbError> {
    let sums = audit::sums::by_hour(reader, AuditKind::SignIn, now.minus(HOUR)).await?;
    let mut findings: Vec<_> = of_sign_ins(&sums, now).into_iter().collect();
    let administrators = members::active_holders(reader, &Role::ADMIN, ENOUGH_ADMINISTRATORS).await?;
    if administrators < i64::from(ENOUGH_ADMINISTRATORS) {
        findings.push(Finding::of(FindingCode::FewAdministrators).counting(administrators));
    }
    Ok(findings)
}

/// Of the last hour that is over: the one that runs may have only just begun.
fn of_sign_ins(sums: &[HourSum], now: Timestamp) -> Option<Finding> {
    let times = |succeeded: bool| -> u64 {
        let full = sums.iter().filter(|sum| now.since(sum.hour) >= HOUR && now.since(sum.hour) < HOUR * 2);
        full.filter(|sum| sum.succeeded == succeeded).map(|sum| sum.times).sum()
    };
    let failed = times(false);
    let all = failed + times(true);
    let percent = (failed * 100).checked_div(all)?;
    let fails = all >= MIN_SIGN_INS && failed * 2 > all;
    fails.then(|| Finding::of(FindingCode::SignInsFail).counting(i64::try_from(percent).unwrap_or(100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica(id: &str, version: &str, clock_ahead: i64) -> ReplicaRow {
        let at = Timestamp::from_millis(0);
        ReplicaRow {
            id: id.to_owned(),
            version: version.to_owned(),
            started_at: at,
            beat_at: at,
            clock_ahead,
            newest_key: None,
        }
    }

    #[test]
    fn replicas_are_there_in_one_version_and_at_one_time() {
        let wrong = |replicas: &[ReplicaRow]| -> Vec<_> {
            let told = |finding: Finding| (finding.code, finding.place.unwrap_or_default(), finding.count);
            of_replicas(replicas.to_vec()).into_iter().map(told).collect()
        };
        let (a, b) = (replica("a", "1", 0), replica("b", "1", 2000));
        assert_eq!(wrong(&[]), [(FindingCode::NoReplica, String::new(), None)]);
        assert_eq!(wrong(&[a.clone(), b]), []);
        assert_eq!(
            wrong(&[a, replica("b", "2", -2001)]),
            [
                (FindingCode::ClockOff, "b".to_owned(), Some(-2001)),
                (FindingCode::VersionsDiffer, "1, 2".to_owned(), None),
            ]
        );
    }

    #[test]
    fn what_was_found_in_settings_is_replaced_where_they_are_read_again() {
        let of = |place: &str, problem: &str| {
            let said = Said { problem: problem.to_owned(), cure: String::new() };
            Finding::of_setting(place.to_owned(), said)
        };
        let findings = SettingFindings::default();
        findings.replace("", [of("clients[0].scopes", "first"), of("gateway.routes[0].scope", "first")]);
        findings.replace("gateway.", [of("gateway.routes[1].scope", "again")]);
        let all = [of("clients[0].scopes", "first"), of("gateway.routes[1].scope", "again")];
        assert_eq!(*findings.all(), all);
        findings.replace("", []);
        assert_eq!(*findings.all(), []);
    }

    #[test]
    fn sign_ins_fail_when_more_than_half_of_many_did_in_the_last_full_hour() {
        let of = |hour: i64, succeeded, times| HourSum {
            hour: Timestamp::from_millis(hour * 60 * 60 * 1000),
            method: "google".to_owned(),
            succeeded,
            times,
        };
        let now = Timestamp::from_millis(10 * 60 * 60 * 1000 + 1);
        let percent = |sums: &[HourSum]| of_sign_ins(sums, now).and_then(|finding| finding.count);
        assert_eq!(percent(&[of(9, false, 11), of(9, true, 9)]), Some(55));
        assert_eq!(percent(&[of(9, false, 10), of(9, true, 10)]), None, "not more than half");
        assert_eq!(percent(&[of(9, false, 10), of(9, true, 9)]), None, "few");
        assert_eq!(percent(&[of(10, false, 99), of(8, false, 99)]), None, "another hour");
        assert_eq!(percent(&[]), None);
    }
}
