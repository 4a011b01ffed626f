//! The log as members read it about themselves: what happened, when, and from where; and as it is in their export.

use db::{Connection, DbError};
use kernel::id::Uuid;
use serde::Serialize;

use crate::log::AuditLog;
use crate::row::{AuditRow, AuditRowId};
use crate::store::read::{self, Part};

/// Rows on one page; one more is read to know whether there are older ones.
const PAGE_SIZE: u32 = 30;
/// How many rows are exported, the newest ones.
const MAX_EXPORTED: u32 = 5_000;

/// A part of a member's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// The last of them, if there are older ones: where the next part begins.
    pub older: Option<AuditRowId>,
}

/// A row in the export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedRow {
    at: String,
    kind: String,
    outcome: String,
    reason: String,
    actor: String,
    provider: String,
    client: String,
    object: String,
    /// What an operator wrote as the reason.
    note: String,
    /// From which network.
    pub network: String,
    user_agent: String,
    times: i64,
}

impl From<AuditRow> for ExportedRow {
    fn from(row: AuditRow) -> Self {
        Self {
            at: row.at.to_string(),
            kind: row.kind,
            outcome: row.outcome,
            reason: row.reason,
            actor: row.actor,
            provider: row.provider,
            client: row.client,
            object: row.object,
            note: row.note,
            network: row.network,
            user_agent: row.user_agent,
            times: row.times,
        }
    }
}

impl AuditLog {
    /// What happened to the account of `member`: thirty rows, newest first, or those after the row `after`. A page begins at a row
    /// rather than at a number, so that new rows move nothing. `None` when `after` is not a row about this member.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn history(
        &self,
        member: Uuid,
        after: Option<AuditRowId>,
    ) -> Result<Option<HistoryPage>, DbError> {
        let mut reader = self.db().read().await?;
        let after = match after {
            Some(row) => match read::moment_of(&mut reader, member, row).await? {
                Some(moment) => Some((moment, row)),
                None => return Ok(None),
            },
            None => None,
        };
        let mut rows = read::history(&mut reader, member, Part { after, limit: PAGE_SIZE + 1 }).await?;
        let has_older = rows.len() > PAGE_SIZE as usize;
        rows.truncate(PAGE_SIZE as usize);
        let older = rows.last().filter(|_| has_older).map(|row| row.id);
        Ok(Some(HistoryPage { rows, older }))
    }

    /// What the log says of a member, the newest first, at most 5,000 rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exported(
        &self,
        connection: &mut Connection,
        member: Uuid,
    ) -> Result<Vec<ExportedRow>, DbError> {
        let rows = read::about(connection, member, Part { after: None, limit: MAX_EXPORTED }).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
