//! `GET /api/admin/access-log`: which operator saw what of whom, the newest first.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::download::FileRow;
use web::guard::Fresh;
use web::{Refusal, StrictQuery, Success};

use crate::access::query::AccessQuery;
use crate::api::AdminApi;
use crate::log::list::AuditListError;
use crate::operator::Operator;
use crate::store::access_log::AccessRow;

/// A row of the access log. What an operator's client called itself is encoded where it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessEntry {
    id: String,
    at: String,
    /// `member`, `addresses`, `networks`, `audit_network`, `audit_file`, `whole_audit_file` or `access_file`.
    kind: String,
    /// Whose; `null` where it is of many.
    member: Option<String>,
    /// Which row of the audit log, or which span.
    object: String,
    /// Which member operated.
    operator: Option<String>,
    /// Which client did.
    client: String,
    /// The reason that the operator gave.
    note: String,
    request_id: String,
    /// The operator's address.
    address: String,
    user_agent: String,
}

impl From<AccessRow> for AccessEntry {
    fn from(row: AccessRow) -> Self {
        let AccessRow {
            id,
            at,
            kind,
            member,
            object,
            operator,
            client,
            note,
            request_id,
            address,
            user_agent,
        } = row;
        let (id, at) = (id.to_string(), at.to_string());
        Self { id, at, kind, member, object, operator, client, note, request_id, address, user_agent }
    }
}

impl FileRow for AccessEntry {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "at",
        "kind",
        "member",
        "object",
        "operator",
        "client",
        "note",
        "request_id",
        "address",
        "user_agent",
    ];
}

/// A part of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessEntries {
    rows: Vec<AccessEntry>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// `GET /api/admin/access-log`: rows by filters, newest first.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(api): State<AdminApi>,
    query: Result<StrictQuery<AccessQuery>, Refusal>,
) -> Result<Success<AccessEntries>, AuditListError> {
    let wanted = query?.0.read(&api.zone)?;
    let part = api.access.part(&wanted.filter, wanted.after, wanted.limit).await?;
    Ok(Success::ok(AccessEntries {
        rows: part.rows.into_iter().map(Into::into).collect(),
        next: part.next.map(AccessQuery::cursor),
    }))
}
