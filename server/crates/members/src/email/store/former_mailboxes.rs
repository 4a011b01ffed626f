//! The table `former_mailboxes`: mailboxes that were a member's until a while ago.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, define_id};

define_id!(
    /// The id of a row.
    FormerMailboxId
);

/// How long a mailbox is told that was a member's.
pub(crate) const RETENTION: Duration = Duration::from_hours(30 * 24);

db::statements! {
    DELETE = "DELETE FROM former_mailboxes WHERE member_id = ? AND address = ?";
    DELETE_UNSETTLED = "DELETE FROM former_mailboxes WHERE member_id = ? AND settled = 0";
    INSERT = "INSERT INTO former_mailboxes (id, member_id, address, settled, expires_at) VALUES (?, ?, ?, ?, ?)";
    SETTLED = "SELECT COUNT(*) AS known FROM former_mailboxes WHERE member_id = ? AND settled = 1 AND expires_at > ?";
    IS_SETTLED = "SELECT COUNT(*) AS known FROM former_mailboxes \
        WHERE member_id = ? AND address = ? AND settled = 1 AND expires_at > ?";
    /// The oldest first: changing the address again and again hides none of those of before.
    OF_MEMBER = "SELECT address FROM former_mailboxes WHERE member_id = ? AND expires_at > ? ORDER BY expires_at, id LIMIT 20";
    ALL = "SELECT address, expires_at FROM former_mailboxes WHERE member_id = ? ORDER BY expires_at, id";
}

/// A mailbox that is a member's no more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Former<'a> {
    pub(crate) member: MemberId,
    pub(crate) address: &'a EmailAddress,
    /// Whether it was theirs beyond doubt.
    pub(crate) is_settled: bool,
}

/// Keeps it. One that was kept as settled before stays so.
pub(crate) async fn keep(
    tx: &mut Transaction,
    id: FormerMailboxId,
    Former { member, address, is_settled }: Former<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let known = query(IS_SETTLED).bind(member.to_string()).bind(address.as_str()).bind(now.millis());
    let was_settled = known.fetch_one(&mut **tx).await?.try_get::<i64, _>("known")? > 0;
    query(DELETE).bind(member.to_string()).bind(address.as_str()).execute(&mut **tx).await?;
    query(INSERT)
        .bind(id.to_string())
        .bind(member.to_string())
        .bind(address.as_str())
        .bind(i64::from(is_settled || was_settled))
        .bind(now.plus(RETENTION).millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets those of a member that were theirs for a short time only.
pub(crate) async fn delete_unsettled(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(DELETE_UNSETTLED).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// Whether one of those that are still told at `now` was the member's beyond doubt.
pub(crate) async fn has_settled(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row = query(SETTLED).bind(member.to_string()).bind(now.millis()).fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>("known")? > 0)
}

/// Those of a member that are still told at `now`.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<EmailAddress>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).bind(now.millis()).fetch_all(connection).await?;
    let read = |row: &AnyRow| Ok(kernel::email_address::read(&row.try_get::<String, _>("address")?));
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// All of a member's with their ends, as they are stored.
pub(crate) async fn all(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<(String, Timestamp)>, DbError> {
    let rows = query(ALL).bind(member.to_string()).fetch_all(connection).await?;
    let read =
        |row: &AnyRow| Ok((row.try_get("address")?, Timestamp::from_millis(row.try_get("expires_at")?)));
    rows.iter().map(read).collect()
}
