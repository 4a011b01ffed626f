//! `/api/admin/events/dead-letters…`: the list, and `POST` for what is done with one.

use std::sync::Arc;

use axum::extract::{Path, State};
use events::DeadLetter;
use serde::Serialize;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::NotFound;
use web::{Refusal, StrictQuery, Success};

use crate::access::record::Looking;
use crate::given_reason::{Order, ReasonBody};
use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations, OperationsApi};
use crate::operations::dead_letters::{Decision, FindError};
use crate::operations::parts::Part;
use crate::operator::Operator;
use crate::part::PartQuery;

/// A dead letter, without what it tells.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterInList {
    consumer: String,
    event: String,
    topic: String,
    /// The id of the member whom it is about, where it is one of ours.
    member: String,
    failures: u32,
    reason: String,
    died_at: String,
    /// Topic, partition and offset, where it came from a broker.
    origin: String,
}

impl From<&DeadLetter> for DeadLetterInList {
    fn from(dead: &DeadLetter) -> Self {
        Self {
            consumer: dead.group.clone(),
            event: dead.event_id.clone(),
            topic: dead.topic.clone(),
            member: dead.key.clone(),
            failures: dead.failures,
            reason: dead.reason.clone(),
            died_at: dead.died_at.to_string(),
            origin: dead.origin.clone(),
        }
    }
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterPart {
    dead_letters: Vec<DeadLetterInList>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// The list, the newest first.
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: Result<StrictQuery<PartQuery>, Refusal>,
) -> Result<Success<DeadLetterPart>, OperationError> {
    let StrictQuery(query) = query?;
    let limit = query.limit()?;
    let Part { entries, next } = operations.dead_letters_from(query.after.as_deref(), limit).await?;
    Ok(Success::ok(DeadLetterPart { dead_letters: entries.iter().map(Into::into).collect(), next }))
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Settled {
    /// `false`: somebody else has dealt with it.
    changed: bool,
}

/// A dead letter with what it tells.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeDeadLetter {
    dead_letter: DeadLetterInList,
    /// The text as it came, which may hold addresses of people.
    body: String,
}

/// Which one: by its consumer and its event.
type Which = Path<(String, String)>;

/// `GET /api/admin/events/dead-letters/{consumer}/{event}`: without what it tells.
pub(crate) async fn one(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path((consumer, event)): Which,
    query: NoQuery,
) -> Result<Success<DeadLetterInList>, OperationError> {
    query?;
    let dead = find(&operations, &consumer, &event).await?;
    Ok(Success::ok((&dead).into()))
}

/// `POST /api/admin/events/dead-letters/{consumer}/{event}/read`
pub(crate) async fn read(
    Fresh { caller, .. }: Fresh<Operator>,
    State(OperationsApi { operations, admin, .. }): State<OperationsApi>,
    Path((consumer, event)): Which,
    order: Order<ReasonBody>,
) -> Result<Success<WholeDeadLetter>, OperationError> {
    let dead = find(&operations, &consumer, &event).await?;
    let looking = Looking { operation: &order.operation(&caller), address: Some(order.address()) };
    operations.dead_letters.note_reading(&admin.access, &dead, &looking).await?;
    Ok(Success::ok(WholeDeadLetter { dead_letter: (&dead).into(), body: dead.body }))
}

/// `POST /api/admin/events/dead-letters/{consumer}/{event}/retry`
pub(crate) async fn retry(
    caller: Fresh<Operator>,
    operations: State<Arc<Operations>>,
    which: Which,
    order: Order<ReasonBody>,
) -> Result<Success<Settled>, OperationError> {
    settle(caller, operations, which, order, Decision::Retry).await
}

/// `POST /api/admin/events/dead-letters/{consumer}/{event}/discard`
pub(crate) async fn discard(
    caller: Fresh<Operator>,
    operations: State<Arc<Operations>>,
    which: Which,
    order: Order<ReasonBody>,
) -> Result<Success<Settled>, OperationError> {
    settle(caller, operations, which, order, Decision::Discard).await
}

async fn settle(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path((consumer, event)): Which,
    order: Order<ReasonBody>,
    decision: Decision,
) -> Result<Success<Settled>, OperationError> {
    let dead = find(&operations, &consumer, &event).await?;
    let changed = operations.dead_letters.settle(&dead, decision, &order.operation(&caller)).await?;
    Ok(Success::ok(Settled { changed }))
}

async fn find(operations: &Operations, consumer: &str, event: &str) -> Result<DeadLetter, OperationError> {
    match operations.dead_letters.find(event, Some(consumer)).await {
        Ok(dead) => Ok(dead),
        Err(FindError::Db(error)) => Err(error.into()),
        Err(FindError::Unknown(_) | FindError::Several(_)) => Err(NotFound.into()),
    }
}
