//! The table `ceremonies`.

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, query};
use kernel::{Purpose, Timestamp, TokenHash};
use names::MemberId;

use crate::passkeys::ceremony::{Ceremony, CeremonyId, CeremonyPurpose, Holder};
use crate::totp::set_up_place::SetUpPlace;

/// What states are sealed for; the owner is the ceremony.
pub(crate) const PURPOSE: Purpose = Purpose::new("passkey-ceremony");

db::statements! {
    INSERT = "INSERT INTO ceremonies (id, purpose, browser_hash, member_id, session_id, sealed, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT id, purpose, browser_hash, member_id, session_id, sealed, expires_at FROM ceremonies WHERE id = ?";
    SPEND = "DELETE FROM ceremonies WHERE id = ?";
    CANCEL_ALL = "DELETE FROM ceremonies";
}

/// Keeps a ceremony.
pub(crate) fn inserting(ceremony: &Ceremony) -> Statement<'static> {
    query(INSERT)
        .bind(ceremony.id.to_string())
        .bind(ceremony.purpose.as_str())
        .bind(ceremony.holder.browser().map(|browser| browser.as_bytes().to_vec()))
        .bind(ceremony.holder.member().map(|member| member.to_string()))
        .bind(ceremony.holder.place().map(SetUpPlace::text))
        .bind(ceremony.sealed.clone())
        .bind(ceremony.expires_at.millis())
}

pub(crate) async fn find(connection: &mut Connection, id: CeremonyId) -> Result<Option<Ceremony>, DbError> {
    let row = query(FIND).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Spends a ceremony. Of any number of tries one gets `true`: the row count decides.
pub(crate) async fn spend(tx: &mut Transaction, id: CeremonyId) -> Result<bool, DbError> {
    Ok(spending(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// What [`spend`] executes.
pub(crate) fn spending(id: CeremonyId) -> Statement<'static> {
    query(SPEND).bind(id.to_string())
}

/// Ends all of them, as after a backup was restored: which were spent since is not known.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(CANCEL_ALL).execute(&mut **tx).await?;
    Ok(())
}

pub(crate) fn read(row: &AnyRow) -> Result<Ceremony, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let (id, purpose): (String, String) = (row.try_get("id")?, row.try_get("purpose")?);
    let browser: Option<Vec<u8>> = row.try_get("browser_hash")?;
    let member: Option<String> = row.try_get("member_id")?;
    let session: Option<String> = row.try_get("session_id")?;
    let holder = match (browser, member, session) {
        (Some(browser), None, None) => Holder::Browser(
            TokenHash::from_bytes(&browser).ok_or_else(|| unreadable("ceremonies.browser_hash"))?,
        ),
        (None, Some(member), Some(session)) => Holder::Member {
            member: MemberId::parse(&member).map_err(|_| unreadable("ceremonies.member_id"))?,
            place: SetUpPlace::parse(&session).ok_or_else(|| unreadable("ceremonies.session_id"))?,
        },
        _ => return Err(unreadable("ceremonies.browser_hash")),
    };
    Ok(Ceremony {
        id: CeremonyId::parse(&id).map_err(|_| unreadable("ceremonies.id"))?,
        purpose: CeremonyPurpose::parse(&purpose).ok_or_else(|| unreadable("ceremonies.purpose"))?,
        holder,
        sealed: row.try_get("sealed")?,
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
