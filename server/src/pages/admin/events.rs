//! `/admin/events`, and one that a consumer could not deal with.

use std::time::Duration;

use admin::{FindError, Part, PartError};
use audit::AuditFilter;
use contract::views::admin::{ConsumerBehind, DeadLetterEntry, DeadLetterView, EventsView, TopicThatWaits};
use events::DeadLetter;
use names::AuditKind;

use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// How many are shown at once.
pub(super) const PAGE_SIZE: u32 = 30;
/// For how long what somebody asked for is shown to them.
const DISPLAY_LIFETIME: Duration = Duration::from_mins(10);

impl From<PartError> for NoPage {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Place => Self::Nothing,
            PartError::Db(error) => error.into(),
        }
    }
}

impl Load for EventsView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let operations = &visit.parts().operations;
        let state = operations.bus.state().await?;
        let after = visit.query("after");
        let Part { entries, next } = operations.dead_letters_from(after.as_deref(), PAGE_SIZE).await?;
        let waiting = state.waiting.into_iter().map(|waiting| TopicThatWaits {
            topic: waiting.topic,
            events: waiting.events,
            since: visit.moment(waiting.since),
        });
        let lags = state.lags.into_iter().map(|(bus, lag)| ConsumerBehind {
            consumer: lag.group,
            topic: lag.topic,
            bus,
            events: lag.events,
            since: lag.since.map(|since| visit.moment(since)),
        });
        Ok(Self {
            bus: state.bus,
            problem: state.problem,
            waiting: waiting.collect(),
            lags: lags.collect(),
            silent: state.silent.into_iter().map(|(bus, _)| bus).collect(),
            dead_letters: entries.iter().map(|dead| entry(visit, dead)).collect(),
            dead_count: state.dead_letters,
            is_later: after.is_some(),
            next,
        })
    }
}

fn entry(visit: &Visit<'_>, dead: &DeadLetter) -> DeadLetterEntry {
    DeadLetterEntry {
        consumer: dead.group.clone(),
        event: dead.event_id.clone(),
        topic: dead.topic.clone(),
        failures: dead.failures,
        reason: dead.reason.clone(),
        died_at: visit.moment(dead.died_at),
    }
}

/// A part of a path, decoded.
pub(super) fn decoded(part: &str) -> String {
    let pair = format!("part={}", part.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

impl Load for DeadLetterView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let mut parts = visit.uri.path().rsplit('/');
        let (event, consumer) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (event, consumer) = (decoded(event), decoded(consumer));
        let found = visit.parts().operations.dead_letters.find(&event, Some(&consumer)).await;
        let dead = found.map_err(|error| match error {
            FindError::Db(error) => error.into(),
            FindError::Unknown(_) | FindError::Several(_) => NoPage::Nothing,
        })?;
        let is_shown = was_asked_for(visit, &dead).await?;
        Ok(Self {
            entry: entry(visit, &dead),
            member: dead.key,
            origin: dead.origin,
            body: is_shown.then_some(dead.body),
        })
    }
}

/// Whether the viewer asked for what it tells, a moment ago: that is in the audit log.
async fn was_asked_for(visit: &Visit<'_>, dead: &DeadLetter) -> Result<bool, NoPage> {
    let me = visit.member()?.member.id.to_string();
    let filter = AuditFilter {
        kind: Some(AuditKind::DeadLetterRead),
        since: Some(visit.now().minus(DISPLAY_LIFETIME)),
        ..AuditFilter::default()
    };
    let mut reader = visit.parts().operations.db.read().await?;
    let rows = audit::search::newest(&mut reader, &filter, 100).await?;
    let is_mine = |row: &audit::AuditRow| row.operator.as_deref() == Some(&me) && row.object == dead.event_id;
    Ok(rows.iter().any(is_mine))
}
