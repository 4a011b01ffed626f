//! The tables `recovery_keys` and `recovery_codes`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::{Purpose, TokenHash};
use names::MemberId;

db::statements! {
    FIND_KEY = "SELECT key_sealed FROM recovery_keys WHERE id = ?";
    INSERT_KEY = "INSERT INTO recovery_keys (id, key_sealed) VALUES (?, ?)";
    DELETE_KEY = "DELETE FROM recovery_keys WHERE id = ?";
    INSERT = "INSERT INTO recovery_codes (code_hash, member_id) VALUES (?, ?)";
    /// Of any number of requests with the same code, one finds it.
    SPEND = "DELETE FROM recovery_codes WHERE code_hash = ? AND member_id = ?";
    DELETE_ALL = "DELETE FROM recovery_codes WHERE member_id = ?";
    COUNT = "SELECT COUNT(*) AS left_over FROM recovery_codes WHERE member_id = ?";
}

/// What keys are sealed for, with the id of their member.
pub(crate) const PURPOSE: Purpose = Purpose::new("recovery-key");

/// The key of a member's codes.
pub(crate) async fn find_key(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Option<Vec<u8>>, DbError> {
    let row = query(FIND_KEY).bind(member.to_string()).fetch_optional(connection).await?;
    row.map(|row| Ok(row.try_get("key_sealed")?)).transpose()
}

/// Gives a member these codes, in place of those that they had.
pub(crate) async fn put(
    tx: &mut Transaction,
    member: MemberId,
    key_sealed: Vec<u8>,
    hashes: &[TokenHash],
) -> Result<(), DbError> {
    delete_all(tx, member).await?;
    query(INSERT_KEY).bind(member.to_string()).bind(key_sealed).execute(&mut **tx).await?;
    for hash in hashes {
        query(INSERT).bind(hash.as_bytes().to_vec()).bind(member.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Spends a code; `false` when it is none of the member's.
pub(crate) async fn spend(tx: &mut Transaction, member: MemberId, hash: &TokenHash) -> Result<bool, DbError> {
    let spend = query(SPEND).bind(hash.as_bytes().to_vec()).bind(member.to_string());
    Ok(spend.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes all codes of a member away.
pub(crate) async fn delete_all(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(DELETE_ALL).bind(member.to_string()).execute(&mut **tx).await?;
    query(DELETE_KEY).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// How many a member has left.
pub(crate) async fn count(connection: &mut Connection, member: MemberId) -> Result<u32, DbError> {
    let row = query(COUNT).bind(member.to_string()).fetch_one(connection).await?;
    Ok(u32::try_from(row.try_get::<i64, _>("left_over")?).unwrap_or(0))
}
