//! The table `provider_unlinks`: grants that are still to be ended at their provider.

use db::{AnyRow, Connection, DbError, Row as _, SealedColumn, Transaction, query};
use kernel::{Purpose, Timestamp};
use names::{MemberId, ProviderName, define_id};
use providers::Subject;

define_id!(
    /// The id of a grant that is to be ended.
    UnlinkId
);

/// What grants are sealed for here; the owner is the row.
pub(crate) const PURPOSE: Purpose = Purpose::new("provider-unlink");

/// The grants, for `daemun keys rotate`.
pub(crate) const SEALED: SealedColumn =
    SealedColumn { table: "provider_unlinks", column: "grant_sealed", purpose: PURPOSE };

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct ProviderUnlink {
    pub(crate) id: UnlinkId,
    pub(crate) member: MemberId,
    pub(crate) provider: ProviderName,
    pub(crate) subject: Subject,
    pub(crate) grant_sealed: Option<Vec<u8>>,
    pub(crate) due_at: Timestamp,
}

db::statements! {
    INSERT = "INSERT INTO provider_unlinks \
        (id, member_id, provider, subject, grant_sealed, attempts, due_at, created_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?)";
    DUE = "SELECT id, member_id, provider, subject, grant_sealed, attempts, due_at FROM provider_unlinks \
        WHERE due_at <= ? ORDER BY due_at LIMIT ?";
    OF_MEMBER = "SELECT provider, subject, created_at FROM provider_unlinks WHERE member_id = ? ORDER BY created_at";
    CLAIM = "UPDATE provider_unlinks SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND due_at = ?";
    POSTPONE = "UPDATE provider_unlinks SET due_at = ? WHERE id = ? AND due_at = ?";
    DELETE = "DELETE FROM provider_unlinks WHERE id = ? AND due_at = ?";
    CANCEL = "DELETE FROM provider_unlinks WHERE provider = ? AND subject = ?";
}

/// Writes a grant down that is to be ended, as of now.
pub(crate) async fn insert(
    tx: &mut Transaction,
    unlink: &ProviderUnlink,
    now: Timestamp,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(unlink.id.to_string())
        .bind(unlink.member.to_string())
        .bind(unlink.provider.as_str())
        .bind(unlink.subject.as_str())
        .bind(unlink.grant_sealed.clone())
        .bind(unlink.due_at.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A row that is due. One that cannot be read must not hold up the others, so its error stays with it.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) id: String,
    pub(crate) attempts: u32,
    /// When.
    pub(crate) at: Timestamp,
    pub(crate) unlink: Result<ProviderUnlink, DbError>,
}

pub(crate) async fn due(
    connection: &mut Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    let rows = query(DUE).bind(now.millis()).bind(i64::from(limit)).fetch_all(connection).await?;
    let due = |row: &AnyRow| {
        Ok(Due {
            id: row.try_get("id")?,
            attempts: attempts(row)?,
            at: Timestamp::from_millis(row.try_get("due_at")?),
            unlink: read(row),
        })
    };
    rows.iter().map(due).collect()
}

/// What is to be ended of a member: at which provider, whose, since when.
pub(crate) async fn of_member(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<(ProviderName, Subject, Timestamp)>, DbError> {
    let rows = query(OF_MEMBER).bind(member.to_string()).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        let since = Timestamp::from_millis(row.try_get("created_at")?);
        Ok((provider(row)?, subject(row)?, since))
    };
    rows.iter().map(read).collect()
}

/// Takes the row for the caller alone until the moment `until`. `false` when somebody else was faster.
pub(crate) async fn claim(tx: &mut Transaction, due: &Due, until: Timestamp) -> Result<bool, DbError> {
    let claim = query(CLAIM).bind(until.millis()).bind(due.id.as_str()).bind(due.at.millis());
    Ok(claim.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Gives a row back that was claimed until `claimed`, to be tried at `due`.
pub(crate) async fn postpone(
    tx: &mut Transaction,
    id: &str,
    (claimed, due): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    let postpone = query(POSTPONE).bind(due.millis()).bind(id).bind(claimed.millis());
    postpone.execute(&mut **tx).await?;
    Ok(())
}

/// Takes a row away that was claimed until `claimed`; `false` when it is not the claimant's any more.
pub(crate) async fn delete(tx: &mut Transaction, id: &str, claimed: Timestamp) -> Result<bool, DbError> {
    let delete = query(DELETE).bind(id).bind(claimed.millis());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes away what waits for this person: they came back by the provider, or it ended the grant itself.
pub(crate) async fn cancel(
    tx: &mut Transaction,
    provider: ProviderName,
    subject: &Subject,
) -> Result<(), DbError> {
    query(CANCEL).bind(provider.as_str()).bind(subject.as_str()).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<ProviderUnlink, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &'static str| -> Result<String, DbError> { Ok(row.try_get(column)?) };
    Ok(ProviderUnlink {
        id: UnlinkId::parse(&text("id")?).map_err(|_| unreadable("provider_unlinks.id"))?,
        member: MemberId::parse(&text("member_id")?).map_err(|_| unreadable("provider_unlinks.member_id"))?,
        provider: provider(row)?,
        subject: subject(row)?,
        grant_sealed: row.try_get("grant_sealed")?,
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
    })
}

fn attempts(row: &AnyRow) -> Result<u32, DbError> {
    Ok(u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX))
}

fn provider(row: &AnyRow) -> Result<ProviderName, DbError> {
    let text: String = row.try_get("provider")?;
    ProviderName::parse(&text).ok_or(DbError::Unreadable { column: "provider_unlinks.provider" })
}

fn subject(row: &AnyRow) -> Result<Subject, DbError> {
    let text: String = row.try_get("subject")?;
    Subject::parse(&text).ok_or(DbError::Unreadable { column: "provider_unlinks.subject" })
}
