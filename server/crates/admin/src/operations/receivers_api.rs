//! `/api/admin/webhooks…`: receivers, the log of attempts, trying one out, sending again.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, NotFound};
use web::{Refusal, StrictQuery, Success};
use webhooks::{Answer, LoggedDelivery, ReceiverName};

use crate::given_reason::{Order, ReasonBody, Reasoned};
use crate::limit;
use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operations::parts::Part;
use crate::operations::receivers::{ReceiverState, Replayed};
use crate::operator::Operator;

/// A receiver of webhooks with its counts of waiting and given-up events.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReceiverInList {
    receiver: String,
    /// Whether the configuration has it.
    configured: bool,
    /// Where it listens, without what is behind `?`.
    url: Option<String>,
    topics: Vec<&'static str>,
    waiting: i64,
    /// Since when the oldest waits.
    since: Option<String>,
    given_up: i64,
}

impl From<ReceiverState> for ReceiverInList {
    fn from(state: ReceiverState) -> Self {
        let (url, topics) = match state.configured {
            Some(configured) => (Some(configured.url), configured.topics),
            None => (None, Vec::new()),
        };
        Self {
            receiver: state.name,
            configured: url.is_some(),
            url,
            topics,
            waiting: state.waiting,
            since: state.since.map(|since| since.to_string()),
            given_up: state.given_up,
        }
    }
}

/// Who is sent webhooks.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReceiverList {
    receivers: Vec<ReceiverInList>,
}

/// `GET /api/admin/webhooks`
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<ReceiverList>, OperationError> {
    query?;
    let receivers = operations.receivers.list().await?;
    Ok(Success::ok(ReceiverList { receivers: receivers.into_iter().map(Into::into).collect() }))
}

/// The filters of the log of webhooks, and where the list goes on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogQuery {
    /// To this receiver.
    #[schema(nullable = false, example = "billing")]
    receiver: Option<String>,
    /// `waiting`, `delivered` or `given-up`.
    #[schema(nullable = false, example = "given-up")]
    state: Option<String>,
    /// The `next` of the part before.
    #[schema(nullable = false)]
    after: Option<String>,
    /// How many rows at most, 1 to 100.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

/// What became of an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct Delivery {
    receiver: String,
    event: String,
    topic: String,
    /// The id of the member whom it is about.
    member: String,
    /// `waiting`, `delivered` or `given-up`.
    state: String,
    created_at: String,
    tried_at: Option<String>,
    /// When it is tried next, if it waits. `null` of one that is sent as soon as those of its member before it are.
    due_at: Option<String>,
    failures: u32,
    /// What the receiver said last, or why it could not.
    answer: String,
}

impl From<LoggedDelivery> for Delivery {
    fn from(row: LoggedDelivery) -> Self {
        Self {
            due_at: row.due_at.map(|at| at.to_string()),
            receiver: row.receiver,
            event: row.event_id,
            topic: row.topic,
            member: row.member,
            state: row.state,
            created_at: row.created_at.to_string(),
            tried_at: row.tried_at.map(|at| at.to_string()),
            failures: row.failures,
            answer: row.answer,
        }
    }
}

/// Deliveries in the order of the log, and where the next ones begin.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogPart {
    deliveries: Vec<Delivery>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// The log, the newest first.
pub(crate) async fn log(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: Result<StrictQuery<LogQuery>, Refusal>,
) -> Result<Success<LogPart>, OperationError> {
    let StrictQuery(query) = query?;
    let limit = limit::alone(query.limit.as_deref())?;
    if query.receiver.as_deref().is_some_and(|name| ReceiverName::parse(name).is_none()) {
        return Err(FieldErrors::one("receiver", "the name of a receiver").into());
    }
    if query.state.as_deref().is_some_and(|state| webhooks::State::parse(state).is_none()) {
        return Err(FieldErrors::one("state", "waiting, delivered or given-up").into());
    }
    let LogQuery { receiver, state, after, .. } = &query;
    let part = operations.deliveries_from(receiver.as_deref(), state.as_deref(), after.as_deref(), limit);
    let Part { entries, next } = part.await?;
    Ok(Success::ok(LogPart { deliveries: entries.into_iter().map(Into::into).collect(), next }))
}

/// What the receiver answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestAnswer {
    /// The id of the event that was sent.
    event: String,
    /// Whether it took it.
    taken: bool,
    /// What it said, or why it could not.
    answer: String,
}

/// `POST /api/admin/webhooks/{receiver}/test`
pub(crate) async fn test(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(receiver): Path<String>,
    order: Order<ReasonBody>,
) -> Result<Success<TestAnswer>, OperationError> {
    let operation = order.operation(&caller);
    let receiver = operations.receivers.configured(&receiver).ok_or(NotFound)?;
    let (event, answer) = operations.receivers.test(receiver, &operation).await?;
    let taken = matches!(answer, Answer::Taken(_));
    Ok(Success::ok(TestAnswer { event, taken, answer: answer.text() }))
}

/// Which event, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayBody {
    #[schema(required = true, nullable = false, value_type = String, example = "evt-0198c5a2-7c3e-7abc-8def-0123456789ab")]
    event: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "The receiver lost it")]
    reason: Option<String>,
}

impl Reasoned for ReplayBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplayAnswer {
    /// `false`: it waits already.
    changed: bool,
    /// When it is tried next, if it waits already for a moment, and not for events before it alone.
    due_at: Option<String>,
}

/// `POST /api/admin/webhooks/{receiver}/replay`
pub(crate) async fn replay(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(receiver): Path<String>,
    order: Order<ReplayBody>,
) -> Result<Success<ReplayAnswer>, OperationError> {
    let operation = order.operation(&caller);
    let event = order.body.event.filter(|event| !event.is_empty());
    let event = event.ok_or(FieldErrors::one("event", "the id of an event, as the log has it"))?;
    let receiver = ReceiverName::parse(&receiver).ok_or(NotFound)?;
    match operations.receivers.replay(&receiver, &event, &operation).await? {
        Replayed::Yes => Ok(Success::ok(ReplayAnswer { changed: true, due_at: None })),
        Replayed::Waits(at) => {
            Ok(Success::ok(ReplayAnswer { changed: false, due_at: at.map(|at| at.to_string()) }))
        }
        Replayed::Unknown => Err(NotFound.into()),
    }
}
