//! `/api/admin/keys…`: the keys that sign tokens, and replacing them or what is sealed with the master keys.

use std::sync::Arc;

use axum::extract::State;
use db::replicas::sealing_otherwise;
use kernel::MasterKeyId;
use members::Failure;
use serde::{Deserialize, Serialize};
use tokens::{KeyInfo, KeyState};
use utoipa::ToSchema;
use web::Success;
use web::guard::Fresh;
use web::reason::FieldErrors;

use crate::given_reason::{Order, Reasoned};
use crate::no_parameters::NoQuery;
use crate::operations::api::{OperationError, Operations};
use crate::operations::long_work::kind::WorkKind;
use crate::operations::long_work_api;
use crate::operator::Operator;
use crate::reason::MasterKeysDiffer;

/// A key that signs tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct SigningKey {
    kid: String,
    /// Its algorithm.
    kind: &'static str,
    /// `published`, `signs`, `retired` or `gone`.
    state: &'static str,
    published_at: String,
    /// From when it signs.
    signs_from: String,
}

/// Its name in the API.
pub(crate) const fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Published => "published",
        KeyState::Active => "signs",
        KeyState::Retired => "retired",
        KeyState::Gone => "gone",
    }
}

impl From<KeyInfo> for SigningKey {
    fn from(key: KeyInfo) -> Self {
        Self {
            kid: key.kid,
            kind: key.kind.as_str(),
            state: state(key.state),
            published_at: key.published_at.to_string(),
            signs_from: key.active_from.to_string(),
        }
    }
}

/// All keys that sign tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The oldest first.
    keys: Vec<SigningKey>,
}

/// The keys as the database has them.
pub(crate) async fn keys(operations: &Operations) -> Result<Vec<KeyInfo>, OperationError> {
    operations.tokens.keys.read().await.map_err(Failure::from)?;
    Ok(operations.tokens.keys.list())
}

/// `GET /api/admin/keys`: the signing keys, without their secrets.
pub(crate) async fn list(
    _: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    query: NoQuery,
) -> Result<Success<KeyList>, OperationError> {
    query?;
    let keys = keys(&operations).await?;
    Ok(Success::ok(KeyList { keys: keys.into_iter().map(Into::into).collect() }))
}

/// What is replaced, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// `signing`: the next key that signs tokens is made. `compromised_signing`: all keys that sign are deleted for a new one, and
    /// all access tokens end. `master`: all that is stored is sealed with the newest master key.
    #[schema(required = true, nullable = false, value_type = String, example = "signing")]
    which: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "Every quarter")]
    reason: Option<String>,
}

impl Reasoned for RotateBody {
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rotated {
    /// The keys that sign tokens now; the next one is published, and signs as soon as everybody can know it.
    keys: Vec<SigningKey>,
    /// The id of the work that seals everything again, for `master`.
    work: Option<String>,
}

/// The newest master key, which must be that of every replica: one that seals with another would go on doing so.
async fn key_of_all(operations: &Operations) -> Result<MasterKeyId, OperationError> {
    let newest = operations.resealed.newest;
    let differ = sealing_otherwise(&mut *operations.db.read().await?, operations.clock.now(), newest).await?;
    if differ.is_empty() {
        return Ok(newest);
    }
    let ids: Vec<_> = differ.iter().map(|replica| replica.id.as_str()).collect();
    Err(MasterKeysDiffer(ids.join(", ")).into())
}

/// `POST /api/admin/keys/rotate`
pub(crate) async fn rotate(
    Fresh { caller, .. }: Fresh<Operator>,
    State(operations): State<Arc<Operations>>,
    order: Order<RotateBody>,
) -> Result<Success<Rotated>, OperationError> {
    let operation = order.operation(&caller);
    let work = match order.body.which.as_deref() {
        Some("signing") => {
            operations.tokens.keys.rotate_now(Some(&operation)).await.map_err(Failure::from)?;
            None
        }
        Some("compromised_signing") => {
            operations.tokens.keys.replace(Some(&operation)).await.map_err(Failure::from)?;
            None
        }
        Some("master") => {
            let kind = WorkKind::Reseal(key_of_all(&operations).await?);
            let steps = i64::try_from(operations.resealed.steps).unwrap_or(i64::MAX);
            Some(long_work_api::started(&operations, &kind, steps, &operation).await?.to_string())
        }
        _ => return Err(FieldErrors::one("which", "signing, compromised_signing or master").into()),
    };
    let keys = keys(&operations).await?;
    Ok(Success::ok(Rotated { keys: keys.into_iter().map(Into::into).collect(), work }))
}
