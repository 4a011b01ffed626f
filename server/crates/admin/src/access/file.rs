//! `POST /api/admin/access-log.jsonl` and `.csv`: the access log of a span as a file, for who reviews it.

use axum::extract::State;
use db::DbError;
use futures::stream::StreamExt as _;
use names::AccessKind;
use serde::Deserialize;
use utoipa::ToSchema;
use web::download::FileKind;
use web::guard::Fresh;
use web::{Download, Refusal, RequestContext, StrictBody};

use crate::access::list::AccessEntry;
use crate::access::query::AccessQuery;
use crate::access::record::{Access, AccessPart, Looking};
use crate::api::AdminApi;
use crate::given_reason::reason;
use crate::log::file::{FileError, FileSpan, parts};
use crate::operator::Operator;

/// Which rows, and why they are taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessFileBody {
    /// From this moment or day on. Days are those of the time zone of the site (`site.time_zone`), not of UTC.
    #[schema(required = true, nullable = false, value_type = String, example = "2026-11-01")]
    since: Option<String>,
    /// Before this moment, or until the end of this day in the same time zone.
    #[schema(required = true, nullable = false, value_type = String, example = "2026-11-30")]
    until: Option<String>,
    #[schema(nullable = false, example = "01912f3a-0000-7000-8000-000000000001")]
    member: Option<String>,
    #[schema(nullable = false, example = "helpdesk")]
    operator: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Monthly review, November")]
    reason: Option<String>,
}

/// `POST /api/admin/access-log.csv` and `.jsonl`: rows of a span of days as a file.
pub(crate) async fn post<K: FileKind>(
    Fresh { caller, .. }: Fresh<Operator>,
    State(api): State<AdminApi>,
    context: RequestContext,
    body: Result<StrictBody<AccessFileBody>, Refusal>,
) -> Result<Download<K>, FileError> {
    let AccessFileBody { since, until, member, operator, reason: why } = body?.0;
    let query = AccessQuery { member, operator, since, until, ..AccessQuery::default() };
    let filter = query.read(&api.zone)?.filter;
    let span = FileSpan::of(filter.since, filter.until)?;
    let operation = caller.operation(&context, reason(why.as_deref())?);
    let access = Access { kind: AccessKind::AccessFile, member: None, object: &span.text() };
    api.access.record(&access, &Looking { operation: &operation, address: Some(context.address()) }).await?;
    let rows = parts(move |after, limit| {
        let (log, filter) = (api.access.clone(), filter.clone());
        async move {
            let AccessPart { rows, next } = log.part(&filter, after, limit).await?;
            Ok::<_, DbError>((rows, next))
        }
    });
    let entries = rows.map(|batch| batch.map(|rows| rows.into_iter().map(AccessEntry::from).collect()));
    Ok(Download::of("access-log", entries.boxed()))
}
