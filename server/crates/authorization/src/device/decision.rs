//! `POST /device`: the person types a code, allows or denies.

use db::LentTransaction;
use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::LOCATION;
use names::path;
use serde::Deserialize;
use sessions::Current;
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{LeadsOn, Refusal, RequestContext, StrictForm};

use super::error::DeviceError;
use super::page::{self, TypedCode};
use crate::server::{AuthorizationServer, Context};
use crate::store::device_codes::{self, Allowed};

/// What a person sends from `/device`: the code, and whether they allow the sign-in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DeviceForm {
    /// As it was typed.
    #[schema(required = true, nullable = false, value_type = String, example = "WDJB-MJHT")]
    user_code: Option<String>,
    /// `allow` or `deny`; without it the person is asked.
    #[schema(nullable = false, example = "deny")]
    decision: Option<String>,
    /// For whom the page was drawn.
    #[schema(nullable = false, example = "0192f3a0-0000-7000-8000-000000000000")]
    member: Option<String>,
}

/// Serves both forms of the page.
pub(crate) async fn post(
    SignedIn { caller: current, .. }: SignedIn<Arc<Current>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
    form: Result<StrictForm<DeviceForm>, Refusal>,
) -> Result<LeadsOn, DeviceError> {
    let DeviceForm { user_code, decision, member } = form.map_err(DeviceError::Form)?.0;
    let typed = user_code.unwrap_or_default();
    let allows = match decision.as_deref() {
        None => return Ok(lead_to("user_code", &typed)),
        Some("allow") => true,
        Some("deny") => false,
        Some(_) => return Err(DeviceError::Form(Refusal::field("decision", "`allow` or `deny`"))),
    };
    if member.is_some_and(|member| member != current.member.id.to_string()) {
        return Err(DeviceError::OtherMember);
    }
    match decide(server.context(), &typed, allows, &current, &from).await? {
        true if allows => Ok(lead_to("done", "allowed")),
        true => Ok(lead_to("done", "denied")),
        // It expired, or was answered elsewhere: the page says so.
        false => Ok(lead_to("user_code", &typed)),
    }
}

/// Notes the decision; `false` when there is nothing to decide.
async fn decide(
    context: &Context,
    typed: &str,
    allows: bool,
    current: &Current,
    from: &RequestContext,
) -> Result<bool, DeviceError> {
    let Some(TypedCode { user, request, .. }) = page::find(context, typed, current).await? else {
        return Ok(false);
    };
    let now = context.clock.now();
    let decide = async |mut tx: LentTransaction| {
        let decided = if allows {
            let allowed = Allowed {
                subject: current.member.id,
                session: current.session.id,
                auth_time: current.session.auth_time,
                proven_by: Some(current.session.proven_by),
                method: Some(current.session.method),
            };
            device_codes::allow(&mut tx, &user, &allowed, now).await?
        } else {
            device_codes::deny(&mut tx, &user, now).await?
        };
        if decided && allows {
            let allowed =
                AuditEvent::new(AuditKind::DeviceAllowed, &from.source).about(current.member.id.uuid());
            let allowed = allowed.with_client(request.client_id.as_str());
            context.services.audit.record(&mut tx, &allowed).await?;
        }
        Ok::<_, DeviceError>(tx.commit(decided))
    };
    context.services.db.transact(decide).await
}

fn lead_to(name: &str, value: &str) -> LeadsOn {
    let mut query = String::new();
    // Longer than a code is ever typed.
    let value: String = value.chars().take(40).collect();
    crate::parameters::append(&mut query, name, value.as_bytes());
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{}?{query}", path::DEVICE))]).into_response().into()
}
