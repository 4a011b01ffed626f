//! The table `admin_invitations`.

use db::{DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::OperatorReason;

db::statements! {
    INSERT = "INSERT INTO admin_invitations (token_hash, note, expires_at) VALUES (?, ?, ?)";
    NOTE = "SELECT note FROM admin_invitations WHERE token_hash = ? AND expires_at > ?";
    /// Of two who come with one link, one finds it.
    SPEND = "DELETE FROM admin_invitations WHERE token_hash = ? AND expires_at > ?";
    CANCEL_ALL = "DELETE FROM admin_invitations";
}

/// Writes an invitation.
pub(crate) async fn insert(
    tx: &mut Transaction,
    token: &TokenHash,
    reason: &OperatorReason,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(token.as_bytes().to_vec()).bind(reason.as_str());
    insert.bind(expires_at.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Spends the invitation of this token, and gives the reason for which it was made; `None` when there is none.
pub(crate) async fn spend(
    tx: &mut Transaction,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<OperatorReason>, DbError> {
    let hash = token.as_bytes().to_vec();
    let row = query(NOTE).bind(hash.clone()).bind(now.millis()).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(None) };
    let note: String = row.try_get("note")?;
    let unreadable = DbError::Unreadable { column: "admin_invitations.note" };
    let reason = OperatorReason::parse(&note).map_err(|_| unreadable)?;
    let spent = query(SPEND).bind(hash).bind(now.millis()).execute(&mut **tx).await?.rows_affected() == 1;
    Ok(spent.then_some(reason))
}

/// Ends all of them, as after a backup was restored: which were accepted since is not known.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(CANCEL_ALL).execute(&mut **tx).await?;
    Ok(())
}
