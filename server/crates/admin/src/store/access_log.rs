//! The table `access_log`. Rows are added and deleted, and never changed.

use db::{AnyRow, Connection, DbError, Dialect, Row as _, Transaction, query};
use kernel::id::least_uuid;
use kernel::{RowCursor, Timestamp};
use names::define_id;

define_id!(
    /// The id of a row of the access log.
    AccessId
);

db::statements! {
    INSERT = "INSERT INTO access_log (id, at, kind, member_id, object, operator_id, client_id, note, request_id, address, user_agent) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    // Ids are UUIDv7 and made with the row: their order is that of time.
    OF_MEMBER = "SELECT id, at, kind, member_id, object, operator_id, client_id, note, request_id, address, user_agent FROM access_log \
        WHERE member_id = ? AND id >= ? AND id < ? AND (? = '' OR operator_id = ?) AND (? = '' OR client_id = ?) ORDER BY id DESC LIMIT ?";
    OF_OPERATOR = "SELECT id, at, kind, member_id, object, operator_id, client_id, note, request_id, address, user_agent FROM access_log \
        WHERE operator_id = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?";
    OF_CLIENT = "SELECT id, at, kind, member_id, object, operator_id, client_id, note, request_id, address, user_agent FROM access_log \
        WHERE client_id = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?";
    ALL = "SELECT id, at, kind, member_id, object, operator_id, client_id, note, request_id, address, user_agent FROM access_log \
        WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?";
}

/// A row. The kind is text here: a replica of a newer version may have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRow {
    /// Which row.
    pub id: AccessId,
    /// When the data was shown.
    pub at: Timestamp,
    /// What was shown, as [`AccessKind::as_str`](names::AccessKind::as_str) names it.
    pub kind: String,
    /// Whose; `None` where it is of many.
    pub member: Option<String>,
    /// Which row of the audit log, or which span.
    pub object: String,
    /// Which member operated; `None` where a client did.
    pub operator: Option<String>,
    /// Which client did; empty where a member operated.
    pub client: String,
    /// The reason that the operator gave.
    pub note: String,
    /// In which request.
    pub request_id: String,
    /// The operator's address.
    pub address: String,
    /// What the operator's client called itself. It is the client's own text: encode it wherever it is shown.
    pub user_agent: String,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AccessFilter {
    /// Of what belongs to this member.
    pub member: Option<String>,
    /// By this member.
    pub operator: Option<String>,
    /// By this client.
    pub client: Option<String>,
    /// Not from before.
    pub since: Option<Timestamp>,
    /// From before.
    pub until: Option<Timestamp>,
}

/// SQLite has no limit in a `DELETE`; MySQL must use it (see `db::Table::expiry_statement`).
pub(crate) const fn delete_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "DELETE FROM access_log WHERE id IN (SELECT id FROM access_log WHERE at <= ? ORDER BY at LIMIT ?)"
        }
        Dialect::Mysql => "DELETE FROM access_log WHERE at <= ? ORDER BY at LIMIT ?",
    }
}

/// Adds a row.
pub(crate) async fn insert(tx: &mut Transaction, row: &AccessRow) -> Result<(), DbError> {
    query(INSERT)
        .bind(row.id.to_string())
        .bind(row.at.millis())
        .bind(row.kind.as_str())
        .bind(row.member.as_deref())
        .bind(row.object.as_str())
        .bind(row.operator.as_deref())
        .bind(row.client.as_str())
        .bind(row.note.as_str())
        .bind(row.request_id.as_str())
        .bind(row.address.as_str())
        .bind(row.user_agent.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// At most `limit` rows that `filter` lets through, the newest first.
pub(crate) async fn find(
    connection: &mut Connection,
    filter: &AccessFilter,
    after: Option<RowCursor>,
    limit: u32,
) -> Result<Vec<AccessRow>, DbError> {
    let least = filter.since.map(|since| least_uuid(since).to_string()).unwrap_or_default();
    let until = filter.until.map(|until| least_uuid(until).to_string());
    let after = after.map(|after| after.id.to_string());
    // Behind every id.
    let below = until.into_iter().chain(after).min().unwrap_or_else(|| "~".to_owned());
    let operator = filter.operator.as_deref().unwrap_or_default();
    let client = filter.client.as_deref().unwrap_or_default();
    let limit = i64::from(limit);
    let find = match (&filter.member, operator, client) {
        (Some(member), ..) => {
            let of_member = query(OF_MEMBER).bind(member.as_str()).bind(least).bind(below);
            of_member.bind(operator).bind(operator).bind(client).bind(client)
        }
        (None, "", "") => query(ALL).bind(least).bind(below),
        (None, "", client) => query(OF_CLIENT).bind(client).bind(least).bind(below),
        (None, operator, _) => query(OF_OPERATOR).bind(operator).bind(least).bind(below),
    };
    find.bind(limit).fetch_all(connection).await?.iter().map(read).collect()
}

/// Deletes at most `limit` rows from this moment or before, the oldest first.
pub(crate) async fn delete_until(
    tx: &mut Transaction,
    moment: Timestamp,
    limit: u32,
) -> Result<u64, DbError> {
    let delete = query(delete_statement(tx.dialect()));
    let delete = delete.bind(moment.millis()).bind(i64::from(limit));
    Ok(delete.execute(&mut **tx).await?.rows_affected())
}

fn read(row: &AnyRow) -> Result<AccessRow, DbError> {
    let id: String = row.try_get("id")?;
    Ok(AccessRow {
        id: AccessId::parse(&id).map_err(|_| DbError::Unreadable { column: "access_log.id" })?,
        at: Timestamp::from_millis(row.try_get("at")?),
        kind: row.try_get("kind")?,
        member: row.try_get("member_id")?,
        object: row.try_get("object")?,
        operator: row.try_get("operator_id")?,
        client: row.try_get("client_id")?,
        note: row.try_get("note")?,
        request_id: row.try_get("request_id")?,
        address: row.try_get("address")?,
        user_agent: row.try_get("user_agent")?,
    })
}
