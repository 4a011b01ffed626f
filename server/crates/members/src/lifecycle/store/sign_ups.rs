//! The table `pending_sign_ups`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;
use names::{EmailAddress, define_id};

define_id!(
    /// The id of a sign-up that waits for its proof.
    SignUpId
);

db::statements! {
    FIND = "SELECT id, email, nickname, password_hash, contested FROM pending_sign_ups \
        WHERE email = ? AND expires_at > ?";
    FIND_BY_ID = "SELECT id, email, nickname, password_hash, contested FROM pending_sign_ups \
        WHERE id = ? AND expires_at > ?";
    /// `contested` comes first: MySQL reads columns as the assignments before have left them.
    TAKE_OVER = "UPDATE pending_sign_ups SET contested = CASE WHEN expires_at <= ? THEN 0 \
        WHEN contested = 1 OR password_hash <> ? THEN 1 ELSE 0 END, \
        nickname = ?, password_hash = ?, expires_at = ? WHERE email = ?";
    TAKE_OVER_COMPARED = "UPDATE pending_sign_ups SET contested = CASE WHEN expires_at <= ? THEN 0 \
        WHEN contested = 1 OR password_hash <> ? THEN 1 ELSE 0 END, \
        nickname = ?, password_hash = ?, expires_at = ? WHERE email = ? AND (expires_at <= ? OR password_hash = ?)";
    INSERT = "INSERT INTO pending_sign_ups (id, email, nickname, password_hash, contested, expires_at) \
        VALUES (?, ?, ?, ?, 0, ?)";
    DELETE = "DELETE FROM pending_sign_ups WHERE id = ? AND password_hash = ?";
    DELETE_OF_ADDRESS = "DELETE FROM pending_sign_ups WHERE email = ?";
}

/// A sign-up that waits for its proof.
pub(crate) struct PendingSignUp {
    pub(crate) id: SignUpId,
    pub(crate) email: EmailAddress,
    pub(crate) nickname: String,
    pub(crate) password_hash: String,
    pub(crate) contested: bool,
}

/// What a new sign-up writes.
pub(crate) struct NewSignUp<'a> {
    /// Taken if there is no row for the address yet.
    pub(crate) id: SignUpId,
    pub(crate) email: &'a EmailAddress,
    pub(crate) nickname: &'a str,
    pub(crate) password_hash: &'a str,
    /// The earlier row's hash, if the new password was found to be the same.
    pub(crate) same_as: Option<&'a str>,
    pub(crate) uncompared: Uncompared<'a>,
    pub(crate) expires_at: Timestamp,
}

/// What becomes of an earlier row whose password was not compared with the new one: another request wrote it meanwhile.
#[derive(Clone, Copy)]
pub(crate) enum Uncompared<'a> {
    /// Nothing is written. The new password was compared with this hash, if there was one.
    Refuse { compared: Option<&'a str> },
    /// It is taken over as one with another password, since nobody has the new one to compare it any more.
    Contest,
}

pub(crate) async fn find(
    connection: &mut Connection,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<Option<PendingSignUp>, DbError> {
    let row = query(FIND).bind(email.as_str()).bind(now.millis()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn find_by_id(
    connection: &mut Connection,
    id: &str,
    now: Timestamp,
) -> Result<Option<PendingSignUp>, DbError> {
    let row = query(FIND_BY_ID).bind(id).bind(now.millis()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Writes a sign-up, over an earlier one for the same address if there is one, and returns the row's id. [`DbError::Exists`] when
/// another request wrote one at the same time, or before, and the passwords are yet to be compared.
pub(crate) async fn put(
    tx: &mut Transaction,
    new: &NewSignUp<'_>,
    now: Timestamp,
) -> Result<SignUpId, DbError> {
    let take_over = query(match new.uncompared {
        Uncompared::Refuse { .. } => TAKE_OVER_COMPARED,
        Uncompared::Contest => TAKE_OVER,
    });
    let mut take_over = take_over
        .bind(now.millis())
        .bind(new.same_as.unwrap_or_default())
        .bind(new.nickname)
        .bind(new.password_hash)
        .bind(new.expires_at.millis())
        .bind(new.email.as_str());
    if let Uncompared::Refuse { compared } = new.uncompared {
        take_over = take_over.bind(now.millis()).bind(compared.unwrap_or_default());
    }
    if take_over.execute(&mut **tx).await?.rows_affected() == 1 {
        let row = find(tx, new.email, now).await?;
        return row.map(|row| row.id).ok_or(DbError::Unreadable { column: "pending_sign_ups.expires_at" });
    }
    query(INSERT)
        .bind(new.id.to_string())
        .bind(new.email.as_str())
        .bind(new.nickname)
        .bind(new.password_hash)
        .bind(new.expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(new.id)
}

/// Removes the row if it is still as it was read.
pub(crate) async fn delete(tx: &mut Transaction, read: &PendingSignUp) -> Result<bool, DbError> {
    let done =
        query(DELETE).bind(read.id.to_string()).bind(read.password_hash.as_str()).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes the sign-up that waits for this address: somebody has proven it in another way. `false` when there is none.
pub(crate) async fn delete_of_address(tx: &mut Transaction, email: &EmailAddress) -> Result<bool, DbError> {
    let done = query(DELETE_OF_ADDRESS).bind(email.as_str()).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &db::AnyRow) -> Result<PendingSignUp, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let (id, email): (String, String) = (row.try_get("id")?, row.try_get("email")?);
    Ok(PendingSignUp {
        id: SignUpId::parse(&id).map_err(|_| unreadable("pending_sign_ups.id"))?,
        email: kernel::email_address::read(&email).ok_or_else(|| unreadable("pending_sign_ups.email"))?,
        nickname: row.try_get("nickname")?,
        password_hash: row.try_get("password_hash")?,
        contested: row.try_get::<i64, _>("contested")? != 0,
    })
}
