//! `POST /oauth2/token`: what a client presents becomes tokens (RFC 6749 section 3.2).

pub(crate) mod answer;
pub(crate) mod error;

use axum::extract::State;
use axum::response::IntoResponse as _;
use web::guard::Proven;
use web::{Plain, RequestContext};

use answer::TokenAnswer;
use error::TokenError;

use crate::client::form::ClientForm;
use crate::client::grant_type::GrantType;
use crate::client::guard::{ClientEndpoint, Example, FromClient};
use crate::client::model::Client;
use crate::dpop::{at_token_endpoint, header};
use crate::grants::{authorization_code, client_credentials, device_code, refresh_token};
use crate::oauth_answer::OAuthAnswer;
use crate::server::{AuthorizationServer, Context};

/// The endpoint, as its guard knows it.
pub(crate) struct TokenEndpoint;

impl ClientEndpoint for TokenEndpoint {
    const KNOWN: &'static [&'static str] = &[
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "device_code",
        "refresh_token",
        "scope",
        "resource",
    ];
    const REQUIRED: &'static [&'static str] = &["grant_type"];
    const EXAMPLE: Example = &[
        ("grant_type", "authorization_code"),
        ("client_id", "portal-client"),
        ("code", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("redirect_uri", "http://localhost:3999/callback"),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    const FOR_PAGES: bool = true;
}

/// Serves a token request. Whatever is wrong is told in the one shape of RFC 6749 section 5.2 (S-AS-18).
pub(crate) async fn post(
    Proven { proof: FromClient { client, mut form, .. }, .. }: Proven<FromClient<TokenEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> OAuthAnswer<Plain<TokenAnswer>> {
    let answer = match serve(server.context(), &client, &mut form, &from).await {
        Ok(answer) => answer.into_response(),
        Err(error) => error.answer(&from.source.request_id),
    };
    let answer = header::add_nonce(&server.context().services.tokens, &form.headers, answer);
    server.context().origins.admit(&form.headers, answer).into()
}

async fn serve(
    context: &Context,
    client: &Client,
    form: &mut ClientForm,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    form.proof = at_token_endpoint::read(context, client, &form.headers)?;
    let grant = GrantType::parse(form.required("grant_type")?).ok_or(TokenError::UnsupportedGrantType)?;
    if !client.may_use(grant) {
        return Err(TokenError::UnauthorizedClient(grant.as_str()));
    }
    let answer = match grant {
        GrantType::AuthorizationCode => authorization_code::redeem(context, client, form, from).await,
        GrantType::RefreshToken => refresh_token::redeem(context, client, form, from).await,
        GrantType::DeviceCode => device_code::redeem(context, client, form, from).await,
        GrantType::ClientCredentials => client_credentials::issue(context, client, form, from).await,
    };
    let outcome = if answer.is_ok() { "success" } else { "failure" };
    metrics::counter!("daemun_token_requests_total", "grant" => grant.as_str(), "outcome" => outcome)
        .increment(1);
    answer
}
