//! `POST /oauth2/device_authorization`: a device begins (RFC 8628 section 3.1).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use db::{DbError, LentTransaction};
use http::header::CACHE_CONTROL;
use kernel::{OpaqueToken, TokenHash};
use names::path;
use serde::Serialize;
use tokens::Scope;
use utoipa::ToSchema;
use web::guard::Proven;
use web::{Plain, RequestContext};

use super::user_code::UserCode;
use crate::authorize::scope::OFFLINE;
use crate::client::form::ClientForm;
use crate::client::grant_type::GrantType;
use crate::client::guard::{ClientEndpoint, Example, FromClient};
use crate::client::model::Client;
use crate::oauth_answer::OAuthAnswer;
use crate::server::{AuthorizationServer, Context};
use crate::store::device_codes::{self, DeviceCodes, DeviceRequest};
use crate::token::error::TokenError;

/// How long a code is valid.
const CODE_LIFETIME: Duration = Duration::from_mins(10);
/// How long a request is kept from when it is made, so that a code is recognised that was answered or has expired.
const RETENTION: Duration = Duration::from_hours(1);
/// How long a device waits between two questions, and how much longer each time that it did not.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);
/// Two devices show the same code once in many millions of times.
const MAX_CODE_ATTEMPTS: u32 = 3;

/// The endpoint, as its guard knows it.
pub(crate) struct DeviceEndpoint;

impl ClientEndpoint for DeviceEndpoint {
    const KNOWN: &'static [&'static str] = &["scope", "resource"];
    const REQUIRED: &'static [&'static str] = &[];
    const EXAMPLE: Example = &[("client_id", "television"), ("scope", "openid profile")];
    const FOR_PAGES: bool = false;
}

/// What the device shows, and what it presents.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// `POST /oauth2/device_authorization` (RFC 8628 section 3.1)
pub(crate) async fn post(
    Proven { proof: FromClient { client, form, .. }, .. }: Proven<FromClient<DeviceEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> OAuthAnswer<Plain<Begun>> {
    let answer = match begin(server.context(), &client, &form, &from).await {
        Ok(begun) => ([(CACHE_CONTROL, "no-store")], Json(begun)).into_response(),
        Err(error) => error.answer(&from.source.request_id),
    };
    answer.into()
}

async fn begin(
    context: &Context,
    client: &Client,
    form: &ClientForm,
    from: &RequestContext,
) -> Result<Begun, TokenError> {
    if !client.may_use(GrantType::DeviceCode) {
        return Err(TokenError::UnauthorizedClient(GrantType::DeviceCode.as_str()));
    }
    let resource = form.get("resource");
    if resource.is_some_and(|resource| !client.audiences.iter().any(|audience| audience == resource)) {
        return Err(TokenError::UnknownTarget);
    }
    let now = context.clock.now();
    let request = DeviceRequest {
        client_id: client.id.clone(),
        scope: scope(client, form.get("scope"))?,
        audience: context.audience(resource),
        good_until: now.plus(CODE_LIFETIME),
    };
    let secret = OpaqueToken::new(&*context.randomness);
    let code = store(context, client, &secret.hash(), &request, from).await?;
    let page = format!("{}{}", context.origin.as_str(), path::DEVICE);
    Ok(Begun {
        device_code: secret.text(),
        verification_uri_complete: format!("{page}?user_code={code}"),
        verification_uri: page,
        user_code: code.to_string(),
        expires_in: CODE_LIFETIME.as_secs(),
        interval: INTERVAL.as_secs(),
    })
}

/// Keeps a request under a code that no other device shows.
async fn store(
    context: &Context,
    client: &Client,
    device: &TokenHash,
    request: &DeviceRequest,
    from: &RequestContext,
) -> Result<UserCode, TokenError> {
    let expires_at = context.clock.now().plus(RETENTION);
    let store = async |mut tx: LentTransaction| {
        // Anybody can say that they are a public client, so what those leave here is limited as it is at /oauth2/authorize.
        if let Some(network) = from.network.filter(|_| client.is_public()) {
            let key = network.limit_key();
            let attempt = context.limiter.attempt("authorization.requests", context.requests, &key);
            context.limiter.count_within(&mut tx, attempt).await?;
        }
        let mut draws = 1;
        loop {
            let code = UserCode::new(&*context.randomness);
            let user = context.user_codes.authenticate(code.bytes());
            let codes = DeviceCodes { device, user: &user };
            match device_codes::insert(&mut tx, codes, request, INTERVAL, expires_at).await {
                Ok(()) => return Ok::<_, TokenError>(tx.commit(code)),
                Err(DbError::Exists(_)) if draws < MAX_CODE_ATTEMPTS => draws += 1,
                Err(error) => return Err(error.into()),
            }
        }
    };
    context.services.db.transact(store).await
}

/// What is asked for, or all that the client may have without naming it.
fn scope(client: &Client, asked: Option<&str>) -> Result<Scope, TokenError> {
    let Some(text) = asked else {
        let usual: Vec<_> = client.scope.words().filter(|word| *word != OFFLINE).collect();
        return Ok(Scope::parse(&usual.join(" ")).unwrap_or_default());
    };
    let scope = Scope::parse(text).ok_or(TokenError::InvalidScope(
        "`scope` must be words of visible ASCII, separated by single blanks",
    ))?;
    if !scope.is_within(&client.scope) {
        return Err(TokenError::InvalidScope("the client may not ask for this; see its `scopes`"));
    }
    Ok(scope)
}
