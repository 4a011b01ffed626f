//! The table `revocations`: the feed.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::{MemberId, SessionId};

use crate::claims::Claims;
use crate::client_id::ClientId;
use crate::revocation::{Revocation, Target};

/// How many targets one statement looks for.
const STATEMENT_TARGETS: usize = 4;

db::statements! {
    INSERT = "INSERT INTO revocations (kind, target, not_before, expires_at) VALUES (?, ?, ?, ?)";
    /// One for each session that the member's end has just ended, so that none depends on comparing two clocks.
    INSERT_SESSIONS = "INSERT INTO revocations (kind, target, not_before, expires_at) \
        SELECT DISTINCT 'session', session_id, ended_at, ? FROM refresh_families \
        WHERE subject = ? AND ended_at = ? AND session_id <> ?";
    /// One for each family of a client that has just ended.
    INSERT_FAMILIES = "INSERT INTO revocations (kind, target, not_before, expires_at) \
        SELECT 'family', id, ended_at, ? FROM refresh_families \
        WHERE subject = ? AND client_id = ? AND ended_at = ?";
    /// One for each family of a client that has just ended, of whatever member.
    INSERT_ALL_FAMILIES = "INSERT INTO revocations (kind, target, not_before, expires_at) \
        SELECT 'family', id, ended_at, ? FROM refresh_families WHERE client_id = ? AND ended_at = ?";
    /// By the moment at which they were made. Their numbers say nothing: each server of a cluster gives out its own.
    SINCE = "SELECT kind, target, not_before, expires_at FROM revocations WHERE not_before >= ? AND expires_at > ?";
    OF_TARGETS = "SELECT kind, target, not_before, expires_at FROM revocations WHERE target IN (?, ?, ?, ?)";
}

pub(crate) async fn insert(tx: &mut Transaction, revocation: &Revocation) -> Result<(), DbError> {
    query(INSERT)
        .bind(revocation.target.kind())
        .bind(revocation.target.uuid().to_string())
        .bind(revocation.not_before.millis())
        .bind(revocation.expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Revokes each session but `kept` of which a family of `subject` ended at `ended_at`.
pub(crate) async fn insert_sessions(
    tx: &mut Transaction,
    subject: MemberId,
    kept: Option<SessionId>,
    ended_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT_SESSIONS)
        .bind(expires_at.millis())
        .bind(subject.to_string())
        .bind(ended_at.millis())
        .bind(kept.map(|kept| kept.to_string()).unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Revokes each family of `subject` by a client that ended at `ended_at`.
pub(crate) async fn insert_families(
    tx: &mut Transaction,
    subject: MemberId,
    client_id: &ClientId,
    ended_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT_FAMILIES)
        .bind(expires_at.millis())
        .bind(subject.to_string())
        .bind(client_id.as_str())
        .bind(ended_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Revokes each family of `client` that ended at `ended_at`.
pub(crate) async fn insert_all_families(
    tx: &mut Transaction,
    client: &ClientId,
    ended_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT_ALL_FAMILIES).bind(expires_at.millis()).bind(client.as_str());
    insert.bind(ended_at.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// What was made at `since` or later, or at any time, and has not expired at `now`.
pub(crate) async fn since(
    connection: &mut Connection,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Revocation>, DbError> {
    let since = since.map_or(i64::MIN, Timestamp::millis);
    query(SINCE).bind(since).bind(now.millis()).fetch_all(connection).await?.iter().map(read).collect()
}

/// Whether any revocation ends the token with these claims.
pub(crate) async fn concern(connection: &mut Connection, claims: &Claims) -> Result<bool, DbError> {
    let targets: Vec<String> = Target::of(claims).map(|target| target.uuid().to_string()).collect();
    for some in targets.chunks(STATEMENT_TARGETS) {
        let padding = std::iter::repeat_n(some.first(), STATEMENT_TARGETS - some.len()).flatten();
        let of_targets =
            some.iter().chain(padding).fold(query(OF_TARGETS), |all, target| all.bind(target.as_str()));
        for row in of_targets.fetch_all(&mut *connection).await? {
            if read(&row)?.concerns(claims) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Until when a target is revoked; `None` when it is not, or no longer.
pub(crate) async fn revoked_until(
    connection: &mut Connection,
    target: Target,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let target = target.uuid().to_string();
    let of_target = (0..STATEMENT_TARGETS).fold(query(OF_TARGETS), |all, _| all.bind(target.as_str()));
    let rows = of_target.fetch_all(connection).await?;
    let ends = rows.iter().map(|row| read(row).map(|revocation| revocation.expires_at));
    let last = ends.collect::<Result<Vec<_>, _>>()?.into_iter().max();
    Ok(last.filter(|end| now < *end))
}

fn read(row: &AnyRow) -> Result<Revocation, DbError> {
    let kind: String = row.try_get("kind")?;
    let target: String = row.try_get("target")?;
    let target = Target::parse(&kind, &target).ok_or(DbError::Unreadable { column: "revocations.target" })?;
    let not_before = Timestamp::from_millis(row.try_get("not_before")?);
    let expires_at = Timestamp::from_millis(row.try_get("expires_at")?);
    Ok(Revocation { target, not_before, expires_at })
}
