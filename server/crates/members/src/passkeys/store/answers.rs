//! What is looked up when a browser answers to sign in.

use db::{AnyRow, Connection, DbError, Row as _, query};
use names::MemberId;

use crate::model::member::MemberStatus;
use crate::passkeys::ceremony::{Ceremony, CeremonyId};
use crate::passkeys::passkey::{PasskeyId, SigningPasskey};
use crate::passkeys::store::ceremonies;

db::statements! {
    /// All of it at once: statements are most of what a sign-in by a passkey costs.
    FIND = "SELECT c.id, c.purpose, c.browser_hash, c.member_id, c.session_id, c.sealed, c.expires_at, p.id AS passkey_id, \
        p.member_id AS owner_id, p.credential, p.rp_id, p.counter, p.backup_eligible, p.backed_up, m.status \
        FROM ceremonies c LEFT JOIN passkeys p ON p.credential_id = ? LEFT JOIN members m ON m.id = p.member_id WHERE c.id = ?";
}

/// What an answer belongs to.
pub(crate) struct Answered {
    pub(crate) ceremony: Ceremony,
    /// The passkey that signed it, if it is known.
    pub(crate) passkey: Option<SigningPasskey>,
    /// What its owner is; `None` where they are gone.
    pub(crate) owner: Option<MemberStatus>,
}

/// The ceremony, if it is there, and the passkey with this id.
pub(crate) async fn find(
    connection: &mut Connection,
    ceremony: CeremonyId,
    credential_id: &[u8],
) -> Result<Option<Answered>, DbError> {
    let find = query(FIND).bind(credential_id.to_vec()).bind(ceremony.to_string());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let status: Option<String> = row.try_get("status")?;
    let known =
        |status: String| MemberStatus::parse(&status).ok_or(DbError::Unreadable { column: "members.status" });
    Ok(Some(Answered {
        ceremony: ceremonies::read(&row)?,
        passkey: read_passkey(&row)?,
        owner: status.map(known).transpose()?,
    }))
}

fn read_passkey(row: &AnyRow) -> Result<Option<SigningPasskey>, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let Some(id) = row.try_get::<Option<String>, _>("passkey_id")? else { return Ok(None) };
    let owner: String = row.try_get("owner_id")?;
    let is_set = |column: &'static str| -> Result<bool, DbError> { Ok(row.try_get::<i64, _>(column)? != 0) };
    let counter: i64 = row.try_get("counter")?;
    Ok(Some(SigningPasskey {
        id: PasskeyId::parse(&id).map_err(|_| unreadable("passkeys.id"))?,
        member: MemberId::parse(&owner).map_err(|_| unreadable("passkeys.member_id"))?,
        credential: row.try_get("credential")?,
        rp_id: row.try_get("rp_id")?,
        counter: u32::try_from(counter).map_err(|_| unreadable("passkeys.counter"))?,
        backup_eligible: is_set("backup_eligible")?,
        backed_up: is_set("backed_up")?,
    }))
}
