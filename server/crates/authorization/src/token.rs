//! `POST /oauth2/token`: what a client presents becomes tokens (RFC 6749 section 3.2).

pub(crate) mod answer;
mod authentication;
pub(crate) mod error;
pub(crate) mod request;
mod self_described;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use web::RequestContext;

use answer::TokenAnswer;
use error::TokenError;
use request::TokenRequest;

use crate::client::grant_type::GrantType;
use crate::dpop::{at_token_endpoint, header};
use crate::grants::{authorization_code, refresh_token};
use crate::server::{AuthorizationServer, Context};

/// Serves a token request. Whatever is wrong is told in the one shape of RFC 6749 section 5.2 (S-AS-18).
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    context: RequestContext,
    request: Request,
) -> Response {
    let asked = request.headers().clone();
    let answer = match serve(server.context(), request, &context).await {
        Ok(answer) => answer.into_response(),
        Err(error) => error.answer(&context.source.request_id),
    };
    let answer = header::add_nonce(&server.context().services.tokens, &asked, answer);
    server.context().origins.admit(&asked, answer)
}

async fn serve(
    context: &Context,
    request: Request,
    from: &RequestContext,
) -> Result<TokenAnswer, TokenError> {
    let mut request = TokenRequest::read(request).await?;
    self_described::look_up(context, &request, from).await?;
    let client = authentication::authenticate(&request, &context.clients)?;
    request.proof = at_token_endpoint::read(context, &client, &request.headers)?;
    let grant = request.grant_type()?;
    if !client.may_use(grant) {
        return Err(TokenError::UnauthorizedClient(grant.as_str()));
    }
    let answer = match grant {
        GrantType::AuthorizationCode => authorization_code::redeem(context, &client, &request, from).await,
        GrantType::RefreshToken => refresh_token::redeem(context, &client, &request, from).await,
    };
    let outcome = if answer.is_ok() { "success" } else { "failure" };
    metrics::counter!("daemun_token_requests_total", "grant" => grant.as_str(), "outcome" => outcome)
        .increment(1);
    answer
}
