//! The table `post_reports`.

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::Timestamp;

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::post_id::PostId;

db::statements! {
    IS_REPORTED = "SELECT COUNT(*) FROM post_reports WHERE post = ? AND reporter = ?";
    INSERT = "INSERT INTO post_reports (post, reporter, reason, note, at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
    OLDER = "SELECT post, reporter, reason, note, at FROM post_reports WHERE at <= ? AND (at < ? OR reporter < ?) \
        ORDER BY at DESC, reporter DESC LIMIT ?";
    OF_REPORTER = "SELECT post, reason, note, at FROM post_reports WHERE reporter = ? ORDER BY at DESC LIMIT ?";
    DELETE_OF_POST = "DELETE FROM post_reports WHERE post = ?";
    DELETE_OF_REPORTER = "DELETE FROM post_reports WHERE reporter = ?";
}

/// What somebody said of a post.
#[derive(Clone, Debug)]
pub(crate) struct ReportRow {
    pub(crate) post: PostId,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) at: Timestamp,
}

/// Whether the person has reported the post.
pub(crate) async fn is_known(
    connection: &mut Connection,
    reporter: PersonNo,
    post: PostId,
) -> Result<bool, DbError> {
    let known = query(IS_REPORTED).bind(post.column()).bind(reporter.0).fetch_one(connection).await?;
    Ok(known.try_get::<i64, _>(0)? > 0)
}

/// Adds a report; there is one of each person and post.
pub(crate) async fn insert(
    tx: &mut Transaction,
    reporter: PersonNo,
    report: &ReportRow,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let inserted = query(INSERT)
        .bind(report.post.column())
        .bind(reporter.0)
        .bind(report.reason.as_str())
        .bind(report.note.as_str())
        .bind(report.at.millis())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await;
    match inserted.map_err(DbError::from) {
        Ok(_) | Err(DbError::Exists(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The reports after one of a moment by a reporter, the newest first, each with who reported.
pub(crate) async fn older(
    connection: &mut Connection,
    after: RowCursor,
    many: u32,
) -> Result<Vec<(PersonNo, ReportRow)>, DbError> {
    let older = query(OLDER).bind(after.at).bind(after.at).bind(after.no.0).bind(i64::from(many));
    let rows = older.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((PersonNo(row.try_get("reporter")?), read(row)?))).collect()
}

/// What somebody reported, newest first.
pub(crate) async fn of_reporter(
    connection: &mut Connection,
    reporter: PersonNo,
    many: u32,
) -> Result<Vec<ReportRow>, DbError> {
    let rows = query(OF_REPORTER).bind(reporter.0).bind(i64::from(many)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Takes away what was said of a post.
pub(crate) async fn delete_of_post(tx: &mut Transaction, post: PostId) -> Result<(), DbError> {
    query(DELETE_OF_POST).bind(post.column()).execute(&mut **tx).await?;
    Ok(())
}

/// Takes away what somebody reported. They are few: 20 a day for as long as reports are kept.
pub(crate) async fn delete_of_reporter(tx: &mut Transaction, reporter: PersonNo) -> Result<(), DbError> {
    query(DELETE_OF_REPORTER).bind(reporter.0).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<ReportRow, DbError> {
    let post = PostId::from_column(&row.try_get::<Vec<u8>, _>("post")?);
    Ok(ReportRow {
        post: post.ok_or(DbError::Unreadable { column: "post_reports.post" })?,
        reason: row.try_get("reason")?,
        note: row.try_get("note")?,
        at: Timestamp::from_millis(row.try_get("at")?),
    })
}
