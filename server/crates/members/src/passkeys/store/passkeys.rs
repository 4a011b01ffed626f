//! The table `passkeys`.

use db::{AnyRow, Connection, DbError, Row as _, Statement, Transaction, query};
use kernel::Timestamp;
use names::MemberId;
use names::id::Uuid;

use crate::passkeys::passkey::{Passkey, PasskeyId, SigningPasskey};

db::statements! {
    INSERT = "INSERT INTO passkeys (id, member_id, credential_id, credential, rp_id, name, aaguid, transports, counter, \
        backup_eligible, backed_up, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT id, member_id, credential_id, credential, rp_id, name, aaguid, transports, counter, backup_eligible, \
        backed_up, created_at, last_used_at FROM passkeys WHERE credential_id = ?";
    OF_MEMBER = "SELECT id, member_id, credential_id, credential, rp_id, name, aaguid, transports, counter, \
        backup_eligible, backed_up, created_at, last_used_at FROM passkeys WHERE member_id = ? ORDER BY created_at, id";
    /// The condition on the counter decides between two uses at once: the same count is never taken twice, unless the key
    /// does not count at all.
    USE = "UPDATE passkeys SET counter = ?, backed_up = ?, last_used_at = ? \
        WHERE id = ? AND member_id = ? AND (counter < ? OR (counter = 0 AND ? = 0))";
    RENAME = "UPDATE passkeys SET name = ? WHERE id = ? AND member_id = ?";
    DELETE = "DELETE FROM passkeys WHERE id = ? AND member_id = ?";
    COUNT = "SELECT COUNT(*) AS known FROM passkeys WHERE member_id = ? AND rp_id = ?";
    /// Members who have passkeys of another domain and nothing else to sign in with.
    STRANDED = "SELECT COUNT(*) AS members FROM members m \
        WHERE EXISTS (SELECT 1 FROM passkeys p WHERE p.member_id = m.id AND p.rp_id <> ?) \
        AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.member_id = m.id AND p.rp_id = ?) \
        AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.member_id = m.id) \
        AND NOT EXISTS (SELECT 1 FROM local_accounts a WHERE a.member_id = m.id AND a.password_hash <> '')";
}

/// Gives the member another passkey. [`DbError::Exists`] when somebody has it.
pub(crate) async fn insert(tx: &mut Transaction, passkey: &Passkey) -> Result<(), DbError> {
    query(INSERT)
        .bind(passkey.id.to_string())
        .bind(passkey.member.to_string())
        .bind(passkey.credential_id.clone())
        .bind(passkey.credential.clone())
        .bind(passkey.rp_id.clone())
        .bind(passkey.name.clone())
        .bind(passkey.aaguid.to_string())
        .bind(passkey.transports.clone())
        .bind(i64::from(passkey.counter))
        .bind(i64::from(passkey.backup_eligible))
        .bind(i64::from(passkey.backed_up))
        .bind(passkey.created_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    connection: &mut Connection,
    credential_id: &[u8],
) -> Result<Option<Passkey>, DbError> {
    let row = query(FIND).bind(credential_id.to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// All of a member, oldest first, those of other domains included.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<Passkey>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// How many a member can use at this domain.
pub(crate) async fn count(
    connection: &mut Connection,
    member: MemberId,
    rp_id: &str,
) -> Result<usize, DbError> {
    let count = query(COUNT).bind(member.to_string()).bind(rp_id.to_owned());
    let known: i64 = count.fetch_one(connection).await?.try_get("known")?;
    Ok(usize::try_from(known).unwrap_or(0))
}

/// A use of a passkey, as its signature says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) counter: u32,
    pub(crate) backed_up: bool,
    pub(crate) at: Timestamp,
}

/// Records a use, and holds the row until the commit; it changes none when the passkey is gone, or another use has counted as far.
pub(crate) fn recording_use(passkey: &SigningPasskey, of: Use) -> Statement<'static> {
    let counter = i64::from(of.counter);
    query(USE)
        .bind(counter)
        .bind(i64::from(of.backed_up))
        .bind(of.at.millis())
        .bind(passkey.id.to_string())
        .bind(passkey.member.to_string())
        .bind(counter)
        .bind(counter)
}

/// Changes what a passkey is called; `false` when the member has no such passkey.
pub(crate) async fn rename(
    tx: &mut Transaction,
    member: MemberId,
    id: PasskeyId,
    name: &str,
) -> Result<bool, DbError> {
    let rename = query(RENAME).bind(name.to_owned()).bind(id.to_string()).bind(member.to_string());
    Ok(rename.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes a passkey; `false` when another request did.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId, id: PasskeyId) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(id.to_string()).bind(member.to_string());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// How many members could not sign in any more if passkeys were made for `rp_id` from now on.
pub(crate) async fn count_stranded(connection: &mut Connection, rp_id: &str) -> Result<u64, DbError> {
    let count = query(STRANDED).bind(rp_id.to_owned()).bind(rp_id.to_owned());
    let members: i64 = count.fetch_one(connection).await?.try_get("members")?;
    Ok(u64::try_from(members).unwrap_or(0))
}

fn read(row: &AnyRow) -> Result<Passkey, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &'static str| -> Result<String, DbError> { Ok(row.try_get(column)?) };
    let is_set = |column: &'static str| -> Result<bool, DbError> { Ok(row.try_get::<i64, _>(column)? != 0) };
    let counter: i64 = row.try_get("counter")?;
    let last_used_at: Option<i64> = row.try_get("last_used_at")?;
    Ok(Passkey {
        id: PasskeyId::parse(&text("id")?).map_err(|_| unreadable("passkeys.id"))?,
        member: MemberId::parse(&text("member_id")?).map_err(|_| unreadable("passkeys.member_id"))?,
        credential_id: row.try_get("credential_id")?,
        credential: text("credential")?,
        rp_id: text("rp_id")?,
        name: text("name")?,
        aaguid: Uuid::parse_str(&text("aaguid")?).map_err(|_| unreadable("passkeys.aaguid"))?,
        transports: text("transports")?,
        counter: u32::try_from(counter).map_err(|_| unreadable("passkeys.counter"))?,
        backup_eligible: is_set("backup_eligible")?,
        backed_up: is_set("backed_up")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        last_used_at: last_used_at.map(Timestamp::from_millis),
    })
}
