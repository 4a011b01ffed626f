//! The table `sessions`.

use db::{AnyRow, Connection, Database, DbError, Row as _, Statement, Transaction, query};
use kernel::{Purpose, Timestamp, TokenHash};
use members::Member;
use names::{MemberId, ProvenBy, SessionId, SignInMethod, Source};

use crate::session::{Session, SessionLimits};

pub(crate) mod by_method;
pub(crate) mod remembered_devices;
pub(crate) mod second_steps;
#[cfg(test)]
mod tests;

db::statements! {
    INSERT = "INSERT INTO sessions \
        (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, ends_at, user_agent, network, \
        refresh_sealed, rotated_at, proven_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT id, member_id, provider, created_at, auth_time, proven_by, last_seen_at, expires_at, rotated_at \
        FROM sessions WHERE handle_hash = ?";
    /// Of the session that [`FIND`] finds: so both are read on one way to the database.
    FIND_MEMBER = members::find_member!("(SELECT s.member_id FROM sessions s WHERE s.handle_hash = ?)");
    TOUCH = "UPDATE sessions SET last_seen_at = ?, ends_at = ? WHERE id = ? AND last_seen_at < ?";
    FIND_ROTATION = "SELECT refresh_sealed, rotated_at FROM sessions WHERE id = ?";
    CLAIM_ROTATION = "UPDATE sessions SET rotated_at = ? WHERE id = ? AND rotated_at = ?";
    KEEP_REFRESH = "UPDATE sessions SET refresh_sealed = ? WHERE id = ?";
    /// Its row count decides between requests that renew or end one session. By the id alone, as where a session ends: two
    /// statements that lock by different indexes could deadlock.
    RENEW = "UPDATE sessions SET former_hash = ?, handle_hash = ?, id = ?, renewed_at = ?, last_seen_at = ?, ends_at = ?, \
        rotated_at = ?, refresh_sealed = NULL WHERE id = ?";
    /// The condition on the cookie decides between requests that sign in again with one cookie at the same time.
    CONTINUE = "UPDATE sessions SET former_hash = ?, handle_hash = ?, renewed_at = ?, provider = ?, auth_time = ?, \
        proven_by = ?, last_seen_at = ?, ends_at = ? WHERE id = ? AND handle_hash = ?";
    FIND_FORMER = "SELECT id, member_id, provider, created_at, auth_time, proven_by, last_seen_at, expires_at, rotated_at \
        FROM sessions WHERE former_hash = ? AND renewed_at >= ?";
    /// Changes nothing, and holds the row until the commit.
    HOLD = "UPDATE sessions SET rotated_at = rotated_at WHERE id = ? AND member_id = ? AND ends_at > ?";
    FIND_BY_ID = "SELECT id, member_id, provider, created_at, auth_time, proven_by, last_seen_at, expires_at, rotated_at \
        FROM sessions WHERE id = ?";
    PROVE = "UPDATE sessions SET proven_by = ? WHERE id = ?";
    DELETE_BY_ID = "DELETE FROM sessions WHERE id = ?";
    OF_MEMBER = "SELECT id, member_id, provider, created_at, auth_time, proven_by, last_seen_at, expires_at, rotated_at, user_agent, \
        network FROM sessions WHERE member_id = ? AND ends_at > ? ORDER BY last_seen_at DESC, id LIMIT ?";
    FIND_OF_MEMBER = "SELECT id, member_id, provider, created_at, auth_time, proven_by, last_seen_at, expires_at, rotated_at \
        FROM sessions WHERE id = ? AND member_id = ?";
    DELETE_OTHERS = "DELETE FROM sessions WHERE member_id = ? AND id <> ?";
    /// Those of a member that are too many, the newest first.
    SURPLUS = "SELECT id FROM sessions WHERE member_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?";
    SIGNED_IN = "SELECT DISTINCT member_id FROM sessions WHERE member_id > ? ORDER BY member_id LIMIT ?";
    DELETE_OF_MEMBER = "DELETE FROM sessions WHERE member_id = ?";
}

/// What refresh tokens are sealed for.
pub(crate) const PURPOSE: Purpose = Purpose::new("session-refresh-token");

/// A use of a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) seen_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// How far a session's family of refresh tokens has come.
pub(crate) struct RotationRow {
    /// The good refresh token. `None` for a session that never needed one.
    pub(crate) refresh_sealed: Option<Vec<u8>>,
    /// The last rotation.
    pub(crate) rotated_at: Timestamp,
}

/// A session that begins.
pub(crate) struct NewSession<'a> {
    pub(crate) session: &'a Session,
    pub(crate) handle: &'a TokenHash,
    pub(crate) refresh_sealed: Vec<u8>,
    /// Where from.
    pub(crate) source: &'a Source,
}

/// The handle that opened a session, and the one that opens it now.
pub(crate) struct Handles<'a> {
    pub(crate) former: &'a TokenHash,
    pub(crate) now: &'a TokenHash,
}

/// A rotation to be made after the last one that is known.
pub(crate) struct Claim {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

pub(crate) fn inserting(begun: NewSession<'_>, limits: &SessionLimits) -> Statement<'static> {
    let NewSession { session, handle, refresh_sealed, source } = begun;
    query(INSERT)
        .bind(session.id.to_string())
        .bind(handle.as_bytes().to_vec())
        .bind(session.member.to_string())
        .bind(session.method.as_str())
        .bind(session.created_at.millis())
        .bind(session.last_seen_at.millis())
        .bind(session.expires_at.millis())
        .bind(session.ends_at(limits).millis())
        .bind(source.user_agent.as_str().to_owned())
        .bind(source.network.as_str().to_owned())
        .bind(refresh_sealed)
        .bind(session.rotated_at.millis())
        .bind(session.proven_by.as_str())
}

pub(crate) async fn find(
    connection: &mut Connection,
    handle: &TokenHash,
) -> Result<Option<Session>, DbError> {
    let row = query(FIND).bind(handle.as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The session, and its member, who may be gone since.
pub(crate) async fn look_up(
    db: &Database,
    handle: &TokenHash,
) -> Result<Option<(Session, Option<Member>)>, DbError> {
    let by_handle = |statement| query(statement).bind(handle.as_bytes().to_vec());
    let [session, member] = db.find_together([by_handle(FIND), by_handle(FIND_MEMBER)]).await?;
    let Some(session) = session.as_ref().map(read).transpose()? else { return Ok(None) };
    Ok(Some((session, members::read_member(member.as_ref())?)))
}

/// Replaces the session with the id `old` by `session`, with another handle; `false` when that one has ended or was renewed
/// meanwhile. Where and when it began stays.
pub(crate) async fn renew(
    tx: &mut Transaction,
    old: SessionId,
    session: &Session,
    handles: Handles<'_>,
    limits: &SessionLimits,
) -> Result<bool, DbError> {
    let done = query(RENEW)
        .bind(handles.former.as_bytes().to_vec())
        .bind(handles.now.as_bytes().to_vec())
        .bind(session.id.to_string())
        .bind(session.rotated_at.millis())
        .bind(session.last_seen_at.millis())
        .bind(session.ends_at(limits).millis())
        .bind(session.rotated_at.millis())
        .bind(old.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives `session` another handle after its member signed in again; `false` when it has ended or has another one meanwhile.
pub(crate) async fn proceed(
    tx: &mut Transaction,
    session: &Session,
    handles: Handles<'_>,
    limits: &SessionLimits,
) -> Result<bool, DbError> {
    let done = query(CONTINUE)
        .bind(handles.former.as_bytes().to_vec())
        .bind(handles.now.as_bytes().to_vec())
        .bind(session.auth_time.millis())
        .bind(session.method.as_str())
        .bind(session.auth_time.millis())
        .bind(session.proven_by.as_str())
        .bind(session.last_seen_at.millis())
        .bind(session.ends_at(limits).millis())
        .bind(session.id.to_string())
        .bind(handles.former.as_bytes().to_vec())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// At most `limit` sessions of a member beyond the newest `most`.
pub(crate) fn finding_surplus(member: MemberId, most: u32, limit: u32) -> Statement<'static> {
    query(SURPLUS).bind(member.to_string()).bind(i64::from(limit)).bind(i64::from(most))
}

/// What [`finding_surplus`] read.
pub(crate) fn read_surplus(rows: &[AnyRow]) -> Result<Vec<SessionId>, DbError> {
    let unreadable = |_| DbError::Unreadable { column: "sessions.id" };
    rows.iter().map(|row| SessionId::parse(&row.try_get::<String, _>("id")?).map_err(unreadable)).collect()
}

/// The session whose handle was `former` until it was renewed, at `since` or later.
pub(crate) async fn find_former(
    connection: &mut Connection,
    former: &TokenHash,
    since: Timestamp,
) -> Result<Option<Session>, DbError> {
    let row = query(FIND_FORMER).bind(former.as_bytes().to_vec()).bind(since.millis());
    row.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// Moves the last use ahead, never back.
pub(crate) async fn touch(tx: &mut Transaction, id: SessionId, noted: Use) -> Result<(), DbError> {
    let seen = noted.seen_at.millis();
    query(TOUCH)
        .bind(seen)
        .bind(noted.ends_at.millis())
        .bind(id.to_string())
        .bind(seen)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn find_rotation(
    connection: &mut Connection,
    id: SessionId,
) -> Result<Option<RotationRow>, DbError> {
    let Some(row) = query(FIND_ROTATION).bind(id.to_string()).fetch_optional(connection).await? else {
        return Ok(None);
    };
    let rotated_at = Timestamp::from_millis(row.try_get("rotated_at")?);
    Ok(Some(RotationRow { refresh_sealed: row.try_get("refresh_sealed")?, rotated_at }))
}

/// Reserves the next rotation for the caller until its transaction ends. `false` when somebody else was faster.
pub(crate) async fn claim_rotation(
    tx: &mut Transaction,
    id: SessionId,
    claim: Claim,
) -> Result<bool, DbError> {
    let Claim { from, to } = claim;
    let claim = query(CLAIM_ROTATION).bind(to.millis()).bind(id.to_string()).bind(from.millis());
    Ok(claim.execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) async fn keep_refresh(
    tx: &mut Transaction,
    id: SessionId,
    refresh_sealed: Vec<u8>,
) -> Result<(), DbError> {
    query(KEEP_REFRESH).bind(refresh_sealed).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Holds a member's session until the commit; `false` when it has ended.
pub(crate) async fn hold(
    tx: &mut Transaction,
    id: SessionId,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(holding(id, member, now).execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) fn holding(id: SessionId, member: MemberId, now: Timestamp) -> Statement<'static> {
    query(HOLD).bind(id.to_string()).bind(member.to_string()).bind(now.millis())
}

/// The session with this id.
pub(crate) async fn find_by_id(
    connection: &mut Connection,
    id: SessionId,
) -> Result<Option<Session>, DbError> {
    let row = query(FIND_BY_ID).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Notes by what the member of a session has proven who they are.
pub(crate) async fn prove(tx: &mut Transaction, id: SessionId, proven_by: ProvenBy) -> Result<(), DbError> {
    query(PROVE).bind(proven_by.as_str()).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Ends the session with this id; the row count says whether there was one.
pub(crate) async fn delete_by_id(tx: &mut Transaction, id: SessionId) -> Result<u64, DbError> {
    Ok(query(DELETE_BY_ID).bind(id.to_string()).execute(&mut **tx).await?.rows_affected())
}

/// Ends all sessions of a member, again until there is none: one that was renewed while this waited for it has another id,
/// and may be before what the statement looked at last.
pub(crate) async fn delete_of_member(tx: &mut Transaction, member: MemberId) -> Result<u64, DbError> {
    let mut deleted = 0;
    loop {
        let gone = query(DELETE_OF_MEMBER).bind(member.to_string()).execute(&mut **tx).await?.rows_affected();
        if gone == 0 {
            return Ok(deleted);
        }
        deleted += gone;
    }
}

/// Those who have a session, in the order of their ids: at most `limit`, from the first after `after` on.
pub(crate) async fn signed_in(
    connection: &mut Connection,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    let after = after.map_or_else(String::new, |member| member.to_string());
    let rows = query(SIGNED_IN).bind(after).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
    let unreadable = |_| DbError::Unreadable { column: "sessions.member_id" };
    rows.iter()
        .map(|row| MemberId::parse(&row.try_get::<String, _>("member_id")?).map_err(unreadable))
        .collect()
}

/// A member's living sessions with the device and network that they began from, the one used last first.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(Session, String, String)>, DbError> {
    let list = query(OF_MEMBER).bind(member.to_string()).bind(now.millis()).bind(i64::from(limit));
    let rows = list.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((read(row)?, row.try_get("user_agent")?, row.try_get("network")?))).collect()
}

/// The session with this id, if it is the member's.
pub(crate) async fn find_of_member(
    connection: &mut Connection,
    id: SessionId,
    member: MemberId,
) -> Result<Option<Session>, DbError> {
    let row = query(FIND_OF_MEMBER).bind(id.to_string()).bind(member.to_string());
    row.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// Ends all sessions of a member but one, and returns how many.
pub(crate) async fn delete_others(
    tx: &mut Transaction,
    member: MemberId,
    kept: SessionId,
) -> Result<u64, DbError> {
    let mut deleted = 0;
    loop {
        let delete = query(DELETE_OTHERS).bind(member.to_string()).bind(kept.to_string());
        let gone = delete.execute(&mut **tx).await?.rows_affected();
        if gone == 0 {
            return Ok(deleted);
        }
        deleted += gone;
    }
}

fn read(row: &AnyRow) -> Result<Session, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let id: String = row.try_get("id")?;
    let member: String = row.try_get("member_id")?;
    let provider: String = row.try_get("provider")?;
    let created_at = Timestamp::from_millis(row.try_get("created_at")?);
    let auth_time: Option<i64> = row.try_get("auth_time")?;
    let method = SignInMethod::parse(&provider).ok_or_else(|| unreadable("sessions.provider"))?;
    let proven_by: Option<String> = row.try_get("proven_by")?;
    let read_proof = |text: String| ProvenBy::parse(&text).ok_or_else(|| unreadable("sessions.proven_by"));
    Ok(Session {
        id: SessionId::parse(&id).map_err(|_| unreadable("sessions.id"))?,
        member: MemberId::parse(&member).map_err(|_| unreadable("sessions.member_id"))?,
        method,
        created_at,
        auth_time: auth_time.map_or(created_at, Timestamp::from_millis),
        // Sessions from before it was written down began by one method alone.
        proven_by: proven_by.map_or_else(|| Ok(ProvenBy::of(method)), read_proof)?,
        last_seen_at: Timestamp::from_millis(row.try_get("last_seen_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
        rotated_at: Timestamp::from_millis(row.try_get("rotated_at")?),
    })
}
