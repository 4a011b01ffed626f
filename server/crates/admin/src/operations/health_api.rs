//! `GET /api/admin/health`: what is wrong now, with its cure.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operations::health::{Finding, Said};
use crate::operator::Operator;

/// Something that is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingInList {
    /// Stable; such as `database_away`.
    code: &'static str,
    /// Whether something does not work now; otherwise somebody should look at it soon.
    is_outage: bool,
    /// Of a setting, in the words of `daemun check`.
    problem: Cow<'static, str>,
    cure: Cow<'static, str>,
    /// Where: an upstream, a consumer, a receiver, a replica, a setting, or what a broker said.
    place: Option<String>,
    /// How many there are of it; of sign-ins, how many in a hundred; of a clock, how many milliseconds it is ahead.
    count: Option<i64>,
    since: Option<String>,
}

impl From<Finding> for FindingInList {
    fn from(finding: Finding) -> Self {
        let described = finding.code.description();
        let (problem, cure) = match finding.said {
            Some(Said { problem, cure }) => (problem.into(), cure.into()),
            None => (described.problem.into(), described.cure.into()),
        };
        Self {
            code: described.code,
            is_outage: described.is_outage,
            problem,
            cure,
            place: finding.place,
            count: finding.count,
            since: finding.since.map(|since| since.to_string()),
        }
    }
}

/// What is wrong now.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthState {
    /// Outages first. Nothing is wrong when it is empty.
    findings: Vec<FindingInList>,
}

/// `GET /api/admin/health`: the current problems, outages first.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<HealthState>, OperationError> {
    query?;
    let findings = operations.health.findings().await;
    Ok(Success::ok(HealthState { findings: findings.into_iter().map(Into::into).collect() }))
}
