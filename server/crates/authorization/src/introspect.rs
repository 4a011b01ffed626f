//! `POST /oauth2/introspect`: whether a token is good at this moment (RFC 7662). A client asks about its own tokens, and about
//! those that are for an API of its own (`introspects`); about all others it learns nothing (S-AS-8, S-AS-27).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CACHE_CONTROL;
use serde::Serialize;
use tokens::{Claims, Family, RefreshToken, Thumbprint};
use web::RequestContext;
use web::guard::Proven;

use crate::client::guard::{ClientEndpoint, FromClient};
use crate::client::model::Client;
use crate::server::{AuthorizationServer, Context};
use crate::token::error::TokenError;

/// The endpoint, as its guard knows it.
pub(crate) struct IntrospectionEndpoint;

impl ClientEndpoint for IntrospectionEndpoint {
    const KNOWN: &'static [&'static str] = &[
        "token",
        "token_type_hint",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
    ];
    const REQUIRED: &'static [&'static str] = &["token"];
    const FOR_PAGES: bool = false;
}

/// What is told of a token. Of one that is not good, or that the client has nothing to do with, only `active`.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Introspection {
    active: bool,
    #[serde(flatten)]
    said: Option<Said>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Said {
    scope: String,
    client_id: String,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    sub: String,
    aud: String,
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// The key that the token is bound to (RFC 9449 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Confirmation {
    jkt: String,
}

/// Serves a question about a token.
pub(crate) async fn post(
    Proven { proof: FromClient { client, form, .. }, .. }: Proven<FromClient<IntrospectionEndpoint>>,
    State(server): State<AuthorizationServer>,
    from: RequestContext,
) -> Response {
    let answer = async {
        if client.is_public() {
            let description = "introspection is for clients that show who they are; the client is public";
            return Err(TokenError::InvalidClient { description, by_header: false });
        }
        introspect(server.context(), &client, form.required("token")?).await
    };
    match answer.await {
        Ok(answer) => ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => error.answer(&from.source.request_id),
    }
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
    Ok(Introspection { active: said.is_some(), said })
}

/// Whether a token is the client's business.
fn may_ask(client: &Client, claims: &Claims) -> bool {
    claims.client_id == client.id || client.introspects.iter().any(|audience| **audience == *claims.audience)
}

fn of_claims(context: &Context, claims: &Claims) -> Said {
    Said {
        scope: claims.scope.as_str().to_owned(),
        client_id: claims.client_id.to_string(),
        token_type: if claims.key.is_some() { "DPoP" } else { "Bearer" },
        exp: claims.expires_at.seconds(),
        iat: claims.issued_at.seconds(),
        sub: claims.member().map_or_else(|| claims.client_id.to_string(), |member| member.to_string()),
        aud: claims.audience.to_string(),
        iss: context.issuer().to_owned(),
        jti: Some(claims.id.to_string()),
        sid: claims.session.map(|session| session.to_string()),
        cnf: confirmation(claims.key),
    }
}

fn of_family(context: &Context, family: &Family) -> Said {
    let audience = family.audience.as_deref().unwrap_or_else(|| context.services.tokens.own_audience());
    Said {
        scope: family.scope.as_str().to_owned(),
        client_id: family.client_id.to_string(),
        token_type: "refresh_token",
        exp: family.idle_at.seconds(),
        iat: family.started_at.seconds(),
        sub: family.subject.to_string(),
        aud: audience.to_owned(),
        iss: context.issuer().to_owned(),
        jti: None,
        sid: Some(family.session.to_string()),
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
