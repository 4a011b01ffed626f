//! The table `sessions`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use members::{MemberId, Origin};
use providers::ProviderName;

use crate::{Session, SessionId};

db::statements! {
    INSERT = "INSERT INTO sessions \
        (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, user_agent, network, \
        refresh_sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT id, member_id, provider, created_at, last_seen_at, expires_at FROM sessions WHERE handle_hash = ?";
    TOUCH = "UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?";
    DELETE = "DELETE FROM sessions WHERE handle_hash = ?";
    DELETE_OF_MEMBER = "DELETE FROM sessions WHERE member_id = ?";
    /// The derived table makes MySQL take a limit within `IN`.
    DELETE_EXPIRED = "DELETE FROM sessions WHERE id IN (SELECT id FROM (\
        SELECT id FROM sessions WHERE expires_at <= ? OR last_seen_at <= ? LIMIT ?) AS expired)";
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    session: &Session,
    (handle, refresh_sealed): (&TokenHash, Vec<u8>),
    origin: &Origin,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(session.id.to_string())
        .bind(handle.as_bytes().to_vec())
        .bind(session.member.to_string())
        .bind(session.provider.as_str())
        .bind(session.created_at.millis())
        .bind(session.last_seen_at.millis())
        .bind(session.expires_at.millis())
        .bind(origin.user_agent.as_str())
        .bind(origin.network.as_str())
        .bind(refresh_sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    connection: &mut Connection,
    handle: &TokenHash,
) -> Result<Option<Session>, DbError> {
    let row = query(FIND).bind(handle.as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Moves the last use ahead, never back.
pub(crate) async fn touch(tx: &mut Transaction, id: SessionId, now: Timestamp) -> Result<(), DbError> {
    query(TOUCH).bind(now.millis()).bind(id.to_string()).bind(now.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Ends one session; how many rows went tells whether it was there.
pub(crate) async fn delete(tx: &mut Transaction, handle: &TokenHash) -> Result<u64, DbError> {
    Ok(query(DELETE).bind(handle.as_bytes().to_vec()).execute(&mut **tx).await?.rows_affected())
}

/// Ends all sessions of a member.
pub(crate) async fn delete_of_member(tx: &mut Transaction, member: MemberId) -> Result<u64, DbError> {
    Ok(query(DELETE_OF_MEMBER).bind(member.to_string()).execute(&mut **tx).await?.rows_affected())
}

/// Deletes at most `limit` sessions that ended before `now`; answers how many went.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(
    tx: &mut Transaction,
    now: Timestamp,
    limits: &crate::SessionLimits,
    limit: u32,
) -> Result<u64, DbError> {
    let idle_since = now.minus(limits.idle);
    let done = query(DELETE_EXPIRED)
        .bind(now.millis())
        .bind(idle_since.millis())
        .bind(i64::from(limit))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<Session, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let id: String = row.try_get("id")?;
    let member: String = row.try_get("member_id")?;
    let provider: String = row.try_get("provider")?;
    Ok(Session {
        id: SessionId::parse(&id).map_err(|_| unreadable("sessions.id"))?,
        member: MemberId::parse(&member).map_err(|_| unreadable("sessions.member_id"))?,
        provider: ProviderName::parse(&provider).ok_or_else(|| unreadable("sessions.provider"))?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        last_seen_at: Timestamp::from_millis(row.try_get("last_seen_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_both_databases() {
        for database in TestDatabase::both().await {
            database.prepare(STATEMENTS).await;
        }
    }
}
