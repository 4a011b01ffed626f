//! The table `second_steps`: sign-ins that wait for a code.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, SignInMethod};

db::statements! {
    INSERT = "INSERT INTO second_steps (challenge_hash, browser_hash, member_id, method, password_at, return_to, tries, \
        expires_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?)";
    FIND = "SELECT challenge_hash, member_id, method, password_at, return_to FROM second_steps \
        WHERE challenge_hash = ? AND browser_hash IS NULL AND expires_at > ? AND tries < ?";
    /// First steps that were taken at the same time may have left several.
    FIND_OF_BROWSER = "SELECT challenge_hash, member_id, method, password_at, return_to FROM second_steps \
        WHERE browser_hash = ? AND expires_at > ? AND tries < ? ORDER BY expires_at DESC, challenge_hash LIMIT 1";
    /// Also of one whose time is over.
    RETURN_TO_OF_BROWSER = "SELECT return_to FROM second_steps WHERE browser_hash = ? \
        ORDER BY expires_at DESC, challenge_hash LIMIT 1";
    WAITS = "SELECT 1 AS known FROM second_steps WHERE challenge_hash = ?";
    /// Its row count decides who may try again.
    COUNT_TRY = "UPDATE second_steps SET tries = tries + 1 WHERE challenge_hash = ? AND expires_at > ? AND tries < ?";
    /// Its row count decides between requests that are right at the same time.
    DELETE = "DELETE FROM second_steps WHERE challenge_hash = ?";
    DELETE_ALL = "DELETE FROM second_steps";
    DELETE_OF_BROWSER = "DELETE FROM second_steps WHERE browser_hash = ?";
}

/// How many codes are tried for one sign-in.
const MAX_ATTEMPTS: i64 = 5;

/// A sign-in that waits for a code.
#[derive(Clone, Debug)]
pub(crate) struct SecondStepRow {
    pub(crate) challenge: TokenHash,
    pub(crate) member: MemberId,
    /// By what it began.
    pub(crate) method: SignInMethod,
    /// Which password that was; `None` after a provider.
    pub(crate) password_at: Option<Timestamp>,
    pub(crate) return_to: String,
}

/// Lets a sign-in wait. One that waited in the same browser is over.
pub(crate) async fn insert(
    tx: &mut Transaction,
    step: &SecondStepRow,
    browser: Option<&TokenHash>,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    if let Some(browser) = browser {
        query(DELETE_OF_BROWSER).bind(browser.as_bytes().to_vec()).execute(&mut **tx).await?;
    }
    query(INSERT)
        .bind(step.challenge.as_bytes().to_vec())
        .bind(browser.map(|hash| hash.as_bytes().to_vec()))
        .bind(step.member.to_string())
        .bind(step.method.as_str())
        .bind(step.password_at.map(Timestamp::millis))
        .bind(step.return_to.clone())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The sign-in of an app with this challenge.
pub(crate) async fn find(
    connection: &mut Connection,
    challenge: &TokenHash,
    now: Timestamp,
) -> Result<Option<SecondStepRow>, DbError> {
    let find = query(FIND).bind(challenge.as_bytes().to_vec()).bind(now.millis()).bind(MAX_ATTEMPTS);
    find.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// The sign-in that waits in a browser; the one that began last, if there are several.
pub(crate) async fn find_of_browser(
    connection: &mut Connection,
    browser: &TokenHash,
    now: Timestamp,
) -> Result<Option<SecondStepRow>, DbError> {
    let find = query(FIND_OF_BROWSER).bind(browser.as_bytes().to_vec()).bind(now.millis()).bind(MAX_ATTEMPTS);
    find.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// Where the last sign-in of a browser was to lead that came to no end.
pub(crate) async fn return_to_of_browser(
    connection: &mut Connection,
    browser: &TokenHash,
) -> Result<Option<String>, DbError> {
    let find = query(RETURN_TO_OF_BROWSER).bind(browser.as_bytes().to_vec());
    find.fetch_optional(connection).await?.map(|row| row.try_get("return_to")).transpose().map_err(Into::into)
}

/// Whether a sign-in has not come to its end.
pub(crate) async fn waits(connection: &mut Connection, challenge: &TokenHash) -> Result<bool, DbError> {
    let find = query(WAITS).bind(challenge.as_bytes().to_vec());
    Ok(find.fetch_optional(connection).await?.is_some())
}

/// Counts a try; `false` when there were too many, or the time is over.
pub(crate) async fn count_try(
    tx: &mut Transaction,
    challenge: &TokenHash,
    now: Timestamp,
) -> Result<bool, DbError> {
    let count = query(COUNT_TRY).bind(challenge.as_bytes().to_vec()).bind(now.millis()).bind(MAX_ATTEMPTS);
    Ok(count.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends one; `false` when it has ended.
pub(crate) async fn delete(tx: &mut Transaction, challenge: &TokenHash) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(challenge.as_bytes().to_vec());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends all of them.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<SecondStepRow, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(SecondStepRow {
        challenge: TokenHash::from_bytes(&row.try_get::<Vec<u8>, _>("challenge_hash")?)
            .ok_or_else(|| unreadable("second_steps.challenge_hash"))?,
        member: MemberId::parse(&text("member_id")?).map_err(|_| unreadable("second_steps.member_id"))?,
        method: SignInMethod::parse(&text("method")?).ok_or_else(|| unreadable("second_steps.method"))?,
        password_at: row.try_get::<Option<i64>, _>("password_at")?.map(Timestamp::from_millis),
        return_to: text("return_to")?,
    })
}
