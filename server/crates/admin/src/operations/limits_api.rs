//! `GET /api/admin/limits`: who was refused by this replica within the hour, by quota and key.

use std::sync::Arc;

use axum::extract::State;
use limits::{RefusedLately, refused_lately};
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;

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
}

impl From<RefusedLately> for RefusedKey {
    fn from(refused: RefusedLately) -> Self {
        Self {
            limit: refused.limit,
            key: refused.key,
            times: refused.times,
            first_at: refused.first_at.to_string(),
            last_at: refused.last_at.to_string(),
        }
    }
}

/// Who was refused by this replica within the hour; at most 1000.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedList {
    /// The last one first.
    refused: Vec<RefusedKey>,
}

/// Shows them.
pub(crate) async fn get(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
) -> Result<Success<RefusedList>, OperationError> {
    let refused = refused_lately(operations.clock.now());
    Ok(Success::ok(RefusedList { refused: refused.into_iter().map(Into::into).collect() }))
}
