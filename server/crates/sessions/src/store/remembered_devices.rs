//! The table `remembered_devices`: browsers in which no code is asked for at a sign-in.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, Source};

use crate::remembered_device::{DeviceId, RememberedDevice};

db::statements! {
    INSERT = "INSERT INTO remembered_devices (id, token_hash, member_id, user_agent, network, created_at, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    IS_KNOWN = "SELECT 1 AS known FROM remembered_devices WHERE token_hash = ? AND member_id = ? AND expires_at > ?";
    OF_MEMBER = "SELECT id, user_agent, network, created_at, expires_at FROM remembered_devices \
        WHERE member_id = ? AND expires_at > ? ORDER BY created_at DESC, id LIMIT ?";
    DELETE = "DELETE FROM remembered_devices WHERE id = ? AND member_id = ?";
    DELETE_PRESENTED = "DELETE FROM remembered_devices WHERE token_hash = ? AND member_id = ?";
    /// Those of a member that are too many, the newest first.
    SURPLUS = "SELECT id FROM remembered_devices WHERE member_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?";
    DELETE_OTHERS = "DELETE FROM remembered_devices WHERE member_id = ? AND token_hash <> ?";
    DELETE_OF_MEMBER = "DELETE FROM remembered_devices WHERE member_id = ?";
    DELETE_ALL = "DELETE FROM remembered_devices";
}

/// A browser that is to be remembered.
pub(crate) struct NewDevice<'a> {
    pub(crate) id: DeviceId,
    pub(crate) token: &'a TokenHash,
    pub(crate) member: MemberId,
    pub(crate) source: &'a Source,
    pub(crate) now: Timestamp,
    pub(crate) expires_at: Timestamp,
}

pub(crate) async fn insert(tx: &mut Transaction, device: NewDevice<'_>) -> Result<(), DbError> {
    query(INSERT)
        .bind(device.id.to_string())
        .bind(device.token.as_bytes().to_vec())
        .bind(device.member.to_string())
        .bind(device.source.user_agent.as_str())
        .bind(device.source.network.as_str())
        .bind(device.now.millis())
        .bind(device.expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether a browser is remembered as one of this member's.
pub(crate) async fn is_known(
    connection: &mut Connection,
    token: &TokenHash,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let find = query(IS_KNOWN).bind(token.as_bytes().to_vec()).bind(member.to_string()).bind(now.millis());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// Those of a member, the newest first.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<RememberedDevice>, DbError> {
    let list = query(OF_MEMBER).bind(member.to_string()).bind(now.millis()).bind(i64::from(limit));
    list.fetch_all(connection).await?.iter().map(read).collect()
}

/// Forgets one of a member's; `false` when it is none.
pub(crate) async fn delete(tx: &mut Transaction, id: DeviceId, member: MemberId) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(id.to_string()).bind(member.to_string());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Forgets what a browser presents, if it is one of this member's.
pub(crate) async fn delete_presented(
    tx: &mut Transaction,
    token: &TokenHash,
    member: MemberId,
) -> Result<(), DbError> {
    let delete = query(DELETE_PRESENTED).bind(token.as_bytes().to_vec()).bind(member.to_string());
    delete.execute(&mut **tx).await?;
    Ok(())
}

/// At most `limit` of a member's beyond the newest `most`.
pub(crate) async fn surplus(
    tx: &mut Transaction,
    member: MemberId,
    most: u32,
    limit: u32,
) -> Result<Vec<DeviceId>, DbError> {
    let surplus = query(SURPLUS).bind(member.to_string()).bind(i64::from(limit)).bind(i64::from(most));
    surplus.fetch_all(&mut **tx).await?.iter().map(read_id).collect()
}

/// Forgets all of a member's but the one that presents this. Returns how many there were.
pub(crate) async fn delete_others(
    tx: &mut Transaction,
    member: MemberId,
    kept: &TokenHash,
) -> Result<u64, DbError> {
    let delete = query(DELETE_OTHERS).bind(member.to_string()).bind(kept.as_bytes().to_vec());
    Ok(delete.execute(&mut **tx).await?.rows_affected())
}

/// Forgets all of a member's. Returns how many there were.
pub(crate) async fn delete_of_member(tx: &mut Transaction, member: MemberId) -> Result<u64, DbError> {
    Ok(query(DELETE_OF_MEMBER).bind(member.to_string()).execute(&mut **tx).await?.rows_affected())
}

fn read_id(row: &AnyRow) -> Result<DeviceId, DbError> {
    DeviceId::parse(&row.try_get::<String, _>("id")?)
        .map_err(|_| DbError::Unreadable { column: "remembered_devices.id" })
}

fn read(row: &AnyRow) -> Result<RememberedDevice, DbError> {
    let moment = |column: &str| row.try_get(column).map(Timestamp::from_millis);
    Ok(RememberedDevice {
        id: read_id(row)?,
        user_agent: row.try_get("user_agent")?,
        network: row.try_get("network")?,
        created_at: moment("created_at")?,
        expires_at: moment("expires_at")?,
    })
}

/// Forgets all of everybody.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}
