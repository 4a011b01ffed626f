//! The tables `replicas` and `leader_leases`.

use kernel::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Row as _, query};

use crate::connection::Connection;
use crate::error::DbError;
use crate::replicas::replica_id::ReplicaId;
use crate::replicas::replica_row::ReplicaRow;

crate::statements! {
    BEAT = "UPDATE replicas SET beat_at = ?, clock_ahead = ?, expires_at = ? WHERE id = ?";
    JOIN = "INSERT INTO replicas (id, version, started_at, beat_at, clock_ahead, newest_key, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    LEAVE = "DELETE FROM replicas WHERE id = ?";
    BEATING = "SELECT id, version, started_at, beat_at, clock_ahead, newest_key FROM replicas WHERE beat_at >= ? ORDER BY id";
    KNOWN = "SELECT id, version, started_at, beat_at, clock_ahead, newest_key FROM replicas ORDER BY started_at, id";
    LEASES = "SELECT name, holder, expires_at FROM leader_leases";
    ADD_LEASE = "INSERT INTO leader_leases (holder, expires_at, name) VALUES (?, ?, ?)";
    /// Decides which of several replicas has it. The last value is the time.
    TAKE_LEASE = "UPDATE leader_leases SET holder = ?, expires_at = ? WHERE name = ? AND (holder = ? OR expires_at <= ?)";
    GIVE_LEASES_UP = "DELETE FROM leader_leases WHERE holder = ?";
}

/// Who has a lease, as it was read.
pub(super) struct LeaseRow {
    pub(super) name: String,
    pub(super) holder: String,
    pub(super) expires_at: Timestamp,
}

/// A lease that a replica asks for.
#[derive(Clone, Copy)]
pub(super) struct LeaseRequest<'a> {
    pub(super) lease: &'static str,
    pub(super) holder: &'a ReplicaId,
    pub(super) now: Timestamp,
    pub(super) until: Timestamp,
}

/// Notes that the replica is there; its row goes when it has been silent until `expires_at`.
pub(super) async fn beat(
    connection: &mut Connection,
    replica: &ReplicaRow,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let updated = query(BEAT)
        .bind(replica.beat_at.millis())
        .bind(replica.clock_ahead)
        .bind(expires_at.millis())
        .bind(replica.id.as_str())
        .execute(&mut *connection)
        .await?;
    if updated.rows_affected() == 0 {
        query(JOIN)
            .bind(replica.id.as_str())
            .bind(replica.version.as_str())
            .bind(replica.started_at.millis())
            .bind(replica.beat_at.millis())
            .bind(replica.clock_ahead)
            .bind(replica.newest_key.as_deref())
            .bind(expires_at.millis())
            .execute(connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn leave(connection: &mut Connection, replica: &ReplicaId) -> Result<(), DbError> {
    query(GIVE_LEASES_UP).bind(replica.as_str()).execute(&mut *connection).await?;
    query(LEAVE).bind(replica.as_str()).execute(connection).await?;
    Ok(())
}

/// The replicas that were heard since `since`, by id.
pub(super) async fn beating(
    connection: &mut Connection,
    since: Timestamp,
) -> Result<Vec<ReplicaRow>, DbError> {
    let rows = query(BEATING).bind(since.millis()).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// All that are known, those that died within the hour as well.
pub(super) async fn known(connection: &mut Connection) -> Result<Vec<ReplicaRow>, DbError> {
    query(KNOWN).fetch_all(connection).await?.iter().map(read).collect()
}

pub(super) async fn leases(connection: &mut Connection) -> Result<Vec<LeaseRow>, DbError> {
    query(LEASES).fetch_all(connection).await?.iter().map(read_lease).collect()
}

/// Makes the lease; `false` when another replica made it.
pub(super) async fn add_lease(
    connection: &mut Connection,
    request: LeaseRequest<'_>,
) -> Result<bool, DbError> {
    let add = query(ADD_LEASE).bind(request.holder.as_str()).bind(request.until.millis()).bind(request.lease);
    match add.execute(connection).await.map_err(DbError::from) {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes or renews the lease; `false` when another replica has it.
pub(super) async fn take_lease(
    connection: &mut Connection,
    request: LeaseRequest<'_>,
) -> Result<bool, DbError> {
    let take =
        query(TAKE_LEASE).bind(request.holder.as_str()).bind(request.until.millis()).bind(request.lease);
    let taken = take.bind(request.holder.as_str()).bind(request.now.millis()).execute(connection).await?;
    Ok(taken.rows_affected() == 1)
}

fn read_lease(row: &AnyRow) -> Result<LeaseRow, DbError> {
    Ok(LeaseRow {
        name: row.try_get("name")?,
        holder: row.try_get("holder")?,
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}

fn read(row: &AnyRow) -> Result<ReplicaRow, DbError> {
    Ok(ReplicaRow {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        started_at: Timestamp::from_millis(row.try_get("started_at")?),
        beat_at: Timestamp::from_millis(row.try_get("beat_at")?),
        clock_ahead: row.try_get("clock_ahead")?,
        newest_key: row.try_get("newest_key")?,
    })
}
