//! `/api/admin/mails…`: what waits and what was given up, with masked addresses, and sending one again.

use std::sync::Arc;

use axum::extract::{Path, State};
use jobs::{JobId, JobState};
use notifications::{MailInQueue, SentAgain};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::guard::Fresh;
use web::reason::{FieldErrors, NotFound};
use web::{Refusal, StrictQuery, Success};

use crate::given_reason::{Order, ReasonBody};
use crate::limit;
use crate::masked;
use crate::operations::api::{OperationError, Operations};
use crate::operations::parts::Part;
use crate::operator::Operator;
use crate::reason::MailEmptied;

/// The state of the mails that are listed, and where the list goes on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// `waiting` or `given-up`.
    #[schema(nullable = false, example = "given-up")]
    state: Option<String>,
    /// The `next` of the part before.
    #[schema(nullable = false)]
    after: Option<String>,
    /// How many rows at most, 1 to 100.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

/// A mail, without what it says.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailInList {
    id: String,
    /// The recipient's address, masked.
    to: String,
    /// Which kind of mail it is.
    template: String,
    language: String,
    created_at: String,
    /// When it is tried next, or was tried last if it was given up.
    due_at: String,
    attempts: u32,
    /// Whether it can be sent again.
    can_be_sent: bool,
    /// What went wrong the last time, in short; `null` where it was not tried. No address is in it.
    failure: Option<String>,
}

impl From<MailInQueue> for MailInList {
    fn from(mail: MailInQueue) -> Self {
        Self {
            id: mail.id,
            to: masked::address(&mail.recipient),
            template: mail.template,
            language: mail.language,
            created_at: mail.created_at.to_string(),
            due_at: mail.due_at.to_string(),
            attempts: mail.attempts,
            can_be_sent: mail.can_be_sent,
            failure: mail.failure,
        }
    }
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailPart {
    /// How many wait, counted up to 10000.
    waiting: u32,
    /// How many were given up, counted up to 10000.
    given_up: u32,
    mails: Vec<MailInList>,
    /// What `after` is for the next part; `null` at the end.
    next: Option<String>,
}

/// Mails that wait, or with `state=given-up` those that were given up.
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: Result<StrictQuery<ListQuery>, Refusal>,
) -> Result<Success<MailPart>, OperationError> {
    let StrictQuery(query) = query?;
    let state = state(query.state.as_deref())?;
    let limit = limit::alone(query.limit.as_deref())?;
    let Part { entries, next } = operations.mails_from(state, query.after.as_deref(), limit).await?;
    Ok(Success::ok(MailPart {
        waiting: operations.mails.count(JobState::Waiting).await?,
        given_up: operations.mails.count(JobState::Dead).await?,
        mails: entries.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// Reads `waiting` or `given-up`.
pub(crate) fn state(text: Option<&str>) -> Result<JobState, FieldErrors> {
    match text {
        None | Some("waiting") => Ok(JobState::Waiting),
        Some("given-up") => Ok(JobState::Dead),
        Some(_) => Err(FieldErrors::one("state", "waiting or given-up")),
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Retried {
    changed: bool,
}

/// `POST /api/admin/mails/{id}/retry`
pub(crate) async fn retry(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    Path(id): Path<String>,
    order: Order<ReasonBody>,
) -> Result<Success<Retried>, OperationError> {
    let operation = order.operation(&caller);
    let id = JobId::parse(&id).map_err(|_| NotFound)?;
    match operations.mails.send_again(&id.to_string(), &operation).await? {
        SentAgain::Yes => Ok(Success::ok(Retried { changed: true })),
        SentAgain::Emptied => Err(MailEmptied.into()),
        SentAgain::Unknown => Err(NotFound.into()),
    }
}
