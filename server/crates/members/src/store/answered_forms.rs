//! The table `answered_forms`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::MemberId;

db::statements! {
    DELETE = "DELETE FROM answered_forms WHERE fingerprint = ?";
    INSERT = "INSERT INTO answered_forms (fingerprint, member_id, expires_at) VALUES (?, ?, ?)";
    FIND = "SELECT member_id FROM answered_forms WHERE fingerprint = ? AND expires_at > ?";
}

/// Remembers a form until `end`.
pub(crate) async fn put(
    tx: &mut Transaction,
    fingerprint: &[u8; 32],
    member: MemberId,
    end: Timestamp,
) -> Result<(), DbError> {
    query(DELETE).bind(fingerprint.to_vec()).execute(&mut **tx).await?;
    let insert = query(INSERT).bind(fingerprint.to_vec()).bind(member.to_string()).bind(end.millis());
    insert.execute(&mut **tx).await?;
    Ok(())
}

/// For whom a form did something.
pub(crate) async fn find(
    connection: &mut Connection,
    fingerprint: &[u8; 32],
    now: Timestamp,
) -> Result<Option<MemberId>, DbError> {
    let find = query(FIND).bind(fingerprint.to_vec()).bind(now.millis());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let unreadable = |_| DbError::Unreadable { column: "answered_forms.member_id" };
    Ok(Some(MemberId::parse(&row.try_get::<String, _>("member_id")?).map_err(unreadable)?))
}
