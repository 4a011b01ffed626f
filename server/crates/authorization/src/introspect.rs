//! `POST /oauth2/introspect`: whether a token is good at this moment (RFC 7662). A client asks about its own tokens, and about
//! those that are for an API of its own (`introspects`); about all others it learns nothing (S-AS-8, S-AS-27).

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse as _;
use http::header::CACHE_CONTROL;
use kernel::Timestamp;
use serde::Serialize;
use tokens::{Claims, Family, RefreshToken, Thumbprint};
use utoipa::ToSchema;
use web::guard::Proven;
use web::{Plain, RequestContext};

use crate::client::guard::{ClientEndpoint, Example, FromClient};
use crate::client::model::Client;
use crate::oauth_answer::OAuthAnswer;
use crate::server::{AuthorizationServer, Context};
use crate::token::error::TokenError;

/// The endpoint, as its guard knows it.
pub(crate) struct IntrospectionEndpoint;

impl ClientEndpoint for IntrospectionEndpoint {
    const KNOWN: &'static [&'static str] = &["token", "token_type_hint"];
    const REQUIRED: &'static [&'static str] = &["token"];
    const EXAMPLE: Example = &[
        ("client_id", "orders"),
        ("client_secret", "0f3c9b1e5a7d2846c1f08e93b7a4d650"),
        ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ];
    const FOR_PAGES: bool = false;
    const NEEDS_CREDENTIALS: bool = true;
}

/// What is said about a token; only `active` for one that is invalid or none of the client's business.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sid: Option<String>,
    /// When its member proved who they are, and how (RFC 9470 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    acr: Option<&'static str>,
    /// The key that the token is bound to (RFC 9449 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cnf: Option<Confirmation>,
}

#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
struct Confirmation {
    jkt: String,
}

/// Serves a question about a token.
pub(crate) async fn post(
    Proven { proof: FromClient { client, form, .. }, .. }: Proven<FromClient<IntrospectionEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> OAuthAnswer<Plain<Introspection>> {
    let answer = async {
        if client.is_public() {
            let description = "introspection is for clients that show who they are; the client is public";
            return Err(TokenError::InvalidClient { description, by_header: false });
        }
        introspect(server.context(), &client, form.required("token")?).await
    };
    let answer = match answer.await {
        Ok(answer) => ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => error.answer(&from.source.request_id),
    };
    answer.into()
}

async fn introspect(context: &Context, client: &Client, token: &str) -> Result<Introspection, TokenError> {
    let tokens = &context.services.tokens;
    let said = if let Some(refresh) = RefreshToken::parse(token) {
        let mut reader = context.services.db.read().await?;
        let family = tokens.families.usable(&mut reader, &refresh).await?;
        family.filter(|family| family.client_id == client.id).map(|family| of_family(context, &family))
    } else {
        let claims = tokens.verifier.read(token).await?;
        match claims.filter(|claims| may_ask(client, claims)) {
            Some(claims) => {
                let mut reader = context.services.db.read().await?;
                let holds = tokens.families.holds(&mut reader, &claims).await?;
                holds.then(|| of_claims(context, &claims))
            }
            None => None,
        }
    };
    Ok(said.unwrap_or_default())
}

/// Whether a token is the client's business.
fn may_ask(client: &Client, claims: &Claims) -> bool {
    claims.client_id == client.id || client.introspects.iter().any(|audience| **audience == *claims.audience)
}

fn of_claims(context: &Context, claims: &Claims) -> Introspection {
    Introspection {
        active: true,
        scope: Some(claims.scope.as_str().to_owned()),
        client_id: Some(claims.client_id.to_string()),
        token_type: Some(if claims.key.is_some() { "DPoP" } else { "Bearer" }),
        exp: Some(claims.expires_at.seconds()),
        iat: Some(claims.issued_at.seconds()),
        sub: Some(claims.member().map_or_else(|| claims.client_id.to_string(), |member| member.to_string())),
        aud: Some(claims.audience.to_string()),
        iss: Some(context.issuer().to_owned()),
        jti: Some(claims.id.to_string()),
        sid: claims.session.map(|session| session.to_string()),
        auth_time: claims.auth_time.map(Timestamp::seconds),
        acr: claims.proven_by.map(|by| by.acr().as_str()),
        cnf: confirmation(claims.key),
    }
}

fn of_family(context: &Context, family: &Family) -> Introspection {
    let audience = family.audience.as_deref().unwrap_or_else(|| context.services.tokens.own_audience());
    Introspection {
        active: true,
        scope: Some(family.scope.as_str().to_owned()),
        client_id: Some(family.client_id.to_string()),
        token_type: Some("refresh_token"),
        exp: Some(family.idle_at.seconds()),
        iat: Some(family.started_at.seconds()),
        sub: Some(family.subject.to_string()),
        aud: Some(audience.to_owned()),
        iss: Some(context.issuer().to_owned()),
        jti: None,
        sid: Some(family.session.to_string()),
        auth_time: None,
        acr: None,
        cnf: confirmation(family.key),
    }
}

fn confirmation(key: Option<Thumbprint>) -> Option<Confirmation> {
    key.map(|key| Confirmation { jkt: key.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_as_27_of_what_is_not_good_nothing_is_told() {
        let body = serde_json::to_string(&Introspection::default()).unwrap();
        assert_eq!(body, r#"{"active":false}"#);
    }
}
