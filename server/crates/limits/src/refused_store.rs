//! The table `limit_refusals`: a row for each replica, with whom it refused lately. One row and not one for each key: it is rewritten every
//! other second while somebody is refused, and a flood must not become a flood of writes.

use db::replicas::ReplicaId;
use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::context::LimitContext;
use crate::refused_lately::{RETENTION, RefusedKey};

db::statements! {
    REWRITE = "UPDATE limit_refusals SET refused = ?, expires_at = ? WHERE replica = ?";
    INSERT = "INSERT INTO limit_refusals (replica, refused, expires_at) VALUES (?, ?, ?)";
    OF_OTHERS = "SELECT replica, refused FROM limit_refusals WHERE replica <> ? AND expires_at > ? ORDER BY replica LIMIT 100";
}

const UNREADABLE: DbError = DbError::Unreadable { column: "limit_refusals.refused" };

/// Somebody who was refused, and the replica that did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedBy {
    /// The id of the replica that refused.
    pub replica: String,
    /// Who, and how often.
    pub refused: RefusedKey,
}

/// Writes whom this replica refused, in place of what it wrote before.
pub(crate) async fn write(
    tx: &mut Transaction,
    replica: &ReplicaId,
    refused: &[RefusedKey],
    now: Timestamp,
) -> Result<(), DbError> {
    let refused = serde_json::to_string(refused).map_err(|_| UNREADABLE)?;
    let expires_at = now.plus(RETENTION).millis();
    let rewrite = query(REWRITE).bind(&refused).bind(expires_at).bind(replica.as_str());
    if rewrite.execute(&mut **tx).await?.rows_affected() == 0 {
        let insert = query(INSERT).bind(replica.as_str()).bind(&refused).bind(expires_at);
        insert.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Whom all replicas refused within the hour, the last one first: this one as it is now, the others as they were two seconds ago.
///
/// # Errors
/// When the database refuses.
pub async fn refused_by_all(
    connection: &mut Connection,
    own: &ReplicaId,
    context: &LimitContext,
) -> Result<Vec<RefusedBy>, DbError> {
    let now = context.clock.now();
    let rows = query(OF_OTHERS).bind(own.as_str()).bind(now.millis()).fetch_all(connection).await?;
    let here = |refused| RefusedBy { replica: own.to_string(), refused };
    let mut all: Vec<_> = context.refused.list(now).into_iter().map(here).collect();
    for row in rows {
        let (replica, refused): (String, String) = (row.try_get("replica")?, row.try_get("refused")?);
        let refused: Vec<RefusedKey> = serde_json::from_str(&refused).map_err(|_| UNREADABLE)?;
        let lately = refused.into_iter().filter(|refused| now.since(refused.last_at) < RETENTION);
        all.extend(lately.map(|refused| RefusedBy { replica: replica.clone(), refused }));
    }
    all.sort_by_key(|by| std::cmp::Reverse(by.refused.last_at));
    Ok(all)
}
