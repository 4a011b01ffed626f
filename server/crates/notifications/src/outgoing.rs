//! The table `outgoing_mails`.

use std::time::Duration;

use db::{AnyRow, Connection, Database, DbError, Expiring, Row as _, Transaction, query};
use kernel::{Clock, Timestamp};
use names::Language;

use crate::{IdempotencyKey, MailAddress, MailId};

/// How long it is known that a mail went out, and to whom.
const KEPT_SENT: Duration = Duration::from_hours(24 * 7);
/// How long it is known that one did not.
const KEPT_FAILED: Duration = Duration::from_hours(24 * 30);

db::statements! {
    INSERT = "INSERT INTO outgoing_mails \
        (id, occasion, recipient, language, kind, sealed, state, attempts, created_at, due_at) \
        VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?)";
    DUE = "SELECT id, recipient, language, kind, sealed, attempts, created_at, due_at FROM outgoing_mails \
        WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?";
    /// Decides which of several senders gets the mail.
    CLAIM = "UPDATE outgoing_mails SET due_at = ?, attempts = attempts + 1 \
        WHERE id = ? AND state = 'waiting' AND due_at = ?";
    /// Whatever became of the lease: it has left.
    SENT = "UPDATE outgoing_mails SET state = 'sent', sealed = NULL, keep_until = ? WHERE id = ? AND state = 'waiting'";
    /// Only while nobody else has taken it over.
    POSTPONE = "UPDATE outgoing_mails SET due_at = ? WHERE id = ? AND state = 'waiting' AND due_at = ?";
    FAILED = "UPDATE outgoing_mails SET state = 'failed', sealed = NULL, keep_until = ? \
        WHERE id = ? AND state = 'waiting' AND due_at = ?";
    DELETE_TO = "DELETE FROM outgoing_mails WHERE recipient = ?";
    OLDEST = "SELECT MIN(created_at) AS oldest FROM outgoing_mails WHERE state = 'waiting'";
    SEALED = "SELECT id, recipient, language, kind, sealed, attempts, created_at, due_at FROM outgoing_mails \
        WHERE state = 'waiting' AND id > ? ORDER BY id LIMIT ?";
    /// Only what was read is replaced.
    RESEAL = "UPDATE outgoing_mails SET sealed = ? WHERE id = ? AND sealed = ?";
}

/// What was sent or given up goes after a while.
pub(crate) const EXPIRING: Expiring = Expiring { table: "outgoing_mails", key: "id", column: "keep_until" };

/// A mail to be added.
pub(crate) struct NewRow<'a> {
    pub(crate) id: MailId,
    pub(crate) occasion: &'a IdempotencyKey,
    /// To whom, in which language, what kind of letter.
    pub(crate) mail: (&'a MailAddress, Language, &'static str),
    pub(crate) sealed: Vec<u8>,
}

/// A mail that waits. Its columns are as they stand in the table: whether they can be read is the sender's to find out,
/// so that one bad row does not hold up the others.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) recipient: String,
    pub(crate) language: String,
    pub(crate) kind: String,
    pub(crate) sealed: Vec<u8>,
    /// How often a sender took it, before this time.
    pub(crate) attempts: u32,
    pub(crate) created_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// Adds a mail, due now. [`DbError::Exists`] says that there was one for the same occasion.
pub(crate) async fn insert(tx: &mut Transaction, row: NewRow<'_>, now: Timestamp) -> Result<(), DbError> {
    let (to, language, kind) = row.mail;
    query(INSERT)
        .bind(row.id.to_string())
        .bind(row.occasion.as_str())
        .bind(to.as_str())
        .bind(language.code())
        .bind(kind)
        .bind(row.sealed)
        .bind(now.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes all mails to `address`, whether they have left or not.
pub(crate) async fn delete_to(tx: &mut Transaction, address: &MailAddress) -> Result<(), DbError> {
    query(DELETE_TO).bind(address.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// At most `most` mails that are due.
pub(crate) async fn due(
    connection: &mut Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Waiting>, DbError> {
    query(DUE)
        .bind(now.millis())
        .bind(i64::from(most))
        .fetch_all(connection)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Takes `mail` until `until`; `false` when somebody else did.
pub(crate) async fn claim(tx: &mut Transaction, mail: &Waiting, until: Timestamp) -> Result<bool, DbError> {
    let claim = query(CLAIM).bind(until.millis()).bind(mail.id.as_str()).bind(mail.due_at.millis());
    Ok(claim.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Notes that it has left and wipes what it said; `false` when that was noted before.
pub(crate) async fn sent(tx: &mut Transaction, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let done = query(SENT).bind(now.plus(KEPT_SENT).millis()).bind(id).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Gives back a mail that was claimed until `claimed`, to be due again at `due`.
pub(crate) async fn postpone(
    tx: &mut Transaction,
    id: &str,
    claimed: Timestamp,
    due: Timestamp,
) -> Result<(), DbError> {
    query(POSTPONE).bind(due.millis()).bind(id).bind(claimed.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Gives up a mail that was claimed until `claimed`, and wipes what it said.
pub(crate) async fn failed(
    tx: &mut Transaction,
    id: &str,
    claimed: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    let keep = now.plus(KEPT_FAILED).millis();
    query(FAILED).bind(keep).bind(id).bind(claimed.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// At most `most` mails that hold a letter, with ids after `last`.
pub(crate) async fn with_letter(
    tx: &mut Transaction,
    last: &str,
    most: u32,
) -> Result<Vec<Waiting>, DbError> {
    query(SEALED).bind(last).bind(i64::from(most)).fetch_all(&mut **tx).await?.iter().map(read).collect()
}

/// Puts `sealed` in the place of what was read.
pub(crate) async fn reseal(tx: &mut Transaction, mail: &Waiting, sealed: Vec<u8>) -> Result<u64, DbError> {
    let replace = query(RESEAL).bind(sealed).bind(mail.id.as_str()).bind(mail.sealed.clone());
    Ok(replace.execute(&mut **tx).await?.rows_affected())
}

/// Since when the mail waits that waits longest; `None` when none waits.
///
/// # Errors
/// When the database refuses.
pub async fn oldest_waiting(connection: &mut Connection) -> Result<Option<Timestamp>, DbError> {
    let row = query(OLDEST).fetch_one(connection).await?;
    Ok(row.try_get::<Option<i64>, _>("oldest")?.map(Timestamp::from_millis))
}

/// Tells the metric `daemun_mails_oldest_waiting_seconds` how long the oldest mail waits. Whoever calls it must not be
/// the sender, or one that stands still raises no alarm.
///
/// # Errors
/// When the database refuses.
pub async fn measure(db: &Database, clock: &dyn Clock) -> Result<(), DbError> {
    let mut reader = db.read().await?;
    let oldest = oldest_waiting(&mut reader).await?;
    let age = oldest.map_or(0.0, |oldest| clock.now().since(oldest).as_secs_f64());
    metrics::gauge!("daemun_mails_oldest_waiting_seconds").set(age);
    Ok(())
}

fn read(row: &AnyRow) -> Result<Waiting, DbError> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(Waiting {
        id: row.try_get("id")?,
        recipient: row.try_get("recipient")?,
        language: row.try_get("language")?,
        kind: row.try_get("kind")?,
        sealed: row.try_get::<Option<Vec<u8>>, _>("sealed")?.unwrap_or_default(),
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_both_databases() {
        for database in TestDatabase::both().await {
            database.prepare(STATEMENTS).await;
            database.prepare(crate::mailbox::STATEMENTS).await;
            database.prepare(crate::seen::STATEMENTS).await;
        }
    }
}
