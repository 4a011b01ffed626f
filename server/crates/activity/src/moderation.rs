//! What operators do about posts that members report, at the command line and in a browser: each with a line in the audit log.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{Connection, DbError, LentTransaction};
use names::id::Uuid;
use names::{MemberId, Operation, Source};

use crate::context::Context;
use crate::cursor::{CursorOf, RowCursor};
use crate::failure::Failure;
use crate::post::PostState;
use crate::post_id::PostId;
use crate::reason::CursorInvalid;
use crate::store::reports::ReportRow;
use crate::store::{people, posts, reports};

/// Who hides or shows a post, for the audit log.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// Who may run commands on the machine.
    Source(&'a Source),
    /// Somebody with a name, for a reason.
    Operation(&'a Operation),
}

impl<'a> From<&'a Source> for By<'a> {
    fn from(source: &'a Source) -> Self {
        Self::Source(source)
    }
}

impl<'a> From<&'a Operation> for By<'a> {
    fn from(operation: &'a Operation) -> Self {
        Self::Operation(operation)
    }
}

impl<'a> By<'a> {
    const fn event(self, kind: AuditKind) -> AuditEvent<'a> {
        match self {
            Self::Source(source) => AuditEvent::new(kind, source),
            Self::Operation(operation) => AuditEvent::operated(kind, operation),
        }
    }
}

/// Whether a post that was reported is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// To all who may see it.
    Shown,
    /// To its author alone.
    Hidden,
    /// It is gone.
    Deleted,
}

impl Visibility {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
        }
    }
}

/// A report, as operators read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The UUID of the post.
    pub post: String,
    /// Who wrote it; `None` when they are gone.
    pub author: Option<MemberId>,
    /// Its text; `None` when it is gone.
    pub text: Option<String>,
    /// Whether it is shown.
    pub visibility: Visibility,
    /// What its author is told, where it is hidden.
    pub hidden_reason: Option<String>,
    /// Why it was reported.
    pub reason: String,
    /// In the member's words.
    pub note: String,
    /// When, in milliseconds.
    pub at: kernel::Timestamp,
}

/// Reports in the order of the list, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPart {
    /// The newest first.
    pub reports: Vec<Report>,
    /// After which the next part begins; `None` at the end.
    pub next: Option<String>,
}

/// Where a part of the reports begins.
#[derive(Clone, Copy, Debug)]
pub struct ReportsAfter(RowCursor);

impl ReportsAfter {
    /// Reads the `next` of the part before; without it, the newest come.
    ///
    /// # Errors
    /// When it is none of this list.
    pub fn parse(text: Option<&str>) -> Result<Self, CursorInvalid> {
        CursorOf::Reports.row(text).map(Self)
    }
}

/// The reports of posts, the newest first, at most `limit`, with what they are about.
///
/// # Errors
/// When the database refuses.
pub async fn reports<'a>(
    context: &Context,
    ReportsAfter(after): ReportsAfter,
    limit: u32,
    by: impl Into<By<'a>>,
) -> Result<ReportPart, Failure> {
    let mut reader = context.db.read().await?;
    let mut rows = reports::older(&mut reader, after, limit.saturating_add(1)).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > most;
    rows.truncate(most);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|(reporter, row)| RowCursor { at: row.at.millis(), no: *reporter });
    let next = next.map(|row| CursorOf::Reports.after_row(row));
    let mut all = Vec::with_capacity(rows.len());
    for (_, row) in rows {
        all.push(report(&mut reader, row).await?);
    }
    drop(reader);
    let read = by.into().event(AuditKind::ReportsRead);
    let note = async |mut tx: LentTransaction| {
        context.audit.record(&mut tx, &read).await?;
        Ok::<_, Failure>(tx.commit(()))
    };
    context.db.transact(note).await?;
    Ok(ReportPart { reports: all, next })
}

async fn report(reader: &mut Connection, row: ReportRow) -> Result<Report, DbError> {
    let ReportRow { post, reason, note, at } = row;
    let found = posts::find(reader, post).await?;
    let author = match &found {
        Some(post) => people::by_no(reader, post.author).await?.and_then(|author| author.member),
        None => None,
    };
    let visibility = match found.as_ref().map(|post| post.state) {
        Some(PostState::Shown) => Visibility::Shown,
        Some(PostState::Hidden) => Visibility::Hidden,
        Some(PostState::Deleted) | None => Visibility::Deleted,
    };
    let hidden_reason = found.as_ref().and_then(|post| post.hidden_reason.clone());
    let text = found.map(|post| post.body).filter(|text| !text.is_empty());
    Ok(Report { post: post.to_string(), author, text, visibility, hidden_reason, reason, note, at })
}

/// Hides a post, for a time or for good; `false` when there is none. Its author is told the reason where they see it.
///
/// # Errors
/// When the database refuses.
pub async fn hide<'a>(
    context: &Context,
    post: PostId,
    reason: &str,
    span: Option<Duration>,
    by: impl Into<By<'a>>,
) -> Result<bool, DbError> {
    let until = span.map(|span| context.now().plus(span));
    let (event, object) = (by.into().event(AuditKind::PostHidden), post.to_string());
    let hide = async |mut tx: LentTransaction| {
        if !posts::hide(&mut tx, post, until, reason).await? {
            return Ok(tx.roll_back(false));
        }
        let author = author_of(&mut tx, post).await?;
        context.audit.record(&mut tx, &event.clone().about_known(author).on(&object)).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    context.db.transact(hide).await
}

/// Shows a hidden post again; `false` when it was not hidden.
///
/// # Errors
/// When the database refuses.
pub async fn show<'a>(context: &Context, post: PostId, by: impl Into<By<'a>>) -> Result<bool, DbError> {
    let (event, object) = (by.into().event(AuditKind::PostShown), post.to_string());
    let show = async |mut tx: LentTransaction| {
        if !posts::show(&mut tx, post).await? {
            return Ok(tx.roll_back(false));
        }
        let author = author_of(&mut tx, post).await?;
        context.audit.record(&mut tx, &event.clone().about_known(author).on(&object)).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    context.db.transact(show).await
}

async fn author_of(tx: &mut db::Transaction, post: PostId) -> Result<Option<Uuid>, DbError> {
    let Some(post) = posts::find(tx, post).await? else { return Ok(None) };
    let author = people::by_no(tx, post.author).await?;
    Ok(author.and_then(|author| author.member).map(MemberId::uuid))
}
