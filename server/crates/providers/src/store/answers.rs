//! The table `answered_callbacks`.

use db::{Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::ProviderName;

use crate::transaction::TransactionId;

db::statements! {
    INSERT = "INSERT INTO answered_callbacks (id, callback_hash, browser_hash, provider, answer, expires_at) \
        VALUES (?, ?, ?, ?, NULL, ?)";
    FIND = "SELECT id, browser_hash, provider, answer FROM answered_callbacks \
        WHERE callback_hash = ? AND expires_at > ?";
    KEEP = "UPDATE answered_callbacks SET answer = ?, expires_at = ? WHERE id = ?";
    FIND_ANSWER = "SELECT answer FROM answered_callbacks WHERE id = ? AND expires_at > ?";
    DELETE = "DELETE FROM answered_callbacks WHERE id = ?";
    DELETE_ALL = "DELETE FROM answered_callbacks";
}

/// A callback that came before.
pub(crate) struct Answered {
    pub(crate) id: TransactionId,
    pub(crate) browser: TokenHash,
    pub(crate) provider: ProviderName,
    pub(crate) progress: Progress,
}

/// The callback of a login that is worked on.
pub(crate) struct Begun<'a> {
    pub(crate) id: TransactionId,
    pub(crate) provider: ProviderName,
    pub(crate) callback: &'a TokenHash,
    pub(crate) browser: &'a TokenHash,
}

/// Writes down that the callback of a login is worked on, until `end`.
pub(crate) async fn begin(tx: &mut Transaction, begun: Begun<'_>, end: Timestamp) -> Result<(), DbError> {
    let Begun { id, provider, callback, browser } = begun;
    // One of this id is of a time before the clock was put back.
    delete(tx, id).await?;
    query(INSERT)
        .bind(id.to_string())
        .bind(callback.as_bytes().to_vec())
        .bind(browser.as_bytes().to_vec())
        .bind(provider.as_str())
        .bind(end.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The same callback, if it came before.
pub(crate) async fn find(
    connection: &mut Connection,
    callback: &TokenHash,
    now: Timestamp,
) -> Result<Option<Answered>, DbError> {
    let find = query(FIND).bind(callback.as_bytes().to_vec()).bind(now.millis());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let unreadable = |column| DbError::Unreadable { column };
    let browser: Vec<u8> = row.try_get("browser_hash")?;
    Ok(Some(Answered {
        id: TransactionId::parse(&row.try_get::<String, _>("id")?)
            .map_err(|_| unreadable("answered_callbacks.id"))?,
        browser: TokenHash::from_bytes(&browser)
            .ok_or_else(|| unreadable("answered_callbacks.browser_hash"))?,
        provider: ProviderName::parse(&row.try_get::<String, _>("provider")?)
            .ok_or_else(|| unreadable("answered_callbacks.provider"))?,
        progress: row.try_get::<Option<_>, _>("answer")?.map_or(Progress::UnderWay, Progress::Answered),
    }))
}

/// Keeps what a callback is answered with until `end`.
pub(crate) async fn keep(
    tx: &mut Transaction,
    id: TransactionId,
    sealed: Vec<u8>,
    end: Timestamp,
) -> Result<(), DbError> {
    query(KEEP).bind(sealed).bind(end.millis()).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// How far a callback has come.
pub(crate) enum Progress {
    /// It was answered with this, sealed.
    Answered(Vec<u8>),
    /// It is being worked on.
    UnderWay,
    /// It is over.
    Over,
}

/// Looks how far a callback has come.
pub(crate) async fn progress(
    connection: &mut Connection,
    id: TransactionId,
    now: Timestamp,
) -> Result<Progress, DbError> {
    let find = query(FIND_ANSWER).bind(id.to_string()).bind(now.millis());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(Progress::Over) };
    let answer: Option<Vec<u8>> = row.try_get("answer")?;
    Ok(answer.map_or(Progress::UnderWay, Progress::Answered))
}

/// Forgets all callbacks.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}

/// Forgets a callback.
pub(crate) async fn delete(tx: &mut Transaction, id: TransactionId) -> Result<(), DbError> {
    query(DELETE).bind(id.to_string()).execute(&mut **tx).await?;
    Ok(())
}
