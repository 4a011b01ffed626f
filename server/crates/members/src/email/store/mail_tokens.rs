//! The table `mail_tokens`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::EmailAddress;

use crate::model::mail_purpose::MailPurpose;

/// How many codes may be tried for one mail. Across mails, a limit on the address bounds them.
const MAX_CODE_ATTEMPTS: i64 = 5;

db::statements! {
    DELETE_OLDER = "DELETE FROM mail_tokens WHERE owner_id = ? AND purpose = ?";
    INSERT = "INSERT INTO mail_tokens (token_hash, code_tag, code_attempts, purpose, owner_id, address, expires_at) \
        VALUES (?, ?, 0, ?, ?, ?, ?)";
    FIND = "SELECT token_hash, code_tag, owner_id, address FROM mail_tokens \
        WHERE token_hash = ? AND purpose = ? AND expires_at > ?";
    COUNT_ATTEMPT = "UPDATE mail_tokens SET code_attempts = code_attempts + 1 \
        WHERE address = ? AND purpose = ? AND expires_at > ?";
    /// Two members may want one new address, so there may be several; the limit bounds the work.
    FIND_BY_ADDRESS = "SELECT token_hash, code_tag, owner_id, address FROM mail_tokens \
        WHERE address = ? AND purpose = ? AND expires_at > ? AND code_attempts <= ? LIMIT 5";
    SPEND = "DELETE FROM mail_tokens WHERE token_hash = ? AND purpose = ? AND expires_at > ?";
    OF_OWNER = "SELECT purpose, address, expires_at FROM mail_tokens WHERE owner_id = ? ORDER BY purpose";
    DELETE_OF_OWNER = "DELETE FROM mail_tokens WHERE owner_id = ?";
    DELETE_ALL = "DELETE FROM mail_tokens";
}

/// A token that is valid now, not spent yet.
pub(crate) struct FoundToken {
    pub(crate) token: TokenHash,
    pub(crate) code_tag: Vec<u8>,
    pub(crate) owner: String,
    pub(crate) address: EmailAddress,
}

/// What a new mail writes.
pub(crate) struct NewToken<'a> {
    pub(crate) token: TokenHash,
    pub(crate) code_tag: [u8; 32],
    pub(crate) purpose: MailPurpose,
    pub(crate) owner: &'a str,
    pub(crate) address: &'a EmailAddress,
    pub(crate) expires_at: Timestamp,
}

/// Writes a token over its owner's older one of the same purpose (S-MAIL-5). [`DbError::Exists`] when another request wrote one
/// at the same time.
pub(crate) async fn put(tx: &mut Transaction, new: &NewToken<'_>) -> Result<(), DbError> {
    query(DELETE_OLDER).bind(new.owner).bind(new.purpose.as_str()).execute(&mut **tx).await?;
    query(INSERT)
        .bind(new.token.as_bytes().to_vec())
        .bind(new.code_tag.to_vec())
        .bind(new.purpose.as_str())
        .bind(new.owner)
        .bind(new.address.as_str())
        .bind(new.expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The token, without spending it.
pub(crate) async fn find(
    connection: &mut Connection,
    token: &TokenHash,
    purpose: MailPurpose,
    now: Timestamp,
) -> Result<Option<FoundToken>, DbError> {
    let row = query(FIND)
        .bind(token.as_bytes().to_vec())
        .bind(purpose.as_str())
        .bind(now.millis())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Counts an attempt with a code for `address`, and returns the tokens whose code it may be. Commit before comparing, or the
/// count is useless.
pub(crate) async fn count_attempt(
    tx: &mut Transaction,
    address: &EmailAddress,
    purpose: MailPurpose,
    now: Timestamp,
) -> Result<Vec<FoundToken>, DbError> {
    query(COUNT_ATTEMPT)
        .bind(address.as_str())
        .bind(purpose.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    let rows = query(FIND_BY_ADDRESS)
        .bind(address.as_str())
        .bind(purpose.as_str())
        .bind(now.millis())
        .bind(MAX_CODE_ATTEMPTS)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Spends the token; `false` when somebody else did, or it is over (S-MAIL-2).
pub(crate) async fn spend(
    tx: &mut Transaction,
    token: &TokenHash,
    purpose: MailPurpose,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = query(SPEND)
        .bind(token.as_bytes().to_vec())
        .bind(purpose.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// An owner's tokens: their purpose, address and end.
pub(crate) async fn of_owner(
    connection: &mut Connection,
    owner: &str,
) -> Result<Vec<(String, String, Timestamp)>, DbError> {
    let rows = query(OF_OWNER).bind(owner).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        let expires_at = Timestamp::from_millis(row.try_get("expires_at")?);
        Ok((row.try_get("purpose")?, row.try_get("address")?, expires_at))
    };
    rows.iter().map(read).collect()
}

/// Cancels all tokens of an owner.
pub(crate) async fn delete_of_owner(tx: &mut Transaction, owner: &str) -> Result<(), DbError> {
    query(DELETE_OF_OWNER).bind(owner).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<FoundToken, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let token: Vec<u8> = row.try_get("token_hash")?;
    let address: String = row.try_get("address")?;
    Ok(FoundToken {
        token: TokenHash::from_bytes(&token).ok_or_else(|| unreadable("mail_tokens.token_hash"))?,
        code_tag: row.try_get("code_tag")?,
        owner: row.try_get("owner_id")?,
        address: kernel::email_address::read(&address).ok_or_else(|| unreadable("mail_tokens.address"))?,
    })
}

/// Ends all mails that wait for their proof, no matter to whom they were sent, as after a backup was restored: which of them were
/// spent since is not known. Anyone who is waiting asks for a new one.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &mut Transaction) -> Result<u64, DbError> {
    Ok(query(DELETE_ALL).execute(&mut **tx).await?.rows_affected())
}
