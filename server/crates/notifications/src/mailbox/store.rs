//! The table `mailbox_mails`.

use std::time::Duration;

use db::{AnyRow, Connection, Database, DbError, LentTransaction, Resealed, Row as _, Transaction, query};
use jobs::Job;
use kernel::{KeyRing, Purpose, Timestamp};
use names::EmailAddress;

use super::pages::MailboxEntry;
use crate::error::MailError;
use crate::mails::{MailId, Mails};
use crate::rendered::RenderedMail;

const PURPOSE: Purpose = Purpose::new("mailbox-mail");
const RETENTION: Duration = Duration::from_hours(24 * 7);

db::statements! {
    INSERT = "INSERT INTO mailbox_mails (id, recipient, at, sealed, keep_until) VALUES (?, ?, ?, ?, ?)";
    LATEST = "SELECT id, recipient, at, sealed FROM mailbox_mails ORDER BY id DESC LIMIT ?";
    LATEST_TO = "SELECT id, recipient, at, sealed FROM mailbox_mails WHERE recipient = ? ORDER BY id DESC LIMIT ?";
    ONE = "SELECT id, recipient, at, sealed FROM mailbox_mails WHERE id = ?";
    DELETE_TO = "DELETE FROM mailbox_mails WHERE recipient = ?";
    SEALED = "SELECT id, recipient, at, sealed FROM mailbox_mails WHERE id > ? ORDER BY id LIMIT ?";
    RESEAL = "UPDATE mailbox_mails SET sealed = ? WHERE id = ? AND sealed = ?";
}

/// Puts a mail into the mailbox.
pub(crate) async fn insert(
    tx: &mut Transaction,
    mails: &Mails,
    job: &Job,
    rendered: &RenderedMail,
) -> Result<(), MailError> {
    let plain = serde_json::to_vec(rendered).map_err(MailError::MailTemplate)?;
    let recipient = job.owner.as_deref().unwrap_or_default();
    let owner = owner(&job.id, recipient);
    let sealed = mails.key_ring.seal(PURPOSE, &owner, &plain, &*mails.randomness)?;
    let now = mails.clock.now();
    query(INSERT)
        .bind(job.id.as_str())
        .bind(recipient)
        .bind(now.millis())
        .bind(sealed)
        .bind(now.plus(RETENTION).millis())
        .execute(&mut **tx)
        .await
        .map_err(DbError::from)?;
    Ok(())
}

/// Deletes all mails to `address`.
pub(crate) async fn delete_to(tx: &mut Transaction, address: &EmailAddress) -> Result<(), DbError> {
    query(DELETE_TO).bind(address.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// At most `most` mails, latest first; only those to `recipient` if it is set.
pub(super) async fn latest(
    connection: &mut Connection,
    key_ring: &KeyRing,
    recipient: Option<&str>,
    most: u32,
) -> Result<Vec<MailboxEntry>, MailError> {
    let select = recipient.map_or_else(|| query(LATEST), |recipient| query(LATEST_TO).bind(recipient));
    let rows = select.bind(i64::from(most)).fetch_all(connection).await.map_err(DbError::from)?;
    rows.iter().map(|row| Row::read(row)?.open(key_ring)).collect()
}

/// The mail of this id; `None` if it is gone.
pub(super) async fn one(
    connection: &mut Connection,
    key_ring: &KeyRing,
    id: MailId,
) -> Result<Option<MailboxEntry>, MailError> {
    let row = query(ONE).bind(id.to_string()).fetch_optional(connection).await.map_err(DbError::from)?;
    row.map(|row| Row::read(&row)?.open(key_ring)).transpose()
}

/// Re-seals all mails with the newest key, `batch` rows in a transaction.
pub(crate) async fn reseal(db: &Database, mails: &Mails, batch: u32) -> Result<Resealed, MailError> {
    let (mut resealed, mut last) = (Resealed::default(), String::new());
    loop {
        let reseal = async |mut tx: LentTransaction| {
            let rows = query(SEALED).bind(last.as_str()).bind(i64::from(batch)).fetch_all(&mut **tx).await;
            let rows = rows.map_err(DbError::from)?;
            let rows = rows.iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
            let Some(end) = rows.last().map(|row| row.id.clone()) else { return Ok(tx.roll_back(None)) };
            let mut of_page = Resealed::default();
            for row in &rows {
                let owner = owner(&row.id, &row.recipient);
                match mails.key_ring.reseal(PURPOSE, &owner, &row.sealed, &*mails.randomness) {
                    Ok(Some(sealed)) => {
                        let replace =
                            query(RESEAL).bind(sealed).bind(row.id.as_str()).bind(row.sealed.clone());
                        let done = replace.execute(&mut **tx).await.map_err(DbError::from)?;
                        of_page += Resealed::changed(done.rows_affected());
                    }
                    Ok(None) => {}
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(mail = row.id, error, "a mail in the mailbox cannot be opened");
                        of_page += Resealed::UNOPENED;
                    }
                }
            }
            Ok::<_, MailError>(tx.commit(Some((end, of_page))))
        };
        let Some((end, of_page)) = db.transact(reseal).await? else { return Ok(resealed) };
        resealed += of_page;
        last = end;
    }
}

fn owner(id: &str, recipient: &str) -> String {
    format!("mailbox_mails/{id}/{recipient}")
}

struct Row {
    id: String,
    recipient: String,
    at: i64,
    sealed: Vec<u8>,
}

impl Row {
    fn read(row: &AnyRow) -> Result<Self, DbError> {
        Ok(Self {
            id: row.try_get("id")?,
            recipient: row.try_get("recipient")?,
            at: row.try_get("at")?,
            sealed: row.try_get("sealed")?,
        })
    }

    fn open(self, key_ring: &KeyRing) -> Result<MailboxEntry, MailError> {
        let plain = key_ring.open(PURPOSE, &owner(&self.id, &self.recipient), &self.sealed)?;
        let RenderedMail { subject, text, html, links } =
            serde_json::from_slice(&plain).map_err(MailError::MailTemplate)?;
        let at = Timestamp::from_millis(self.at).to_string();
        Ok(MailboxEntry { id: self.id, to: self.recipient, subject, text, html, at, links })
    }
}
