//! The table `answered_callbacks`. The codes of second steps that a browser may send again are in it, too.

use db::{Connection, DbError, Row as _, Statement, Transaction, Unit, query};
use kernel::{Timestamp, TokenHash};
use names::{ProviderName, SignInMethod};

use crate::transaction::TransactionId;

db::statements! {
    INSERT = "INSERT INTO answered_callbacks (id, callback_hash, browser_hash, provider, answer, expires_at) \
        VALUES (?, ?, ?, ?, NULL, ?)";
    FIND = "SELECT id, browser_hash, provider, answer FROM answered_callbacks \
        WHERE callback_hash = ? AND expires_at > ?";
    /// The same code from the same browser, of a time before.
    DELETE_SENT = "DELETE FROM answered_callbacks WHERE callback_hash = ?";
    INSERT_SENT = "INSERT INTO answered_callbacks (id, callback_hash, browser_hash, provider, answer, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?)";
    FIND_SENT = "SELECT id, answer FROM answered_callbacks \
        WHERE callback_hash = ? AND browser_hash = ? AND answer IS NOT NULL AND expires_at > ?";
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
#[derive(Clone, Copy)]
pub(crate) struct Begun<'a> {
    pub(crate) id: TransactionId,
    pub(crate) provider: ProviderName,
    pub(crate) callback: &'a TokenHash,
    pub(crate) browser: &'a TokenHash,
}

/// Writes down in `unit` that the callback of a login is worked on, until `end`.
pub(crate) fn begin_in(unit: &mut Unit, begun: Begun<'_>, end: Timestamp) -> Result<(), DbError> {
    let Begun { id, provider, callback, browser } = begun;
    // One of this id is of a time before the clock was put back.
    unit.add(deleting(id))?;
    let insert = query(INSERT).bind(id.to_string()).bind(callback.as_bytes().to_vec());
    let insert = insert.bind(browser.as_bytes().to_vec()).bind(provider.as_str());
    unit.add(insert.bind(end.millis()))
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

/// A code of a second step that was right.
pub(crate) struct AnsweredCode<'a> {
    pub(crate) id: TransactionId,
    /// By what the sign-in began.
    pub(crate) method: SignInMethod,
    pub(crate) sent: &'a TokenHash,
    pub(crate) browser: &'a TokenHash,
    /// Sealed.
    pub(crate) answer: Vec<u8>,
}

/// Keeps what a code is answered with until `end`.
pub(crate) async fn put(tx: &mut Transaction, code: AnsweredCode<'_>, end: Timestamp) -> Result<(), DbError> {
    query(DELETE_SENT).bind(code.sent.as_bytes().to_vec()).execute(&mut **tx).await?;
    query(INSERT_SENT)
        .bind(code.id.to_string())
        .bind(code.sent.as_bytes().to_vec())
        .bind(code.browser.as_bytes().to_vec())
        .bind(code.method.as_str())
        .bind(code.answer)
        .bind(end.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What a code was answered with, sealed under this id.
pub(crate) struct SealedAnswer {
    pub(crate) id: TransactionId,
    pub(crate) answer: Vec<u8>,
}

/// The same code from the same browser, if it was right a moment ago.
pub(crate) async fn find_sent(
    connection: &mut Connection,
    sent: &TokenHash,
    browser: &TokenHash,
    now: Timestamp,
) -> Result<Option<SealedAnswer>, DbError> {
    let find = query(FIND_SENT).bind(sent.as_bytes().to_vec()).bind(browser.as_bytes().to_vec());
    let Some(row) = find.bind(now.millis()).fetch_optional(connection).await? else { return Ok(None) };
    let id = TransactionId::parse(&row.try_get::<String, _>("id")?);
    Ok(Some(SealedAnswer {
        id: id.map_err(|_| DbError::Unreadable { column: "answered_callbacks.id" })?,
        answer: row.try_get("answer")?,
    }))
}

/// Keeps what a callback is answered with until `end`.
pub(crate) fn keep(
    tx: &mut Transaction,
    id: TransactionId,
    sealed: Vec<u8>,
    end: Timestamp,
) -> Result<(), DbError> {
    tx.execute_last(query(KEEP).bind(sealed).bind(end.millis()).bind(id.to_string()))
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
    deleting(id).execute(&mut **tx).await?;
    Ok(())
}

fn deleting(id: TransactionId) -> Statement<'static> {
    query(DELETE).bind(id.to_string())
}
