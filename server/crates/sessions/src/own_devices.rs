//! A member's remembered browsers: the list on `/me/sessions`, and `POST /api/auth/devices/forget`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::LentTransaction;
use http::StatusCode;
use http::header::LOCATION;
use names::{MemberId, path};
use serde::Deserialize;
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{Refusal, StrictForm};

use crate::error::SessionsError;
use crate::own_sessions::{EndError, MAX_LISTED, OwnSessions};
use crate::remembered_device::{DeviceId, RememberedDevice};
use crate::session::Current;
use crate::store::remembered_devices;

/// Which browser to forget, as a form says it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Forgetting {
    #[schema(required = true, nullable = false, value_type = String, example = "0192f3a0-0000-7000-8000-000000000000")]
    device: Option<String>,
}

/// Forgets a browser: from then on a code is asked for there. One that is not the member's, or was forgotten, is no error.
pub(crate) async fn delete(
    SignedIn { caller: current, .. }: SignedIn<Arc<Current>>,
    State(own): State<OwnSessions>,
    form: Result<StrictForm<Forgetting>, Refusal>,
) -> Result<Response, EndError> {
    let device = form?.0.device.as_deref().and_then(|id| DeviceId::parse(id).ok());
    let device =
        device.ok_or_else(|| Refusal::field("device", "the id of one of your remembered browsers"))?;
    own.delete_device(current.member.id, device).await?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, path::SESSIONS)]).into_response())
}

impl OwnSessions {
    /// The browsers of a member in which no code is asked for, at most 200.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn devices_of(&self, member: MemberId) -> Result<Vec<RememberedDevice>, SessionsError> {
        let mut reader = self.context.db.read().await?;
        Ok(remembered_devices::of_member(&mut reader, member, self.context.clock.now(), MAX_LISTED).await?)
    }

    async fn delete_device(&self, member: MemberId, device: DeviceId) -> Result<(), SessionsError> {
        let forget = async |mut tx: LentTransaction| {
            remembered_devices::delete(&mut tx, device, member).await?;
            Ok::<_, SessionsError>(tx.commit(()))
        };
        self.context.db.transact(forget).await
    }
}
