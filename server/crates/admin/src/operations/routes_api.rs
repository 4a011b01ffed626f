//! `GET /api/admin/routes`: the route table of the gateway, and the program's own.

use axum::extract::State;
use gateway::RouteRow;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, OperationsApi, OwnRoute};
use crate::operator::Operator;

/// A route that forwards to a service.
#[derive(Serialize, ToSchema)]
pub(crate) struct GatewayRoute {
    /// Separated by commas.
    methods: String,
    path: String,
    /// `public`, or what is asked of the caller.
    guard: String,
    /// Whom the token is for that the service gets; empty on a public route.
    audience: String,
    /// Separated by commas.
    upstream: String,
}

impl From<RouteRow> for GatewayRoute {
    fn from(row: RouteRow) -> Self {
        let RouteRow { methods, path, guard, audience, upstream } = row;
        Self { methods, path, guard, audience, upstream }
    }
}

/// A route that the program answers itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgramRoute {
    method: &'static str,
    path: &'static str,
    guard: String,
}

impl From<&OwnRoute> for ProgramRoute {
    fn from(route: &OwnRoute) -> Self {
        Self { method: route.method, path: route.path, guard: route.guard.clone() }
    }
}

/// The routes of the gateway and those of the program itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct RouteTables {
    gateway: Vec<GatewayRoute>,
    own: Vec<ProgramRoute>,
}

/// `GET /api/admin/routes`
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(api): State<OperationsApi>,
    query: NoQuery,
) -> Result<Success<RouteTables>, OperationError> {
    query?;
    let gateway = api.operations.health.gateway.routes().into_iter().map(Into::into).collect();
    Ok(Success::ok(RouteTables { gateway, own: api.routes.iter().map(Into::into).collect() }))
}
