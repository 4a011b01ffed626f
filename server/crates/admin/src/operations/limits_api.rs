//! `GET /api/admin/limits`: who was refused within the hour, by quota, key and replica.

use std::sync::Arc;

use axum::extract::State;
use limits::RefusedBy;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operator::Operator;

/// Somebody who was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedKey {
    /// The name of the quota.
    limit: String,
    /// Whom it refused: addresses and networks masked, ids of members and clients whole; empty where all are counted together.
    key: String,
    times: u64,
    first_at: String,
    last_at: String,
    /// The replica that refused: each counts for itself.
    replica: String,
}

impl From<RefusedBy> for RefusedKey {
    fn from(RefusedBy { replica, refused }: RefusedBy) -> Self {
        Self {
            replica,
            limit: refused.limit,
            key: refused.key,
            times: refused.times,
            first_at: refused.first_at.to_string(),
            last_at: refused.last_at.to_string(),
        }
    }
}

/// Who was refused within the hour: at most 1000 by the replica that answers, as of now, and 200 by each other one, as of two seconds ago.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedList {
    /// The last one first.
    refused: Vec<RefusedKey>,
}

/// `GET /api/admin/limits`
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<RefusedList>, OperationError> {
    query?;
    let refused = operations.refused.by_all(&mut *operations.db.read().await?).await?;
    Ok(Success::ok(RefusedList { refused: refused.into_iter().map(Into::into).collect() }))
}
