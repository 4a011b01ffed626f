//! A member's history and its export.

use db::{Connection, DbError};
use kernel::Timestamp;
use kernel::id::Uuid;
use names::Actor;
use serde::Serialize;

use crate::log::AuditLog;
use crate::row::{AuditRow, AuditRowId};
use crate::store::read::{self, Part};

/// Rows on one page. One more is read to know whether there are older ones.
const PAGE_SIZE: u32 = 30;
/// How many rows are exported at once.
const BATCH: u32 = 200;

/// A page of a member's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// The last of them, if there are older ones: the cursor of the next page.
    pub older: Option<AuditRowId>,
}

/// Where a batch of an export ends.
#[derive(Clone, Copy, Debug)]
pub struct ExportPlace(Timestamp, AuditRowId);

/// Rows of an export, the newest first.
#[derive(Clone, Debug)]
pub struct ExportBatch {
    /// Them.
    pub rows: Vec<ExportedRow>,
    /// Where they end; `None` when there are none.
    pub last: Option<ExportPlace>,
}

/// A row of the audit log, as the export of its member has it.
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
    network: String,
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
            network: row.network,
            user_agent: row.user_agent,
            times: row.times,
        }
    }
}

/// What an operator did, without what leads to them: where few operate, a program, a network or a browser names the person. Nor with the
/// reason that they gave, which is written for other operators and may tell of others. That it was done, and when, is the member's to know.
fn without_operator(row: AuditRow) -> AuditRow {
    if row.actor != Actor::Operator.as_str() {
        return row;
    }
    AuditRow {
        client: String::new(),
        operator: None,
        note: String::new(),
        request_id: String::new(),
        network: String::new(),
        user_agent: String::new(),
        ..row
    }
}

impl AuditLog {
    /// A page of the history of `member`, which does not tell who operated: 30 rows, newest first, beginning after the row `after`. The cursor is a row and not a
    /// number, so that new rows do not shift the page. `None` when `after` is not a row about this member.
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
        Ok(Some(HistoryPage { rows: rows.into_iter().map(without_operator).collect(), older }))
    }

    /// A batch of the rows about a member for their export, which do not tell who operated: newest first, all of them in the course of the
    /// batches. No connection is held between them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exported(&self, member: Uuid, after: Option<ExportPlace>) -> Result<ExportBatch, DbError> {
        let after = after.map(|ExportPlace(at, id)| (at, id));
        let rows = read::about(&mut *self.db().read().await?, member, Part { after, limit: BATCH }).await?;
        let last = rows.last().map(|row| ExportPlace(row.at, row.id));
        Ok(ExportBatch { rows: rows.into_iter().map(without_operator).map(Into::into).collect(), last })
    }

    /// The networks that the rows of an export name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn exported_networks(
        &self,
        connection: &mut Connection,
        member: Uuid,
    ) -> Result<Vec<String>, DbError> {
        read::networks(connection, member).await
    }
}
