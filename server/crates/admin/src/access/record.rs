//! How it is written down that an operator sees what belongs to members, and for how long. The row is there before anything is shown.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{Database, DbError, LentTransaction, Transaction};
use kernel::{IdSequence, RowCursor, Timestamp};
use members::Context;
use names::{AccessKind, MemberId, OperatedBy, Operation, Source};
use web::RequestContext;

use crate::store::access_log::{self, AccessFilter, AccessRow};

/// How long what was revealed stays so on the pages of who revealed it.
pub const REVEAL_LIFETIME: Duration = Duration::from_mins(10);

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// What kind of data it is.
    pub kind: AccessKind,
    /// Whose; `None` where it is of many.
    pub member: Option<MemberId>,
    /// Which row, or which span; empty where the kind says it all.
    pub object: &'a str,
}

/// Who looks, why, and from which address: the rules for operators ask for it whole.
#[derive(Clone, Copy, Debug)]
pub struct Looking<'a> {
    /// Who and why.
    pub operation: &'a Operation,
    /// From where; `None` at the command line, whose machine has accounts of its own.
    pub address: Option<IpAddr>,
}

/// A part of the access log.
#[derive(Clone, Debug)]
pub struct AccessPart {
    /// The rows, the newest first.
    pub rows: Vec<AccessRow>,
    /// The last of them, if there are older ones.
    pub next: Option<RowCursor>,
}

/// The access log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccessLog {
    context: Context,
    retention: Duration,
    ids: Arc<IdSequence>,
}

impl AccessLog {
    /// The log of these members; its rows are kept for so long.
    pub fn new(context: Context, retention: Duration) -> Self {
        Self { context, retention, ids: Arc::default() }
    }

    /// Where it is.
    pub(crate) const fn db(&self) -> &Database {
        &self.context.db
    }

    /// Writes down an access in a transaction of its own.
    ///
    /// # Errors
    /// When the database refuses; then nothing must be shown.
    pub async fn record(&self, access: &Access<'_>, looking: &Looking<'_>) -> Result<(), DbError> {
        let record = async |mut tx: LentTransaction| {
            self.record_within(&mut tx, access, looking).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(record).await
    }

    /// Writes it down in the transaction in which it is looked up.
    ///
    /// # Errors
    /// When the database refuses; then nothing must be shown.
    pub async fn record_within(
        &self,
        tx: &mut Transaction,
        access: &Access<'_>,
        looking: &Looking<'_>,
    ) -> Result<(), DbError> {
        let Access { kind, member, object } = *access;
        let operation = looking.operation;
        let row = AccessRow {
            kind: kind.as_str().to_owned(),
            member: member.map(|member| member.to_string()),
            object: object.to_owned(),
            note: operation.reason.as_str().to_owned(),
            ..self.row(&operation.by, &operation.source, looking.address)
        };
        access_log::insert(tx, &row).await?;
        let (what, on) = match kind {
            AccessKind::Member | AccessKind::Addresses | AccessKind::Networks | AccessKind::AuditNetwork => {
                (AuditKind::PersonalDataShown, kind.as_str())
            }
            AccessKind::DeadLetter => (AuditKind::DeadLetterRead, object),
            AccessKind::AuditFile | AccessKind::WholeAuditFile | AccessKind::AccessFile => {
                (AuditKind::LogDownloaded, kind.as_str())
            }
        };
        let event = AuditEvent::operated(what, operation).about_known(member.map(MemberId::uuid));
        self.context.audit.record(tx, &event.on(on)).await
    }

    /// Writes down that the page of a member was opened, where addresses and networks are masked. It is in this log alone: nobody gives a
    /// reason for each page.
    ///
    /// # Errors
    /// When the database refuses; then nothing must be shown.
    pub async fn record_page(
        &self,
        member: MemberId,
        by: &OperatedBy,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let row = AccessRow {
            kind: AccessKind::Member.as_str().to_owned(),
            member: Some(member.to_string()),
            ..self.row(by, &context.source, Some(context.address()))
        };
        let record = async |mut tx: LentTransaction| {
            access_log::insert(&mut tx, &row).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(record).await
    }

    /// A row of nothing yet, by this operator.
    fn row(&self, by: &OperatedBy, source: &Source, address: Option<IpAddr>) -> AccessRow {
        let (operator, client) = match by {
            OperatedBy::Member(member) => (Some(member.to_string()), String::new()),
            OperatedBy::Client(client) => (None, client.clone()),
            OperatedBy::CommandLine => (None, String::new()),
        };
        AccessRow {
            id: self.ids.next(&*self.context.clock, &*self.context.randomness),
            at: self.context.clock.now(),
            kind: String::new(),
            member: None,
            object: String::new(),
            operator,
            client,
            note: String::new(),
            request_id: source.request_id.clone(),
            address: address.map(|address| address.to_canonical().to_string()).unwrap_or_default(),
            user_agent: source.user_agent.clone(),
        }
    }

    /// The rows that `filter` lets through, at most `limit`, the newest first, or those after `after`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn part(
        &self,
        filter: &AccessFilter,
        after: Option<RowCursor>,
        limit: u32,
    ) -> Result<AccessPart, DbError> {
        let mut reader = self.context.db.read().await?;
        let mut rows = access_log::find(&mut reader, filter, after, limit.saturating_add(1)).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| has_more).map(|row| RowCursor { at: row.at, id: row.id.uuid() });
        Ok(AccessPart { rows, next })
    }

    /// What a member who operates has revealed and still sees: its kind, whose it is, and which row.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revealed_by(&self, operator: MemberId) -> Result<Vec<AccessRow>, DbError> {
        let since = Some(self.context.clock.now().minus(REVEAL_LIFETIME));
        let filter = AccessFilter { operator: Some(operator.to_string()), since, ..AccessFilter::default() };
        Ok(self.part(&filter, None, MAX_REVEALED).await?.rows)
    }

    /// What is kept of a member: what was shown of theirs, and what they were shown.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn about(&self, member: MemberId) -> Result<Vec<AccessRow>, DbError> {
        let filter = AccessFilter { member: Some(member.to_string()), ..AccessFilter::default() };
        Ok(self.part(&filter, None, MAX_EXPORTED).await?.rows)
    }

    /// Deletes at most `limit` rows whose retention is over, and returns how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(
        &self,
        tx: &mut Transaction,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, DbError> {
        access_log::delete_until(tx, now.minus(self.retention), limit).await
    }
}

/// So many things somebody reveals in ten minutes.
const MAX_REVEALED: u32 = 500;
/// So many rows are in the export of a member.
const MAX_EXPORTED: u32 = 5_000;
