//! The table `refresh_families`.

use db::{AnyRow, Connection, Database, DbError, Row as _, Statement, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, ProvenBy, SessionId, SignInMethod};

use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::family::{EndReason, FamilyId};
use crate::family::{Family, FamilyRow, REPEAT_WINDOW};
use crate::refresh_token::RefreshToken;
use crate::scope::Scope;

/// A subquery for the member whose refresh token it is or was. It binds the hash of the token's handle.
#[macro_export]
macro_rules! subject_of_refresh_token {
    () => {
        "(SELECT f.subject FROM refresh_families f WHERE f.handle_hash = ?)"
    };
}

db::statements! {
    INSERT = "INSERT INTO refresh_families (id, handle_hash, subject, session_id, client_id, scope, audience, auth_time, \
        proven_by, sign_in_method, dpop_key, current_hash, rotated_at, started_at, expires_at, idle_at, end_reason) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')";
    FIND = "SELECT id, subject, session_id, client_id, scope, audience, auth_time, proven_by, sign_in_method, dpop_key, current_hash, previous_hash, successor, rotated_at, \
        started_at, expires_at, idle_at, ended_at FROM refresh_families WHERE handle_hash = ?";
    IS_ALIVE = "SELECT 1 AS alive FROM refresh_families WHERE id = ? AND ended_at IS NULL";
    /// Of any number of requests with one token, one finds it current.
    ROTATE = "UPDATE refresh_families SET previous_hash = ?, current_hash = ?, successor = ?, rotated_at = ?, \
        idle_at = ? WHERE id = ? AND current_hash = ? AND ended_at IS NULL AND idle_at > ?";
    /// Only while the token is neither the good one nor one that may be repeated.
    END_REUSED = "UPDATE refresh_families SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL \
        AND current_hash <> ? AND (previous_hash IS NULL OR previous_hash <> ? OR rotated_at < ?)";
    END = "UPDATE refresh_families SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL";
    END_OF_SESSION = "UPDATE refresh_families SET ended_at = ?, end_reason = ? \
        WHERE session_id = ? AND ended_at IS NULL";
    END_OF_MEMBER = "UPDATE refresh_families SET ended_at = ?, end_reason = ? \
        WHERE subject = ? AND ended_at IS NULL";
    END_ALL_OF_CLIENT = "UPDATE refresh_families SET ended_at = ?, end_reason = ? \
        WHERE client_id = ? AND ended_at IS NULL";
    END_OF_OTHERS = "UPDATE refresh_families SET ended_at = ?, end_reason = ? \
        WHERE subject = ? AND session_id <> ? AND ended_at IS NULL";
    END_OF_CLIENT = "UPDATE refresh_families SET ended_at = ?, end_reason = ? \
        WHERE subject = ? AND client_id = ? AND ended_at IS NULL";
    HOLDERS = "SELECT DISTINCT subject FROM refresh_families WHERE subject > ? AND ended_at IS NULL \
        ORDER BY subject LIMIT ?";
    WITH_SUCCESSOR = "SELECT id, current_hash, successor, rotated_at FROM refresh_families \
        WHERE id > ? AND successor IS NOT NULL ORDER BY id LIMIT ?";
    /// Only what was read is replaced: a rotation in between has sealed again.
    RESEAL = "UPDATE refresh_families SET successor = ? WHERE id = ? AND successor = ?";
    FORGET = "UPDATE refresh_families SET successor = NULL WHERE id = ? AND successor = ?";
}

/// What a rotation writes.
#[derive(Clone, Copy)]
pub(crate) struct NextRotation<'a> {
    pub(crate) spent: &'a TokenHash,
    pub(crate) good: &'a TokenHash,
    pub(crate) successor: &'a [u8],
    pub(crate) now: Timestamp,
    pub(crate) idle_at: Timestamp,
}

/// A sealed successor, for re-sealing.
pub(crate) struct SealedSuccessor {
    pub(crate) id: FamilyId,
    pub(crate) current: TokenHash,
    pub(crate) sealed: Vec<u8>,
    pub(crate) rotated_at: Timestamp,
}

pub(crate) fn inserting(family: &Family, token: &RefreshToken) -> Statement<'static> {
    query(INSERT)
        .bind(family.id.to_string())
        .bind(token.handle_hash().as_bytes().to_vec())
        .bind(family.subject.to_string())
        .bind(family.session.to_string())
        .bind(family.client_id.as_str())
        .bind(family.scope.as_str())
        .bind(family.audience.as_deref().map(str::to_owned))
        .bind(family.auth_time.millis())
        .bind(family.proven_by.map(ProvenBy::as_str))
        .bind(family.method.map(SignInMethod::as_str))
        .bind(family.key.map(|key| key.as_bytes().to_vec()))
        .bind(token.hash().as_bytes().to_vec())
        .bind(family.started_at.millis())
        .bind(family.started_at.millis())
        .bind(family.expires_at.millis())
        .bind(family.idle_at.millis())
}

/// The family of `token`, whichever of its tokens that is.
pub(crate) async fn find(
    connection: &mut Connection,
    token: &RefreshToken,
) -> Result<Option<FamilyRow>, DbError> {
    let row = query(FIND).bind(token.handle_hash().as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The family of a token, and the row that `beside` reads, which binds the hash of the token's handle.
pub(crate) async fn look_up(
    db: &Database,
    token: &RefreshToken,
    beside: &'static str,
) -> Result<Option<(FamilyRow, Option<AnyRow>)>, DbError> {
    let by_handle = |statement| query(statement).bind(token.handle_hash().as_bytes().to_vec());
    let [family, beside] = db.find_together([by_handle(FIND), by_handle(beside)]).await?;
    Ok(family.as_ref().map(read).transpose()?.map(|family| (family, beside)))
}

/// Replaces the good token. `false` when it was not good any more.
pub(crate) async fn rotate(
    tx: &mut Transaction,
    id: FamilyId,
    next: NextRotation<'_>,
) -> Result<bool, DbError> {
    Ok(rotation(id, next).execute(&mut **tx).await?.rows_affected() == 1)
}

/// [`rotate`] in a transaction of its own.
pub(crate) async fn rotate_alone(
    db: &Database,
    id: FamilyId,
    next: NextRotation<'_>,
) -> Result<bool, DbError> {
    Ok(db.execute_alone(|| rotation(id, next)).await? == 1)
}

fn rotation(id: FamilyId, next: NextRotation<'_>) -> Statement<'static> {
    query(ROTATE)
        .bind(next.spent.as_bytes().to_vec())
        .bind(next.good.as_bytes().to_vec())
        .bind(next.successor.to_vec())
        .bind(next.now.millis())
        .bind(next.idle_at.millis())
        .bind(id.to_string())
        .bind(next.spent.as_bytes().to_vec())
        .bind(next.now.millis())
}

/// Ends a family because a spent token came. `false` when it had ended, or the token was not spent after all.
pub(crate) async fn end_reused(
    tx: &mut Transaction,
    id: FamilyId,
    token: &TokenHash,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(END_REUSED)
        .bind(now.millis())
        .bind(EndReason::Reused.as_str())
        .bind(id.to_string())
        .bind(token.as_bytes().to_vec())
        .bind(token.as_bytes().to_vec())
        .bind(now.minus(REPEAT_WINDOW).millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn end(
    tx: &mut Transaction,
    id: FamilyId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    end_where(tx, END, &id.to_string(), reason, now).await
}

pub(crate) async fn end_of_session(
    tx: &mut Transaction,
    session: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    end_where(tx, END_OF_SESSION, &session.to_string(), reason, now).await
}

pub(crate) async fn end_of_member(
    tx: &mut Transaction,
    subject: MemberId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    end_where(tx, END_OF_MEMBER, &subject.to_string(), reason, now).await
}

pub(crate) async fn end_all_of_client(
    tx: &mut Transaction,
    client: &ClientId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    end_where(tx, END_ALL_OF_CLIENT, client.as_str(), reason, now).await
}

/// Whether a family is there and has not been ended.
pub(crate) async fn is_alive(connection: &mut Connection, id: FamilyId) -> Result<bool, DbError> {
    Ok(query(IS_ALIVE).bind(id.to_string()).fetch_optional(connection).await?.is_some())
}

/// Ends what a member has alongside one session.
pub(crate) async fn end_of_others(
    tx: &mut Transaction,
    subject: MemberId,
    kept: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    let end = query(END_OF_OTHERS).bind(now.millis()).bind(reason.as_str());
    let done = end.bind(subject.to_string()).bind(kept.to_string()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

/// Ends what a member has by one client.
pub(crate) async fn end_of_client(
    tx: &mut Transaction,
    subject: MemberId,
    client_id: &ClientId,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    let end = query(END_OF_CLIENT).bind(now.millis()).bind(reason.as_str());
    let done = end.bind(subject.to_string()).bind(client_id.as_str()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

async fn end_where(
    tx: &mut Transaction,
    statement: &'static str,
    id: &str,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbError> {
    let done = query(statement).bind(now.millis()).bind(reason.as_str()).bind(id).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

/// The next `limit` sealed successors in the order of ids, after `id` (text, so that it can be empty at first).
pub(crate) async fn with_successor(
    connection: &mut Connection,
    id: &str,
    limit: u32,
) -> Result<Vec<SealedSuccessor>, DbError> {
    let rows = query(WITH_SUCCESSOR).bind(id).bind(i64::from(limit)).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        Ok(SealedSuccessor {
            id: read_id(row)?,
            current: hash(row, "current_hash")?.ok_or(unreadable("refresh_families.current_hash"))?,
            sealed: row.try_get("successor")?,
            rotated_at: Timestamp::from_millis(row.try_get("rotated_at")?),
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn reseal(
    tx: &mut Transaction,
    row: &SealedSuccessor,
    sealed: Vec<u8>,
) -> Result<u64, DbError> {
    let done = query(RESEAL)
        .bind(sealed)
        .bind(row.id.to_string())
        .bind(row.sealed.clone())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

pub(crate) async fn erase(tx: &mut Transaction, row: &SealedSuccessor) -> Result<u64, DbError> {
    let done = query(FORGET).bind(row.id.to_string()).bind(row.sealed.clone()).execute(&mut **tx).await?;
    Ok(done.rows_affected())
}

pub(crate) fn read(row: &AnyRow) -> Result<FamilyRow, DbError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let moment = |column: &str| row.try_get(column).map(Timestamp::from_millis);
    let subject = MemberId::parse(&text("subject")?);
    let key: Option<Vec<u8>> = row.try_get("dpop_key")?;
    let read_proof = |text: String| ProvenBy::parse(&text).ok_or(unreadable("refresh_families.proven_by"));
    let read_key = |key: Vec<u8>| Thumbprint::from_bytes(&key).ok_or(unreadable("refresh_families.dpop_key"));
    let family = Family {
        id: read_id(row)?,
        subject: subject.map_err(|_| unreadable("refresh_families.subject"))?,
        session: read_session(row)?,
        client_id: ClientId::parse(&text("client_id")?).ok_or(unreadable("refresh_families.client_id"))?,
        scope: Scope::parse(&text("scope")?).ok_or(unreadable("refresh_families.scope"))?,
        audience: row.try_get::<Option<String>, _>("audience")?.map(String::into_boxed_str),
        // Families from before it was written down began with the sign-in.
        auth_time: row
            .try_get::<Option<i64>, _>("auth_time")?
            .map_or_else(|| moment("started_at"), |millis| Ok(Timestamp::from_millis(millis)))?,
        proven_by: row.try_get::<Option<String>, _>("proven_by")?.map(read_proof).transpose()?,
        method: read_method(row)?,
        key: key.map(read_key).transpose()?,
        started_at: moment("started_at")?,
        expires_at: moment("expires_at")?,
        idle_at: moment("idle_at")?,
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Timestamp::from_millis),
    };
    Ok(FamilyRow {
        family,
        current: hash(row, "current_hash")?.ok_or(unreadable("refresh_families.current_hash"))?,
        previous: hash(row, "previous_hash")?,
        successor: row.try_get("successor")?,
        rotated_at: moment("rotated_at")?,
    })
}

/// The sign-in method in the column `sign_in_method`.
pub(crate) fn read_method(row: &AnyRow) -> Result<Option<SignInMethod>, DbError> {
    let read = |text: String| SignInMethod::parse(&text).ok_or(unreadable("refresh_families.sign_in_method"));
    row.try_get::<Option<String>, _>("sign_in_method")?.map(read).transpose()
}

fn read_id(row: &AnyRow) -> Result<FamilyId, DbError> {
    let id: String = row.try_get("id")?;
    FamilyId::parse(&id).map_err(|_| unreadable("refresh_families.id"))
}

pub(crate) fn read_session(row: &AnyRow) -> Result<SessionId, DbError> {
    let id: String = row.try_get("session_id")?;
    SessionId::parse(&id).map_err(|_| unreadable("refresh_families.session_id"))
}

fn hash(row: &AnyRow, column: &str) -> Result<Option<TokenHash>, DbError> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    let read = |bytes: Vec<u8>| TokenHash::from_bytes(&bytes).ok_or(unreadable("refresh_families.…_hash"));
    bytes.map(read).transpose()
}

const fn unreadable(column: &'static str) -> DbError {
    DbError::Unreadable { column }
}

/// Those who have a living family, in the order of their ids: at most `limit`, from the first after `after` on.
///
/// # Errors
/// When the database refuses.
pub async fn holders(
    connection: &mut Connection,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<MemberId>, DbError> {
    let after = after.map_or_else(String::new, |subject| subject.to_string());
    let rows = query(HOLDERS).bind(after).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
    let read = |row: &AnyRow| {
        MemberId::parse(&row.try_get::<String, _>("subject")?)
            .map_err(|_| unreadable("refresh_families.subject"))
    };
    rows.iter().map(read).collect()
}
