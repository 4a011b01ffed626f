//! The filter with which operators search the log.

use kernel::id::Uuid;
use kernel::{RowCursor, Timestamp};

use names::{Actor, AuditKind};

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only rows about this member.
    pub member: Option<Uuid>,
    /// Only this kind.
    pub kind: Option<AuditKind>,
    /// Only this actor.
    pub actor: Option<Actor>,
    /// Only what this operator did.
    pub operator: Option<OperatorWanted>,
    /// The earliest moment.
    pub since: Option<Timestamp>,
    /// The end of the time span; a row of this moment is not in it.
    pub until: Option<Timestamp>,
}

/// The operator to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorWanted {
    /// A member who administers.
    Member(Uuid),
    /// A client that administers, by its id.
    Client(String),
}

impl AuditFilter {
    pub(crate) fn operator_id(&self) -> String {
        match &self.operator {
            Some(OperatorWanted::Member(member)) => member.to_string(),
            _ => String::new(),
        }
    }

    pub(crate) fn client_id(&self) -> &str {
        match &self.operator {
            Some(OperatorWanted::Client(id)) => id,
            _ => "",
        }
    }

    /// The actors to search. With an operator in the filter, only [`Actor::Operator`] is left.
    pub(crate) fn actors(&self) -> Vec<Actor> {
        let asked = self.actor.map_or(Actor::ALL.to_vec(), |actor| vec![actor]);
        let only_operators = self.operator.is_some();
        asked.into_iter().filter(|actor| !only_operators || *actor == Actor::Operator).collect()
    }

    /// The bounds of the rows that come after `after`.
    pub(crate) fn bounds(&self, after: Option<RowCursor>) -> Bounds {
        let until = self.until.map_or(i64::MAX, Timestamp::millis);
        let (moment, id) =
            after.map_or((i64::MAX, String::new()), |row| (row.at.millis(), row.id.to_string()));
        let since = self.since.map_or(i64::MIN, Timestamp::millis);
        Bounds { since, last: moment.min(until.saturating_sub(1)), moment, id }
    }
}

/// The bounds of a search, in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The earliest moment.
    pub(crate) since: i64,
    /// The latest moment.
    pub(crate) last: i64,
    /// Of the rows of this moment, only those with an id less than `id` are wanted.
    pub(crate) moment: i64,
    pub(crate) id: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn rows_come_from_the_end_of_the_span_or_from_the_row_that_was_shown_last() {
        let moment = |hours| Timestamp::from_millis(1_768_739_696_000).plus(Duration::from_hours(hours));
        let filter = AuditFilter { since: Some(moment(0)), until: Some(moment(5)), ..AuditFilter::default() };
        let all = filter.bounds(None);
        assert_eq!((all.since, all.last), (moment(0).millis(), moment(5).millis() - 1));
        let row = RowCursor { at: moment(3), id: Uuid::from_u128(7) };
        let later = filter.bounds(Some(row));
        assert_eq!(
            (later.last, later.moment, later.id),
            (moment(3).millis(), moment(3).millis(), row.id.to_string())
        );
        let unbounded = AuditFilter::default().bounds(None);
        assert!(unbounded.since == i64::MIN && unbounded.last < unbounded.moment);
    }

    #[test]
    fn an_operator_who_is_looked_for_acted_as_one() {
        let operator = Some(OperatorWanted::Client("helpdesk".to_owned()));
        let of = |actor| AuditFilter { actor, operator: operator.clone(), ..AuditFilter::default() }.actors();
        assert_eq!(of(None), [Actor::Operator]);
        assert_eq!(of(Some(Actor::Member)), []);
        assert_eq!(AuditFilter::default().actors(), Actor::ALL);
    }
}
