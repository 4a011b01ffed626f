//! `/api/admin/long-work…`: beginning work that takes long, how far it is, stopping it.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use names::Operation;
use serde::Serialize;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, NotFound};
use web::{Refusal, StrictQuery, Success};
use webhooks::{ReceiverName, State as DeliveryState};

use crate::given_reason::{Order, ReasonBody};
use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operations::long_work::BeginError;
use crate::operations::long_work::id::WorkId;
use crate::operations::long_work::kind::WorkKind;
use crate::operations::long_work::store::WorkRow;
use crate::operator::Operator;
use crate::part::{self, PartQuery};
use crate::reason::WorkRuns;

/// Work, and how far it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkInList {
    id: String,
    /// `replay-webhooks`, `retry-dead-letters`, `send-mails` or `reseal`.
    kind: String,
    /// On what: for `replay-webhooks` the receiver.
    object: String,
    /// `running`, `done`, `stopped` or `failed`.
    state: &'static str,
    done: i64,
    /// How much there was to do, where that is known.
    total: Option<i64>,
    begun_at: String,
    ended_at: Option<String>,
}

impl From<WorkRow> for WorkInList {
    fn from(row: WorkRow) -> Self {
        Self {
            id: row.id.to_string(),
            kind: row.kind,
            object: row.object,
            state: row.state.as_str(),
            done: row.done,
            total: row.total,
            begun_at: row.begun_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
        }
    }
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkPart {
    works: Vec<WorkInList>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// What was begun last.
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: Result<StrictQuery<PartQuery>, Refusal>,
) -> Result<Success<WorkPart>, OperationError> {
    let StrictQuery(query) = query?;
    let limit = query.limit()?;
    let after = query.after.as_deref().map(WorkId::parse).transpose();
    let after = after.map_err(|_| FieldErrors::one("after", "the `next` of the part before"))?;
    let mut works = operations.long_work.list(after, limit + 1).await?;
    let next = part::cut(&mut works, limit).map(|last| last.id.to_string());
    Ok(Success::ok(WorkPart { works: works.into_iter().map(Into::into).collect(), next }))
}

/// One, as far as it is.
pub(crate) async fn one(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    query: NoQuery,
) -> Result<Success<WorkInList>, OperationError> {
    query?;
    let id = WorkId::parse(&id).map_err(|_| NotFound)?;
    let work = operations.long_work.one(id).await?.ok_or(NotFound)?;
    Ok(Success::ok(work.into()))
}

/// The id of the work that was started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// The id of the work, which shows how far it is.
    work: String,
}

/// What came of stopping it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stopped {
    /// `false`: it had ended.
    changed: bool,
}

/// `POST /api/admin/long-work/{id}/stop`
pub(crate) async fn stop(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    order: Order<ReasonBody>,
) -> Result<Success<Stopped>, OperationError> {
    let operation = order.operation(&caller);
    let id = WorkId::parse(&id).map_err(|_| NotFound)?;
    let changed = operations.long_work.stop(id, &operation).await?.ok_or(NotFound)?;
    Ok(Success::ok(Stopped { changed }))
}

/// `POST /api/admin/events/dead-letters/retry-all`
pub(crate) async fn retry_dead_letters(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    order: Order<ReasonBody>,
) -> Result<Success<Begun>, OperationError> {
    let operation = order.operation(&caller);
    let total = events::count_dead_letters(&mut *operations.db.read().await?).await?;
    begin(&operations, &WorkKind::RetryDeadLetters, total, &operation).await
}

/// `POST /api/admin/mails/retry-all`
pub(crate) async fn send_mails(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    order: Order<ReasonBody>,
) -> Result<Success<Begun>, OperationError> {
    let operation = order.operation(&caller);
    let total = operations.mails.count_sendable().await?;
    begin(&operations, &WorkKind::SendMails, total.into(), &operation).await
}

/// `POST /api/admin/webhooks/{receiver}/replay-given-up`
pub(crate) async fn replay_webhooks(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(receiver): Path<String>,
    order: Order<ReasonBody>,
) -> Result<Success<Begun>, OperationError> {
    let operation = order.operation(&caller);
    let receiver = ReceiverName::parse(&receiver).ok_or(NotFound)?;
    let mut reader = operations.db.read().await?;
    let given_up = webhooks::in_state(&mut reader, &receiver, DeliveryState::GivenUp).await?;
    drop(reader);
    if given_up.is_none() && operations.receivers.configured(receiver.as_str()).is_none() {
        return Err(NotFound.into());
    }
    let total = given_up.map_or(0, |tally| tally.count);
    begin(&operations, &WorkKind::ReplayWebhooks(receiver), total, &operation).await
}

async fn begin(
    operations: &Operations,
    kind: &WorkKind,
    total: i64,
    operation: &Operation,
) -> Result<Success<Begun>, OperationError> {
    let id = started(operations, kind, total, operation).await?;
    Ok(Success::new(StatusCode::ACCEPTED, Begun { work: id.to_string() }))
}

/// Stores the work, which a worker claims, and returns its id. An error if the same work runs already.
pub(crate) async fn started(
    operations: &Operations,
    kind: &WorkKind,
    total: i64,
    operation: &Operation,
) -> Result<WorkId, OperationError> {
    match operations.long_work.begin(kind, Some(total), operation).await {
        Ok(id) => Ok(id),
        Err(BeginError::Runs) => Err(WorkRuns.into()),
        Err(BeginError::Db(error) | BeginError::Job(jobs::JobError::Db(error))) => Err(error.into()),
        Err(BeginError::Job(_) | BeginError::Order(_)) => {
            Err(members::Failure::Internal("the order cannot be written").into())
        }
    }
}
