//! The table `refresh_families`: what a member has by one client at this moment.

use db::{Connection, DbError, Transaction, query};
use kernel::Timestamp;
use names::{MemberId, SessionId};

use crate::client_id::ClientId;
use crate::family::FamilyRow;
use crate::store::families::{read, read_session};

db::statements! {
    OF_CLIENT = "SELECT id, subject, session_id, client_id, scope, audience, auth_time, proven_by, sign_in_method, dpop_key, current_hash, previous_hash, \
        successor, rotated_at, started_at, expires_at, idle_at, ended_at FROM refresh_families \
        WHERE subject = ? AND client_id = ? AND ended_at IS NULL AND idle_at > ? ORDER BY rotated_at DESC, id LIMIT ?";
    SURPLUS_OF_CLIENT = "SELECT session_id FROM refresh_families WHERE subject = ? AND client_id = ? AND ended_at IS NULL \
        AND idle_at > ? ORDER BY rotated_at DESC, id LIMIT ? OFFSET ?";
    IS_OF_CLIENT = "SELECT 1 AS alive FROM refresh_families \
        WHERE session_id = ? AND subject = ? AND client_id = ? AND ended_at IS NULL AND idle_at > ?";
    DELETE_ENDED = "DELETE FROM refresh_families WHERE session_id = ? AND client_id = ? AND ended_at IS NOT NULL";
}

/// Which of the families of a member by one client are too many.
#[derive(Clone, Copy, Debug)]
pub struct Surplus {
    /// So many that were used last are not.
    pub kept: u32,
    /// So many of the others are found at most.
    pub limit: u32,
}

/// The families that a member has by one client and that live, the one used last first.
pub(crate) async fn of_client(
    connection: &mut Connection,
    subject: MemberId,
    client_id: &ClientId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<FamilyRow>, DbError> {
    let list = query(OF_CLIENT).bind(subject.to_string()).bind(client_id.as_str());
    let rows = list.bind(now.millis()).bind(i64::from(limit)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// The sessions of the families that a member has by one client, and that live, beyond those that may be.
pub(crate) async fn surplus_of_client(
    connection: &mut Connection,
    subject: MemberId,
    client_id: &ClientId,
    now: Timestamp,
    bounds: Surplus,
) -> Result<Vec<SessionId>, DbError> {
    let Surplus { kept, limit } = bounds;
    let find = query(SURPLUS_OF_CLIENT).bind(subject.to_string()).bind(client_id.as_str());
    let find = find.bind(now.millis()).bind(i64::from(limit)).bind(i64::from(kept));
    find.fetch_all(connection).await?.iter().map(read_session).collect()
}

/// Whether a family of this session lives, and is the member's by this client.
pub(crate) async fn is_of_client(
    connection: &mut Connection,
    session: SessionId,
    subject: MemberId,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let find = query(IS_OF_CLIENT).bind(session.to_string()).bind(subject.to_string());
    let find = find.bind(client_id.as_str()).bind(now.millis());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// Deletes the families of a session by one client that have ended.
pub(crate) async fn delete_ended(
    tx: &mut Transaction,
    session: SessionId,
    client_id: &ClientId,
) -> Result<(), DbError> {
    query(DELETE_ENDED).bind(session.to_string()).bind(client_id.as_str()).execute(&mut **tx).await?;
    Ok(())
}
