//! `GET /api/admin/replicas`: the programs on this database, their clocks, and which of them does what one does for all.

use std::sync::Arc;

use axum::extract::State;
use db::replicas::{KnownReplica, known};
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operator::Operator;

/// A process that sent a beat within the hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replica {
    id: String,
    version: String,
    started_at: String,
    last_beat_at: String,
    /// `false`: it died within the hour.
    is_beating: bool,
    /// How many milliseconds its clock is ahead of the database's; negative when it is behind.
    clock_ahead_ms: i64,
    /// The id of the master key with which it seals; `null` from a program that does not tell. Nothing is sealed again before all
    /// agree.
    newest_key: Option<String>,
    /// What it does for all.
    leases: Vec<String>,
}

impl From<KnownReplica> for Replica {
    fn from(KnownReplica { replica, is_beating, leases }: KnownReplica) -> Self {
        Self {
            id: replica.id,
            version: replica.version,
            started_at: replica.started_at.to_string(),
            last_beat_at: replica.beat_at.to_string(),
            is_beating,
            clock_ahead_ms: replica.clock_ahead,
            newest_key: replica.newest_key,
            leases,
        }
    }
}

/// The replicas that beat, and those that died within the hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplicaList {
    replicas: Vec<Replica>,
}

/// `GET /api/admin/replicas`
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<ReplicaList>, OperationError> {
    query?;
    let replicas = known(&mut *operations.db.read().await?, operations.clock.now()).await?;
    Ok(Success::ok(ReplicaList { replicas: replicas.into_iter().map(Into::into).collect() }))
}
