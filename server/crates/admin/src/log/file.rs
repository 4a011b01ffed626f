//! `POST /api/admin/audit.jsonl` and `.csv`: the audit log of a span as a file. That it was taken is written down before the first row.

use std::time::Duration;

use audit::AuditFilter;
use audit::search::{self, AuditPart};
use axum::extract::State;
use db::DbError;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::tz::TimeZone;
use kernel::{RowCursor, Timestamp};
use members::Failure;
use names::{AccessKind, ErrorCode, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::download::FileKind;
use web::guard::{Caller as _, Fresh};
use web::reason::{FieldErrors, InputError};
use web::{Download, Refusal, RequestContext, StrictBody, endpoint_error};

use crate::access::record::{Access, Looking};
use crate::api::AdminApi;
use crate::given_reason::reason;
use crate::log::list::AuditEntry;
use crate::log::query::AuditQuery;
use crate::operator::{Operator, WRITE};

/// Rows that are read at once.
const BATCH: u32 = 1_000;
/// The longest span of a file.
const MAX_SPAN: Duration = Duration::from_hours(24 * 93);
const SPAN: &str = "a span of at most 93 days";

endpoint_error! {
    /// Why there is no file.
    pub(crate) enum FileError {
        Input(InputError) from Refusal, FieldErrors;
        Failed(Failure) from DbError;
    }
}

/// Which rows, and why they are taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditFileBody {
    /// From this moment or day on. Days are those of the time zone of the site (`site.time_zone`), not of UTC.
    #[schema(required = true, nullable = false, value_type = String, example = "2026-11-01")]
    since: Option<String>,
    /// Before this moment, or until the end of this day in the same time zone.
    #[schema(required = true, nullable = false, value_type = String, example = "2026-11-30")]
    until: Option<String>,
    #[schema(nullable = false, example = "01912f3a-0000-7000-8000-000000000001")]
    member: Option<String>,
    #[schema(nullable = false, example = "sign_in")]
    kind: Option<String>,
    #[schema(nullable = false, example = "operator")]
    actor: Option<String>,
    #[schema(nullable = false, example = "helpdesk")]
    operator: Option<String>,
    /// `on` for whole networks, which a client is given with the scope `admin:write` only.
    #[schema(nullable = false, example = "on")]
    whole: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Monthly review, ticket 1234")]
    reason: Option<String>,
}

impl AuditFileBody {
    /// Which rows, and whether their networks are whole.
    fn read(&self, zone: &TimeZone) -> Result<(AuditFilter, bool), FieldErrors> {
        let query = AuditQuery {
            member: self.member.clone(),
            kind: self.kind.clone(),
            actor: self.actor.clone(),
            operator: self.operator.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            ..AuditQuery::default()
        };
        let filter = query.read(zone)?.filter;
        match self.whole.as_deref() {
            None | Some("") => Ok((filter, false)),
            Some("on") => Ok((filter, true)),
            Some(_) => Err(FieldErrors::one("whole", "on, or left out")),
        }
    }
}

/// `POST /api/admin/audit.csv` and `.jsonl`: rows of a span of days as a file.
pub(crate) async fn post<K: FileKind>(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    context: RequestContext,
    body: Result<StrictBody<AuditFileBody>, Refusal>,
) -> Result<Download<K>, FileError> {
    let body = body?.0;
    let (filter, is_whole) = body.read(&api.zone)?;
    // As for one of them that is revealed.
    if is_whole && !WRITE.iter().any(|scope| caller.may(scope)) {
        return Err(Refusal::of(ErrorCode::InsufficientScope).into());
    }
    let operation = caller.operation(&context, reason(body.reason.as_deref())?);
    let kind = if is_whole { AccessKind::WholeAuditFile } else { AccessKind::AuditFile };
    let span = FileSpan::of(filter.since, filter.until)?.text();
    let member = filter.member.map(MemberId::from_uuid);
    let access = Access { kind, member, object: &span };
    api.access.record(&access, &Looking { operation: &operation, address: Some(context.address()) }).await?;
    let rows = parts(move |after, limit| {
        let (db, filter) = (api.members.context.db.clone(), filter.clone());
        async move {
            let AuditPart { rows, next } =
                search::part(&mut *db.read().await?, &filter, after, limit).await?;
            Ok::<_, DbError>((rows, next))
        }
    });
    let entries = rows.map(move |batch| {
        let entry = if is_whole { AuditEntry::whole } else { AuditEntry::from };
        batch.map(|rows| rows.into_iter().map(entry).collect())
    });
    Ok(Download::of("audit", entries.boxed()))
}

/// The first and last moment of a file, at most `MAX_SPAN` apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSpan {
    since: Timestamp,
    until: Timestamp,
}

impl FileSpan {
    /// One that has both ends, and is not too long.
    pub(crate) fn of(since: Option<Timestamp>, until: Option<Timestamp>) -> Result<Self, FieldErrors> {
        let both = since.zip(until).filter(|(since, until)| until.since(*since) <= MAX_SPAN);
        both.map(|(since, until)| Self { since, until }).ok_or_else(|| FieldErrors::one("since", SPAN))
    }

    /// As the logs name it.
    pub(crate) fn text(self) -> String {
        format!("{}/{}", self.since, self.until)
    }
}

/// All rows in batches, the newest first, from what gives a part of them after a row.
pub(crate) fn parts<T, E, F>(
    read: impl Fn(Option<RowCursor>, u32) -> F + Send + 'static,
) -> BoxStream<'static, Result<Vec<T>, E>>
where
    T: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<(Vec<T>, Option<RowCursor>), E>> + Send + 'static,
{
    /// Where the next batch begins.
    enum Next {
        At(Option<RowCursor>),
        End,
    }
    stream::try_unfold(Next::At(None), move |next| {
        let part = match next {
            Next::At(after) => Some(read(after, BATCH)),
            Next::End => None,
        };
        async move {
            let Some(part) = part else { return Ok(None) };
            let (rows, next) = part.await?;
            Ok(Some((rows, next.map_or(Next::End, |row| Next::At(Some(row))))))
        }
    })
    .boxed()
}
