//! The table `factor_resets`: orders that a member's second factors go.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, define_id};

define_id!(
    /// The id of an order.
    FactorResetId
);

db::statements! {
    INSERT = "INSERT INTO factor_resets (id, member_id, waiting, stop_hash, reason, ordered_at, due_at, expires_at) \
        VALUES (?, ?, 1, ?, ?, ?, ?, ?)";
    FIND_WAITING = "SELECT id, member_id, ordered_at, due_at FROM factor_resets WHERE member_id = ? AND waiting = 1";
    FIND_BY_STOP = "SELECT id, member_id, ordered_at, due_at FROM factor_resets WHERE stop_hash = ? AND waiting = 1";
    /// Its row count decides between a stop and the end of the delay.
    END = "UPDATE factor_resets SET waiting = NULL WHERE id = ? AND waiting = 1";
    CANCEL_ALL = "UPDATE factor_resets SET waiting = NULL WHERE waiting = 1";
    OF_MEMBER = "SELECT waiting, ordered_at, due_at FROM factor_resets WHERE member_id = ? ORDER BY ordered_at, id";
}

/// How long a finished order is kept, as a record of what an operator did and why.
const RETENTION: Duration = Duration::from_hours(400 * 24);

/// What an order writes.
pub(crate) struct NewReset<'a> {
    pub(crate) id: FactorResetId,
    pub(crate) member: MemberId,
    /// Of what stops it.
    pub(crate) stop: &'a TokenHash,
    pub(crate) reason: &'a str,
    pub(crate) ordered_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// An order that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitingReset {
    pub(crate) id: FactorResetId,
    pub(crate) member: MemberId,
    pub(crate) ordered_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// An order as its member sees it in their export.
pub(crate) struct OwnReset {
    pub(crate) waits: bool,
    pub(crate) ordered_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// [`DbError::Exists`] when one waits for this member already.
pub(crate) async fn insert(tx: &mut Transaction, new: NewReset<'_>) -> Result<(), DbError> {
    query(INSERT)
        .bind(new.id.to_string())
        .bind(new.member.to_string())
        .bind(new.stop.as_bytes().to_vec())
        .bind(new.reason)
        .bind(new.ordered_at.millis())
        .bind(new.due_at.millis())
        .bind(new.due_at.plus(RETENTION).millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The order that waits for a member.
pub(crate) async fn find_waiting(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<WaitingReset>, DbError> {
    let row = query(FIND_WAITING).bind(member.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The order that waits and is stopped by this.
pub(crate) async fn find_by_stop(
    connection: &mut Connection,
    stop: &TokenHash,
) -> Result<Option<WaitingReset>, DbError> {
    let row = query(FIND_BY_STOP).bind(stop.as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Ends an order; `false` when it had ended before.
pub(crate) async fn end(tx: &mut Transaction, id: FactorResetId) -> Result<bool, DbError> {
    Ok(query(END).bind(id.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends all that wait, as after a backup was restored: which their owners stopped since is not known, and their time may be over.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(CANCEL_ALL).execute(&mut **tx).await?;
    Ok(())
}

/// All of a member's, oldest first.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<OwnReset>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        Ok(OwnReset {
            waits: row.try_get::<Option<i64>, _>("waiting")?.is_some(),
            ordered_at: Timestamp::from_millis(row.try_get("ordered_at")?),
            due_at: Timestamp::from_millis(row.try_get("due_at")?),
        })
    };
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<WaitingReset, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    Ok(WaitingReset {
        id: FactorResetId::parse(&row.try_get::<String, _>("id")?)
            .map_err(|_| unreadable("factor_resets.id"))?,
        member: MemberId::parse(&row.try_get::<String, _>("member_id")?)
            .map_err(|_| unreadable("factor_resets.member_id"))?,
        ordered_at: Timestamp::from_millis(row.try_get("ordered_at")?),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
    })
}
