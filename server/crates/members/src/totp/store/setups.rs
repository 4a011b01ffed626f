//! The table `totp_setups`: one-time codes that are being turned on, and recovery codes that were not put away yet.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Purpose, Timestamp};
use names::MemberId;

use crate::totp::set_up_place::SetUpPlace;

db::statements! {
    FIND = "SELECT session_id, seed_sealed, codes_sealed FROM totp_setups WHERE id = ? AND expires_at > ?";
    INSERT = "INSERT INTO totp_setups (id, session_id, seed_sealed, codes_sealed, expires_at) VALUES (?, ?, ?, ?, ?)";
    DELETE = "DELETE FROM totp_setups WHERE id = ?";
    DELETE_OF_PLACE = "DELETE FROM totp_setups WHERE id = ? AND session_id = ?";
}

/// What seeds are sealed for here, with the id of their member.
pub(crate) const SEED: Purpose = Purpose::new("totp-setup");
/// What recovery codes are sealed for, likewise, for as long as they are shown.
pub(crate) const CODES: Purpose = Purpose::new("recovery-codes-shown");

/// What is being set up.
pub(crate) struct Setup {
    /// Where: no other session of the member sees it.
    pub(crate) place: SetUpPlace,
    /// The seed, while its first code is waited for.
    pub(crate) seed_sealed: Option<Vec<u8>>,
    /// The recovery codes, once they are there.
    pub(crate) codes_sealed: Option<Vec<u8>>,
}

pub(crate) async fn find(
    connection: &mut Connection,
    member: MemberId,
    now: Timestamp,
) -> Result<Option<Setup>, DbError> {
    let row = query(FIND).bind(member.to_string()).bind(now.millis()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Begins one, in place of one that was begun.
pub(crate) async fn put(
    tx: &mut Transaction,
    member: MemberId,
    setup: Setup,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    delete(tx, member).await?;
    query(INSERT)
        .bind(member.to_string())
        .bind(setup.place.text())
        .bind(setup.seed_sealed)
        .bind(setup.codes_sealed)
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends one; its row count decides between requests that do so at once.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId) -> Result<bool, DbError> {
    Ok(query(DELETE).bind(member.to_string()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends the one of a place: another session of the member ends nothing that it does not see.
pub(crate) async fn delete_of_place(
    tx: &mut Transaction,
    member: MemberId,
    place: SetUpPlace,
) -> Result<(), DbError> {
    let delete = query(DELETE_OF_PLACE).bind(member.to_string()).bind(place.text());
    delete.execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Setup, DbError> {
    let session: String = row.try_get("session_id")?;
    Ok(Setup {
        place: SetUpPlace::parse(&session).ok_or(DbError::Unreadable { column: "totp_setups.session_id" })?,
        seed_sealed: row.try_get("seed_sealed")?,
        codes_sealed: row.try_get("codes_sealed")?,
    })
}
