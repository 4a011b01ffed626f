//! `GET /api/admin/audit`: rows of the audit log, the newest first. Networks are masked.

use audit::AuditRow;
use axum::extract::State;
use db::DbError;
use members::Failure;
use serde::Serialize;
use utoipa::ToSchema;
use web::download::FileRow;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, StrictQuery, Success, endpoint_error};

use crate::api::AdminApi;
use crate::log::query::AuditQuery;
use crate::masked;
use crate::operator::Operator;

endpoint_error! {
    /// Why no rows are shown.
    pub(crate) enum AuditListError {
        Input(InputError) from Refusal, FieldErrors;
        Failed(Failure) from DbError;
    }
}

/// A row of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    id: String,
    at: String,
    kind: String,
    /// `success` or `failure`.
    outcome: String,
    /// Why it failed; empty on success.
    reason: String,
    /// `member`, `operator`, `client` or `system`.
    actor: String,
    /// About whom.
    member: Option<String>,
    /// A sign-in method.
    provider: String,
    client: String,
    /// On what it acted beside the member, such as a role.
    object: String,
    /// Which member acted as an operator.
    operator: Option<String>,
    /// Why an operator did it.
    note: String,
    request_id: String,
    /// The network of the request, masked.
    network: String,
    /// What the client called itself.
    user_agent: String,
    /// How often, within the hour after `at`.
    times: i64,
}

impl AuditEntry {
    /// A row with its network as it is.
    pub(crate) fn whole(row: AuditRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.at.to_string(),
            kind: row.kind,
            outcome: row.outcome,
            reason: row.reason,
            actor: row.actor,
            member: row.member,
            provider: row.provider,
            client: row.client,
            object: row.object,
            operator: row.operator,
            note: row.note,
            request_id: row.request_id,
            network: row.network,
            user_agent: row.user_agent,
            times: row.times,
        }
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let network = masked::network(&row.network);
        Self { network, ..Self::whole(row) }
    }
}

impl FileRow for AuditEntry {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "at",
        "kind",
        "outcome",
        "reason",
        "actor",
        "member",
        "provider",
        "client",
        "object",
        "operator",
        "note",
        "request_id",
        "network",
        "user_agent",
        "times",
    ];
}

/// A part of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntries {
    rows: Vec<AuditEntry>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// `GET /api/admin/audit`: rows by filters, newest first.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(api): State<AdminApi>,
    query: Result<StrictQuery<AuditQuery>, Refusal>,
) -> Result<Success<AuditEntries>, AuditListError> {
    let wanted = query?.0.read(&api.zone)?;
    let mut reader = api.members.context.db.read().await?;
    let part = audit::search::part(&mut reader, &wanted.filter, wanted.after, wanted.limit).await?;
    Ok(Success::ok(AuditEntries {
        rows: part.rows.into_iter().map(Into::into).collect(),
        next: part.next.map(AuditQuery::cursor),
    }))
}
