//! A row of a list of people.

use db::{AnyRow, DbError, Row as _};
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
    pub(crate) fn read(row: &AnyRow) -> Result<Self, DbError> {
        let member: Option<String> = row.try_get("member_id")?;
        let member = member.map(|id| MemberId::parse(&id)).transpose();
        Ok(Self {
            place: RowCursor { at: row.try_get("at")?, no: PersonNo(row.try_get("no")?) },
            member: member.map_err(|_| DbError::Unreadable { column: "people.member_id" })?,
        })
    }
}
