//! Google: OpenID Connect with PKCE, two spellings of the issuer, and additional parameters in the callback.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, USER_AGENT};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::client::{Credentials, Fields, bearer, is_form};
use crate::consent;
use crate::grants::{Asked, Challenge, Code, Grant, Surface};
use crate::kind::Kind;
use crate::page::{self, Spaces};
use crate::simulated_failure::Place;
use crate::simulator::{Simulator, State};
use crate::user::User;

const ACCESS_LIFETIME: Duration = Duration::from_secs(3599);
/// How long an unused refresh token is valid.
const UNUSED_LIFETIME: Duration = Duration::from_hours(6 * 30 * 24);
const EMAIL_SCOPE: &str = "https://www.googleapis.com/auth/userinfo.email";
const PROFILE_SCOPE: &str = "https://www.googleapis.com/auth/userinfo.profile";

pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let at = |place, handlers| simulator.at(place, handlers);
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/o/oauth2/v2/auth", at(Place::Authorize, get(authorize)))
        .route(consent::PATH, post(decide))
        .route("/token", at(Place::Token, post(token)))
        .route("/v1/userinfo", at(Place::Userinfo, get(userinfo)))
        .route("/oauth2/v3/certs", at(Place::Jwks, get(certs)))
        .route("/revoke", at(Place::Revoke, post(revoke)))
        .with_state(Arc::clone(simulator))
}

async fn discovery(Shared(google): Shared<Arc<Simulator>>) -> Json<Value> {
    let under = |path: &str| format!("{}{path}", google.base);
    let (issuer, iss_in_callback) = google.with(|state| (state.issuer(), state.switches.iss_in_callback));
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": under("/o/oauth2/v2/auth"),
        "token_endpoint": under("/token"),
        "userinfo_endpoint": under("/v1/userinfo"),
        "revocation_endpoint": under("/revoke"),
        "jwks_uri": under("/oauth2/v3/certs"),
        "response_types_supported": [
            "code", "token", "id_token", "code token", "code id_token", "token id_token",
            "code token id_token", "none",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name",
            "picture", "sub",
        ],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "authorization_response_iss_parameter_supported": iss_in_callback,
    }))
}

async fn authorize(
    Shared(google): Shared<Arc<Simulator>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let page = |status, code: &str, text: &str| page::error(Kind::Google, status, code, text);
    let agent = headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    if agent.is_some_and(|agent| kernel::InAppBrowser::of(&agent).is_some()) {
        return page(
            StatusCode::FORBIDDEN,
            "disallowed_useragent",
            "앱 안의 브라우저에서는 로그인할 수 없습니다.",
        );
    }
    let client = google.with(|state| state.client.clone());
    if !query.is("client_id", &client.client_id) {
        return page(StatusCode::UNAUTHORIZED, "invalid_client", "The OAuth client was not found.");
    }
    let Some(redirect_uri) =
        query.get("redirect_uri").filter(|uri| client.redirect_uris.iter().any(|known| known == uri))
    else {
        return page(StatusCode::BAD_REQUEST, "redirect_uri_mismatch", "등록되지 않은 redirect_uri입니다.");
    };
    let scopes: Vec<String> = query.get("scope").unwrap_or_default().split(' ').map(str::to_owned).collect();
    if !query.is("response_type", "code") || scopes.first().is_none_or(|scope| scope != "openid") {
        return page(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "response_type=code와 openid scope가 필요합니다.",
        );
    }
    let challenge = match (query.get("code_challenge"), query.get("code_challenge_method")) {
        (None, None) => None,
        (Some(text), Some("S256")) => Some(Challenge::S256(text.to_owned())),
        (Some(text), Some("plain") | None) => Some(Challenge::Plain(text.to_owned())),
        _ => {
            return page(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "code_challenge_method가 잘못되었습니다.",
            );
        }
    };
    let prompts: Vec<&str> = query.get("prompt").unwrap_or_default().split(' ').collect();
    let field = |name| query.get(name).map(str::to_owned);
    let asked = Asked {
        client_id: client.client_id,
        surface: Surface::Oidc,
        redirect_uri: redirect_uri.to_owned(),
        state: field("state"),
        nonce: field("nonce"),
        challenge,
        scopes,
        offline: query.is("access_type", "offline"),
        ask_again: prompts.contains(&"consent"),
    };
    if prompts == ["none"] {
        return consent::refuse(&asked, "interaction_required", None, Spaces::Percent).unwrap_or_else(|| {
            page(StatusCode::BAD_REQUEST, "redirect_uri_mismatch", "redirect_uri가 잘못되었습니다.")
        });
    }
    consent::ask(&google, asked)
}

async fn decide(Shared(simulator): Shared<Arc<Simulator>>, body: Bytes) -> Response {
    consent::decide(&simulator, &body, agreed)
}

/// The person agreed: a code that contains a slash, and additional parameters.
fn agreed(google: &Simulator, asked: Asked, key: String, user: &User) -> Option<Response> {
    let code = format!("4/0A{}", google.random_text());
    let scope = expanded(&asked.scopes);
    let issuer = google.with(|state| state.switches.iss_in_callback.then(|| state.issuer()));
    let mut pairs = vec![("code", code.as_str()), ("scope", &scope), ("authuser", "0")];
    pairs.extend(issuer.as_deref().map(|issuer| ("iss", issuer)));
    pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
    pairs.extend(user.hosted_domain.as_deref().map(|domain| ("hd", domain)));
    pairs.push(("prompt", "consent"));
    let answer = page::back(&asked.redirect_uri, &pairs, Spaces::Percent);
    let now = google.now();
    google.with(|state| state.grants.give_code(code, asked, key, now));
    answer
}

/// Scopes as Google returns them.
fn expanded(scopes: &[String]) -> String {
    let names: Vec<&str> = scopes
        .iter()
        .map(|scope| match scope.as_str() {
            "email" => EMAIL_SCOPE,
            "profile" => PROFILE_SCOPE,
            other => other,
        })
        .collect();
    names.join(" ")
}

fn failure(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

async fn token(Shared(google): Shared<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_form(&headers) {
        return failure(StatusCode::BAD_REQUEST, "invalid_request", "Bad Request");
    }
    let form = Fields::parse(&body);
    let credentials = Credentials::of(&headers, &form);
    google.with(|state| {
        if !credentials.knows_id(&state.client) {
            return failure(StatusCode::UNAUTHORIZED, "invalid_client", "The OAuth client was not found.");
        }
        if !credentials.knows_secret(&state.client) {
            return failure(StatusCode::UNAUTHORIZED, "invalid_client", "Unauthorized");
        }
        match form.get("grant_type") {
            Some("authorization_code") => redeem(&google, state, &form),
            Some("refresh_token") => refresh(&google, state, &form),
            Some(_) => failure(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Invalid grant_type"),
            None => {
                failure(StatusCode::BAD_REQUEST, "invalid_request", "Missing required parameter: grant_type")
            }
        }
    })
}

fn redeem(google: &Simulator, state: &mut State, form: &Fields) -> Response {
    let bad = |error, description| failure(StatusCode::BAD_REQUEST, error, description);
    let Some(code) = form.get("code") else {
        return bad("invalid_request", "Missing required parameter: code");
    };
    let Some(redirect_uri) = form.get("redirect_uri") else {
        return bad("invalid_request", "Missing required parameter: redirect_uri");
    };
    let Some(code) = state.grants.spend_code(code, &state.client.client_id, google.now()) else {
        return bad("invalid_grant", "Malformed auth code.");
    };
    if code.asked.redirect_uri != redirect_uri {
        return bad("redirect_uri_mismatch", "Bad Request");
    }
    match (&code.asked.challenge, form.get("code_verifier")) {
        (None, _) => {}
        (Some(_), None) => return bad("invalid_grant", "Missing code verifier."),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {}
        (Some(_), Some(_)) => return bad("invalid_grant", "Invalid code verifier."),
    }
    tokens(google, state, &code)
}

fn tokens(google: &Simulator, state: &mut State, code: &Code) -> Response {
    let Some(user) = state.users.get(&code.user).cloned() else {
        return failure(StatusCode::BAD_REQUEST, "invalid_grant", "Bad Request");
    };
    let grant = Grant {
        user: code.user.clone(),
        surface: Surface::Oidc,
        scopes: code.asked.scopes.clone(),
        nonce: code.asked.nonce.clone(),
        authenticated_at: code.authenticated_at,
        expires: Some(google.after(ACCESS_LIFETIME)),
    };
    let mut answer = json!({
        "access_token": format!("ya29.{}", google.random_text()),
        "expires_in": ACCESS_LIFETIME.as_secs(),
        "token_type": "Bearer",
        "scope": expanded(&grant.scopes),
    });
    let claims = claims(google, state, &user, &grant);
    state.put_id_token(&mut answer, claims);
    if code.asked.offline && code.consented_now {
        let refresh = format!("1//{}", google.random_text());
        answer["refresh_token"] = refresh.clone().into();
        state.grants.give_refresh(refresh, lasting(google, grant.clone()));
    }
    let access = answer["access_token"].as_str().unwrap_or_default().to_owned();
    state.grants.give_access(access, grant, google.now());
    Json(answer).into_response()
}

/// The grant of a refresh token. It has no fixed end but expires when it is not used, and it has no nonce.
fn lasting(google: &Simulator, grant: Grant) -> Grant {
    Grant { nonce: None, expires: Some(google.after(UNUSED_LIFETIME)), ..grant }
}

fn refresh(google: &Simulator, state: &mut State, form: &Fields) -> Response {
    let now = google.now();
    let token = form.get("refresh_token").unwrap_or_default();
    let known = state.grants.refresh(token, now);
    let known = known.and_then(|grant| state.users.get(&grant.user).cloned().map(|user| (grant, user)));
    let Some((grant, user)) = known else {
        return failure(StatusCode::BAD_REQUEST, "invalid_grant", "Token has been expired or revoked.");
    };
    let access = format!("ya29.{}", google.random_text());
    let mut answer = json!({
        "access_token": access, "expires_in": ACCESS_LIFETIME.as_secs(), "token_type": "Bearer",
        "scope": expanded(&grant.scopes),
    });
    let claims = claims(google, state, &user, &grant);
    state.put_id_token(&mut answer, claims);
    state.grants.give_refresh(token.to_owned(), lasting(google, grant.clone()));
    state.grants.give_access(access, Grant { expires: Some(google.after(ACCESS_LIFETIME)), ..grant }, now);
    Json(answer).into_response()
}

/// The claims of an ID token.
fn claims(google: &Simulator, state: &State, user: &User, grant: &Grant) -> Value {
    let (now, issuer) = (google.now().seconds(), state.issuer());
    let bare = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest).to_owned();
    let mut claims = profile(state, user, grant);
    claims["iss"] = if state.switches.bare_issuer { bare } else { issuer }.into();
    claims["azp"] = state.client.client_id.clone().into();
    claims["aud"] = state.client.client_id.clone().into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 3600).into();
    if let Some(nonce) = &grant.nonce {
        claims["nonce"] = nonce.clone().into();
    }
    claims
}

fn profile(state: &State, user: &User, grant: &Grant) -> Value {
    let has = |scope: &str| grant.scopes.iter().any(|granted| granted == scope);
    let mut profile = json!({"sub": user.id});
    if let (true, Some(email)) = (has("email"), &user.email) {
        profile["email"] = email.clone().into();
        profile["email_verified"] = if state.switches.email_verified_as_text {
            user.email_verified.to_string().into()
        } else {
            user.email_verified.into()
        };
    }
    if has("profile") {
        if let Some(name) = &user.nickname {
            profile["name"] = name.clone().into();
        }
        if let Some(picture) = &user.picture {
            profile["picture"] = picture.clone().into();
        }
    }
    if let Some(domain) = &user.hosted_domain {
        profile["hd"] = domain.clone().into();
    }
    profile
}

async fn userinfo(Shared(google): Shared<Arc<Simulator>>, headers: HeaderMap) -> Response {
    let Some(token) = bearer(&headers) else {
        let error = json!({"error": {"code": 401, "message": "Request is missing required authentication credential.", "status": "UNAUTHENTICATED"}});
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    };
    google.with(|state| {
        let grant = state.grants.access(token, google.now());
        let known = grant.and_then(|grant| Some((grant, state.users.get(&grant.user)?)));
        match known {
            Some((grant, user)) => Json(profile(state, user, grant)).into_response(),
            None => failure(StatusCode::UNAUTHORIZED, "invalid_request", "Invalid Credentials"),
        }
    })
}

async fn certs(Shared(google): Shared<Arc<Simulator>>) -> Response {
    (
        [(CACHE_CONTROL, "public, max-age=22700, must-revalidate")],
        Json(google.with(|state| state.keys.jwks())),
    )
        .into_response()
}

/// Revokes the person's whole grant to the project.
async fn revoke(Shared(google): Shared<Arc<Simulator>>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let (query, form) = (Fields::parse(query.unwrap_or_default().as_bytes()), Fields::parse(&body));
    let token = form.get("token").or_else(|| query.get("token")).unwrap_or_default();
    google.with(|state| match state.grants.owner(token, google.now()) {
        Some(user) => {
            state.grants.unlink(&user);
            Json(json!({})).into_response()
        }
        None => failure(StatusCode::BAD_REQUEST, "invalid_token", "Token expired or revoked"),
    })
}
