//! A service that verifies Daemun's access tokens itself: `ISSUER=http://localhost:3000 AUDIENCE=orders cargo run`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long keys are cached.
const FRESH: Duration = Duration::from_secs(300);
/// An unknown `kid` fetches the keys again at most this often.
const FETCH_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[expect(dead_code, reason = "that they are there is part of the check")]
struct Claims {
    sub: String,
    iat: u64,
    jti: String,
    client_id: String,
    scope: String,
    sid: String,
    roles: Vec<String>,
}

struct Verifier {
    issuer: String,
    /// The `aud` of this service's tokens; tokens for other services are refused.
    audience: String,
    keys: Mutex<Option<(Instant, JwkSet)>>,
}

/// A refused request: the status and the challenge of the response.
struct Refused(StatusCode, Option<String>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        if let Some(challenge) = self.1.and_then(|challenge| HeaderValue::try_from(challenge).ok()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn unauthorized(challenge: &str) -> Refused {
    Refused(StatusCode::UNAUTHORIZED, Some(challenge.to_owned()))
}

impl Verifier {
    /// The claims of a request's token.
    ///
    /// # Errors
    ///
    /// If the token is missing, is invalid, or may not do `scope`; 503 if the keys cannot be fetched.
    async fn claims(&self, headers: &HeaderMap, scope: &str) -> Result<Claims, Refused> {
        let bad = || unauthorized("Bearer error=\"invalid_token\"");
        let field = headers.get(AUTHORIZATION).and_then(|field| field.to_str().ok()).unwrap_or("");
        let token = match field.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
            _ => return Err(unauthorized("Bearer")),
        };
        let header = decode_header(token).map_err(|_| bad())?;
        if header.typ.as_deref() != Some("at+jwt")
            || !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256)
        {
            return Err(bad());
        }
        let key = self.key(&header.kid.ok_or_else(bad)?).await?.ok_or_else(bad)?;
        // A key of the other family is refused.
        let mut rules = Validation::new(header.alg);
        rules.leeway = 10;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        let claims = decode::<Claims>(token, &key, &rules).map_err(|_| bad())?.claims;
        if !claims.scope.split(' ').any(|word| word == scope) {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            return Err(Refused(StatusCode::FORBIDDEN, Some(challenge)));
        }
        Ok(claims)
    }

    /// The key with this id. An error means that the keys cannot be fetched: an outage, not an invalid token.
    async fn key(&self, id: &str) -> Result<Option<DecodingKey>, Refused> {
        let away = Refused(StatusCode::SERVICE_UNAVAILABLE, None);
        let mut kept = self.keys.lock().await;
        let serves = kept.as_ref().is_some_and(|(read, keys)| {
            read.elapsed() < FETCH_INTERVAL || (read.elapsed() < FRESH && keys.find(id).is_some())
        });
        if !serves {
            let url = format!("{}/oauth2/jwks", self.issuer);
            let fetched = async { reqwest::get(url).await?.error_for_status()?.json::<JwkSet>().await };
            *kept = Some((Instant::now(), fetched.await.map_err(|_: reqwest::Error| away)?));
        }
        let found = kept.as_ref().and_then(|(_, keys)| keys.find(id));
        Ok(found.and_then(|key| DecodingKey::from_jwk(key).ok()))
    }
}

async fn orders(State(verifier): State<Arc<Verifier>>, headers: HeaderMap) -> Result<Response, Refused> {
    let claims = verifier.claims(&headers, "read").await?;
    // The token's `sub` decides whose orders these are, never an id in the request.
    Ok(Json(serde_json::json!({ "member": claims.sub, "roles": claims.roles })).into_response())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let setting = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let verifier = Arc::new(Verifier {
        issuer: setting("ISSUER", "http://localhost:3000"),
        audience: setting("AUDIENCE", "orders"),
        keys: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", setting("PORT", "8080").parse().unwrap_or(8080))).await?;
    println!("ready");
    axum::serve(listener, Router::new().fallback(get(orders)).with_state(verifier)).await
}
