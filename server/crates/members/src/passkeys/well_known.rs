//! What browsers and password managers look up of a site: which other sites share its passkeys (WebAuthn section 5.11), where
//! passkeys are added and managed, and where a password is changed (W3C, *A Well-Known URL for Changing Passwords*).

use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::LOCATION;
use names::path;
use serde::Serialize;
use utoipa::ToSchema;
use web::reason::NotFound;
use web::{LeadsOn, Plain};

use crate::passkeys::settings::PasskeySettings;

/// Where passkeys may be used, as browsers write it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PasskeySites {
    /// The page on which passkeys are added and managed.
    page: String,
    /// Other sites.
    origins: Vec<String>,
}

impl PasskeySites {
    pub(crate) fn of(settings: &PasskeySettings) -> Option<Self> {
        let (own, others) = settings.origins.split_first()?;
        let own = own.origin().ascii_serialization();
        let origins = others.iter().map(|origin| origin.origin().ascii_serialization()).collect();
        Some(Self { page: format!("{own}{}", path::SECURITY), origins })
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OriginsBody {
    #[schema(example = json!(["https://shop.example.com"]))]
    origins: Vec<String>,
}

/// The other sites that share the passkeys.
pub(crate) async fn origins(
    State(sites): State<Option<PasskeySites>>,
) -> Result<Plain<OriginsBody>, NotFound> {
    let origins = sites.ok_or(NotFound)?.origins;
    Ok(Plain::of(&OriginsBody { origins }))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointsBody {
    #[schema(example = "https://login.example.com/me/security")]
    enroll: String,
    #[schema(example = "https://login.example.com/me/security")]
    manage: String,
}

/// The page on which passkeys are added and managed.
pub(crate) async fn endpoints(
    State(sites): State<Option<PasskeySites>>,
) -> Result<Plain<EndpointsBody>, NotFound> {
    let page = sites.ok_or(NotFound)?.page;
    Ok(Plain::of(&EndpointsBody { enroll: page.clone(), manage: page }))
}

/// To the page on which a password is changed.
pub(crate) async fn change_password() -> LeadsOn {
    (StatusCode::SEE_OTHER, [(LOCATION, path::SECURITY)]).into_response().into()
}
