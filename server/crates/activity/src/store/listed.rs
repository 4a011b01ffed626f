//! Lists of people, page by page.

use db::{AnyRow, Connection, DbError, Row as _, query};
use names::MemberId;

use crate::cursor::RowCursor;
use crate::person::PersonNo;

/// Somebody in a list of followers, followed or blocked people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListedRow {
    /// Where it is in the list.
    pub(crate) place: RowCursor,
    /// `None` when they are being erased.
    pub(crate) member: Option<MemberId>,
}

impl ListedRow {
    /// From the columns `no`, `at`, `member_id`.
    fn read(row: &AnyRow) -> Result<Self, DbError> {
        let member: Option<String> = row.try_get("member_id")?;
        let member = member.map(|id| MemberId::parse(&id)).transpose();
        Ok(Self {
            place: RowCursor { at: row.try_get("at")?, no: PersonNo(row.try_get("no")?) },
            member: member.map_err(|_| DbError::Unreadable { column: "people.member_id" })?,
        })
    }
}

/// The rows of `statement`, which lists the followers of `of`, or whom they follow or block, newest first, from after a place on.
pub(crate) async fn page(
    connection: &mut Connection,
    statement: &'static str,
    of: PersonNo,
    before: RowCursor,
    many: u32,
) -> Result<Vec<ListedRow>, DbError> {
    rows(connection, statement, of, before, many).await?.iter().map(ListedRow::read).collect()
}

/// What such a statement finds.
pub(super) async fn rows(
    connection: &mut Connection,
    statement: &'static str,
    of: PersonNo,
    before: RowCursor,
    many: u32,
) -> Result<Vec<AnyRow>, DbError> {
    let found = query(statement).bind(of.0).bind(before.at).bind(before.at).bind(before.no.0);
    Ok(found.bind(i64::from(many)).fetch_all(connection).await?)
}
