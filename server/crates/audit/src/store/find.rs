//! Searches for operators. Each statement reads along one index, newest first, from the cursor on. Rows of the same moment are
//! in the order of their ids, greatest first.

use std::cmp::Reverse;

use db::{Connection, DbError, query};
use kernel::RowCursor;
use names::{Actor, AuditKind};

use crate::filter::{AuditFilter, Bounds};
use crate::row::{AuditRow, AuditRowId};
use crate::store::read::row_of;

db::statements! {
    ONE = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE id = ?";
    OF_MEMBER = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE member_id = ? AND at >= ? AND at <= ? AND (at < ? OR id < ?) AND (? = '' OR kind = ?) AND (? = '' OR actor = ?) \
        AND (? = '' OR operator_id = ?) AND (? = '' OR client_id = ?) ORDER BY at DESC, id DESC LIMIT ?";
    OF_OPERATOR = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE operator_id = ? AND at >= ? AND at <= ? AND (at < ? OR id < ?) AND (? = '' OR kind = ?) \
        ORDER BY at DESC, id DESC LIMIT ?";
    /// Selects the ids first, which are in the index, so that MariaDB begins at the cursor. For whole rows it would begin at the
    /// newest row and read all that were shown before.
    OF_KIND = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE id IN \
        (SELECT id FROM (SELECT id FROM audit_events WHERE kind = ? AND actor = ? AND at >= ? AND at <= ? AND (at < ? OR id < ?) ORDER BY at DESC, id DESC LIMIT ?) part) \
        ORDER BY at DESC, id DESC";
    OF_ACTOR = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE id IN \
        (SELECT id FROM (SELECT id FROM audit_events WHERE actor = ? AND at >= ? AND at <= ? AND (at < ? OR id < ?) ORDER BY at DESC, id DESC LIMIT ?) part) \
        ORDER BY at DESC, id DESC";
    /// Reads along the rows of operators, which are few.
    OF_CLIENT = "SELECT id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, times FROM audit_events WHERE actor = 'operator' AND at >= ? AND at <= ? AND (at < ? OR id < ?) AND client_id = ? AND (? = '' OR kind = ?) \
        ORDER BY at DESC, id DESC LIMIT ?";
}

/// The row of this id; `None` if it is gone or never was.
pub(crate) async fn one(connection: &mut Connection, row: AuditRowId) -> Result<Option<AuditRow>, DbError> {
    let found = query(ONE).bind(row.to_string()).fetch_optional(connection).await?;
    found.as_ref().map(row_of).transpose()
}

/// At most `limit` rows that match `filter`, newest first.
pub(crate) async fn rows(
    connection: &mut Connection,
    filter: &AuditFilter,
    after: Option<RowCursor>,
    limit: u32,
) -> Result<Vec<AuditRow>, DbError> {
    let search = Search { filter, bounds: filter.bounds(after), limit: i64::from(limit) };
    let actors = filter.actors();
    if actors.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(member) = filter.member {
        return search.of_member(connection, &member.to_string(), &actors).await;
    }
    if !filter.operator_id().is_empty() {
        return search.of_operator(connection).await;
    }
    if !filter.client_id().is_empty() {
        return search.of_client(connection).await;
    }
    // One search for each actor, so that the index has its rows in the order of time.
    let mut rows = Vec::new();
    for actor in actors {
        rows.extend(search.of_actor(connection, actor).await?);
    }
    rows.sort_by_key(|row| Reverse((row.at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// A search with its bounds.
struct Search<'a> {
    filter: &'a AuditFilter,
    bounds: Bounds,
    limit: i64,
}

impl Search<'_> {
    async fn of_member(
        &self,
        connection: &mut Connection,
        member: &str,
        actors: &[Actor],
    ) -> Result<Vec<AuditRow>, DbError> {
        let Self { filter, bounds, limit } = self;
        let kind = filter.kind.map_or("", AuditKind::as_str);
        let actor = if let [actor] = actors { actor.as_str() } else { "" };
        let (operator, client) = (filter.operator_id(), filter.client_id());
        let find = query(OF_MEMBER).bind(member).bind(bounds.since).bind(bounds.last).bind(bounds.moment);
        let find = find.bind(bounds.id.as_str()).bind(kind).bind(kind).bind(actor).bind(actor);
        let find = find.bind(operator.clone()).bind(operator).bind(client).bind(client).bind(*limit);
        find.fetch_all(connection).await?.iter().map(row_of).collect()
    }

    async fn of_operator(&self, connection: &mut Connection) -> Result<Vec<AuditRow>, DbError> {
        let Self { filter, bounds, limit } = self;
        let kind = filter.kind.map_or("", AuditKind::as_str);
        let find = query(OF_OPERATOR).bind(filter.operator_id()).bind(bounds.since).bind(bounds.last);
        let find = find.bind(bounds.moment).bind(bounds.id.as_str()).bind(kind).bind(kind).bind(*limit);
        find.fetch_all(connection).await?.iter().map(row_of).collect()
    }

    async fn of_client(&self, connection: &mut Connection) -> Result<Vec<AuditRow>, DbError> {
        let Self { filter, bounds, limit } = self;
        let kind = filter.kind.map_or("", AuditKind::as_str);
        let find = query(OF_CLIENT).bind(bounds.since).bind(bounds.last).bind(bounds.moment);
        let find = find.bind(bounds.id.as_str()).bind(filter.client_id()).bind(kind).bind(kind).bind(*limit);
        find.fetch_all(connection).await?.iter().map(row_of).collect()
    }

    async fn of_actor(&self, connection: &mut Connection, actor: Actor) -> Result<Vec<AuditRow>, DbError> {
        let Self { filter, bounds, limit } = self;
        let find = match filter.kind {
            Some(kind) => query(OF_KIND).bind(kind.as_str()).bind(actor.as_str()),
            None => query(OF_ACTOR).bind(actor.as_str()),
        };
        let find = find.bind(bounds.since).bind(bounds.last).bind(bounds.moment).bind(bounds.id.as_str());
        find.bind(*limit).fetch_all(connection).await?.iter().map(row_of).collect()
    }
}
