//! Endpoints without parameters: one that is sent is refused, as anywhere else. A caller that sends it believes that it does something.

use serde::Deserialize;
use utoipa::ToSchema;
use web::{Refusal, StrictQuery};

/// A query or body in which every field is refused by its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

/// The query of such an endpoint.
pub(crate) type NoQuery = Result<StrictQuery<NoParameters>, Refusal>;
