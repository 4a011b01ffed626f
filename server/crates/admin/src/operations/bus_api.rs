//! `GET /api/admin/events`: lag and age, and what waits in the outbox.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operations::bus::BusState;
use crate::operator::Operator;

/// What waits of a topic.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiting {
    topic: String,
    /// Among the 10000 oldest of all.
    events: i64,
    /// When the oldest happened.
    since: String,
}

/// How far a consumer is behind.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsumerLag {
    /// `in-process` or `kafka`.
    bus: &'static str,
    consumer: String,
    topic: String,
    events: i64,
    /// Since when the oldest waits; brokers do not tell.
    since: Option<String>,
}

/// A bus that does not answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct SilentBus {
    bus: &'static str,
    why: String,
}

/// Events on their way.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventsState {
    /// The bus to which events go: `in-process` or `kafka`.
    bus: &'static str,
    /// What is wrong with the connection to it.
    problem: Option<String>,
    /// What waits in the outbox.
    waiting: Vec<Waiting>,
    consumers: Vec<ConsumerLag>,
    silent: Vec<SilentBus>,
    dead_letters: i64,
}

impl From<BusState> for EventsState {
    fn from(state: BusState) -> Self {
        let waiting = state.waiting.into_iter().map(|waiting| Waiting {
            topic: waiting.topic,
            events: waiting.events,
            since: waiting.since.to_string(),
        });
        let consumers = state.lags.into_iter().map(|(bus, lag)| ConsumerLag {
            bus,
            consumer: lag.group,
            topic: lag.topic,
            events: lag.events,
            since: lag.since.map(|since| since.to_string()),
        });
        Self {
            bus: state.bus,
            problem: state.problem,
            waiting: waiting.collect(),
            consumers: consumers.collect(),
            silent: state.silent.into_iter().map(|(bus, why)| SilentBus { bus, why }).collect(),
            dead_letters: state.dead_letters,
        }
    }
}

/// `GET /api/admin/events`: the outbox, and the lag of each consumer.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<EventsState>, OperationError> {
    query?;
    Ok(Success::ok(operations.bus.state().await?.into()))
}
