//! Kakao's login host (`kauth`): KOE error codes, scopes separated by comma or space, and OpenID Connect as a setting of the
//! console. The API host is in `kakao_api`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::client::{Credentials, Fields, is_form};
use crate::grants::{Asked, Challenge, Code, Grant, Surface};
use crate::kind::Kind;
use crate::page::{self, Spaces};
use crate::simulated_failure::Place;
use crate::simulator::{Simulator, State};
use crate::user::User;
use crate::{consent, kakao_api};

const ACCESS_LIFETIME: Duration = Duration::from_secs(21_599);
const REFRESH_LIFETIME: Duration = Duration::from_secs(5_183_999);
const MONTH: Duration = Duration::from_hours(720);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let at = |place, handlers| simulator.at(place, handlers);
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth/authorize", at(Place::Authorize, get(authorize)))
        .route(consent::PATH, post(decide))
        .route("/oauth/token", at(Place::Token, post(token)))
        .route("/oauth/logout", get(logout_with_account))
        .route("/.well-known/jwks.json", at(Place::Jwks, get(jwks)))
        .merge(kakao_api::router(simulator))
        .with_state(Arc::clone(simulator))
}

async fn discovery(Shared(kakao): Shared<Arc<Simulator>>) -> Json<Value> {
    let under = |path: &str| format!("{}{path}", kakao.base);
    Json(json!({
        "issuer": kakao.with(|state| state.issuer()),
        "authorization_endpoint": under("/oauth/authorize"),
        "token_endpoint": under("/oauth/token"),
        "jwks_uri": under("/.well-known/jwks.json"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "request_uri_parameter_supported": false,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "iss", "aud", "sub", "auth_time", "exp", "iat", "nonce", "nickname", "picture", "email",
        ],
    }))
}

/// Errors in the app's set-up are shown on Kakao's own page and not sent to the client.
fn own_page(code: &str, text: &str) -> Response {
    page::error(Kind::Kakao, StatusCode::BAD_REQUEST, code, text)
}

fn unknown_redirect() -> Response {
    own_page("KOE006", "등록되지 않은 리다이렉트 URI입니다.")
}

async fn authorize(Shared(kakao): Shared<Arc<Simulator>>, RawQuery(query): RawQuery) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (client, switches) = kakao.with(|state| (state.client.clone(), state.switches.clone()));
    if !query.is("client_id", &client.client_id) {
        return own_page("KOE101", "앱 키가 잘못되었습니다.");
    }
    if !switches.login_enabled {
        return own_page("KOE004", "카카오 로그인이 꺼져 있습니다.");
    }
    let known = query.get("redirect_uri").filter(|uri| client.redirect_uris.iter().any(|known| known == uri));
    let Some(redirect_uri) = known else { return unknown_redirect() };
    let listed = query.get("scope").unwrap_or_default();
    let scopes: Vec<String> =
        listed.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let configured = |scope: &String| match scope.as_str() {
        "openid" => switches.openid_connect,
        item => switches.has_item(item),
    };
    if !scopes.iter().all(configured) {
        return own_page("KOE205", "설정하지 않은 동의항목입니다.");
    }
    let field = |name| query.get(name).map(str::to_owned);
    let asked = Asked {
        client_id: client.client_id,
        surface: Surface::Oidc,
        redirect_uri: redirect_uri.to_owned(),
        state: field("state"),
        nonce: field("nonce"),
        challenge: field("code_challenge").map(Challenge::S256).filter(|_| switches.enforce_pkce),
        scopes,
        offline: true,
        ask_again: false,
    };
    let refuse = |error: &str, text: &str| {
        consent::refuse(&asked, error, Some(text), Spaces::Percent).unwrap_or_else(unknown_redirect)
    };
    if !query.is("response_type", "code") {
        return refuse("invalid_request", "response_type must be code");
    }
    if query.get("prompt").is_some_and(|prompt| prompt.split(',').any(|word| word == "none")) {
        return refuse("consent_required", "user consent required.");
    }
    consent::ask(&kakao, asked)
}

async fn decide(Shared(simulator): Shared<Arc<Simulator>>, body: Bytes) -> Response {
    consent::decide(&simulator, &body, agreed)
}

/// The person agreed. A test app admits only its members.
fn agreed(kakao: &Simulator, asked: Asked, key: String, user: &User) -> Option<Response> {
    let (code, now) = (kakao.random_text(), kakao.now());
    kakao.with(|state| {
        if state.switches.development_app && !user.tester {
            return Some(own_page("KOE005", "테스트 앱의 멤버만 로그인할 수 있습니다."));
        }
        if asked.scopes.iter().any(|scope| scope == "account_email")
            && let Some(user) = state.users.get_mut(&key)
        {
            user.email_needs_agreement = false;
        }
        let mut pairs = vec![("code", code.as_str())];
        pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
        let answer = page::back(&asked.redirect_uri, &pairs, Spaces::Percent);
        state.grants.give_code(code, asked, key, now);
        answer
    })
}

fn failure(status: StatusCode, error: &str, description: &str, code: &str) -> Response {
    let body = json!({"error": error, "error_description": description, "error_code": code});
    (status, Json(body)).into_response()
}

fn bad_grant(description: &str, code: &str) -> Response {
    failure(StatusCode::BAD_REQUEST, "invalid_grant", description, code)
}

fn too_many_tokens() -> Response {
    let text = "token request rate limit exceeded";
    failure(StatusCode::TOO_MANY_REQUESTS, "invalid_request", text, "KOE237")
}

async fn token(Shared(kakao): Shared<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    let bad = |error, description, code| failure(StatusCode::BAD_REQUEST, error, description, code);
    if !is_form(&headers) {
        return bad("invalid_request", "form expected", "KOE310");
    }
    let form = Fields::parse(&body);
    let credentials = Credentials::of(&headers, &form);
    kakao.with(|state| {
        if !credentials.basic && !credentials.knows_id(&state.client) {
            return failure(StatusCode::UNAUTHORIZED, "invalid_client", "Not exist client_id [..]", "KOE101");
        }
        if credentials.basic || !credentials.knows_secret(&state.client) {
            return failure(StatusCode::UNAUTHORIZED, "invalid_client", "Bad client credentials", "KOE010");
        }
        match form.get("grant_type") {
            Some("authorization_code") => redeem(&kakao, state, &form),
            Some("refresh_token") => refresh(&kakao, state, &form),
            _ => bad("unsupported_grant_type", "unsupported grant type", "KOE310"),
        }
    })
}

fn redeem(kakao: &Simulator, state: &mut State, form: &Fields) -> Response {
    let text = form.get("code").unwrap_or_default();
    let Some(code) = state.grants.spend_code(text, &state.client.client_id, kakao.now()) else {
        return bad_grant(&format!("authorization code not found for code={text}"), "KOE320");
    };
    if form.get("redirect_uri") != Some(&code.asked.redirect_uri) {
        return bad_grant("Redirect URI mismatch.", "KOE303");
    }
    let verified = code.asked.challenge.as_ref().is_none_or(|challenge| {
        form.get("code_verifier").is_some_and(|verifier| challenge.is_met_by(verifier))
    });
    if !verified {
        return bad_grant("code verifier mismatch", "KOE320");
    }
    if has_enough(kakao, state, &code.user) {
        return too_many_tokens();
    }
    tokens(kakao, state, &code)
}

/// Whether a person got the most access tokens for ten minutes.
fn has_enough(kakao: &Simulator, state: &mut State, user: &str) -> bool {
    let since = kakao.now().minus(TEN_MINUTES);
    state.grants.given_since(user, since) >= state.switches.tokens_per_ten_minutes
}

fn tokens(kakao: &Simulator, state: &mut State, code: &Code) -> Response {
    let Some(user) = state.users.get(&code.user).cloned() else {
        return bad_grant("authorization code not found", "KOE320");
    };
    let grant = Grant {
        user: code.user.clone(),
        surface: Surface::Oidc,
        scopes: code.asked.scopes.clone(),
        nonce: code.asked.nonce.clone(),
        authenticated_at: code.authenticated_at,
        expires: Some(kakao.after(ACCESS_LIFETIME)),
    };
    let (access, refresh) = (kakao.random_text(), kakao.random_text());
    let mut answer = json!({
        "token_type": "bearer", "access_token": access, "expires_in": ACCESS_LIFETIME.as_secs(),
        "refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIFETIME.as_secs(),
        "scope": state.switches.consent_items.join(" "),
    });
    put_id_token(kakao, state, &user, &grant, &mut answer);
    state
        .grants
        .give_refresh(refresh, Grant { expires: Some(kakao.after(REFRESH_LIFETIME)), ..grant.clone() });
    state.grants.give_access(access, grant, kakao.now());
    Json(answer).into_response()
}

/// Adds an ID token if OpenID Connect is on, unless the request named scopes without `openid`.
fn put_id_token(kakao: &Simulator, state: &mut State, user: &User, grant: &Grant, answer: &mut Value) {
    let with_openid = grant.scopes.is_empty() || grant.scopes.iter().any(|scope| scope == "openid");
    if state.switches.openid_connect && with_openid {
        let claims = claims(kakao, state, user, grant);
        state.put_id_token(answer, claims);
    }
}

/// The claims of an ID token. It has the e-mail address only if that is valid and verified, and has no claim that says so.
fn claims(kakao: &Simulator, state: &State, user: &User, grant: &Grant) -> Value {
    let user = kakao_api::shown(user, &state.switches);
    let mut claims = json!({
        "iss": state.issuer(), "aud": state.client.client_id, "sub": user.id, "iat": kakao.now().seconds(),
        "exp": kakao.after(ACCESS_LIFETIME).seconds(), "auth_time": grant.authenticated_at.seconds(),
    });
    let email = user.email.filter(|_| user.email_valid && user.email_verified);
    let optional = [
        ("nonce", grant.nonce.clone()),
        ("nickname", user.nickname),
        ("picture", user.picture),
        ("email", email),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            claims[name] = value.into();
        }
    }
    claims
}

/// Rotates a refresh token only if it expires within a month.
fn refresh(kakao: &Simulator, state: &mut State, form: &Fields) -> Response {
    let Some(token) = form.get("refresh_token") else {
        return bad_grant("refresh token missing", "KOE319");
    };
    let now = kakao.now();
    let known = state.grants.refresh(token, now);
    let known = known.and_then(|grant| state.users.get(&grant.user).cloned().map(|user| (grant, user)));
    let Some((grant, user)) = known else {
        return bad_grant("expired_or_invalid_refresh_token", "KOE322");
    };
    let refreshes = state.grants.refreshed_since(&grant.user, now.minus(HOUR));
    if refreshes >= state.switches.refreshes_per_hour || has_enough(kakao, state, &grant.user) {
        return too_many_tokens();
    }
    state.grants.note_refresh(&grant.user, now);
    let access = kakao.random_text();
    let mut answer =
        json!({"access_token": access, "token_type": "bearer", "expires_in": ACCESS_LIFETIME.as_secs()});
    put_id_token(kakao, state, &user, &grant, &mut answer);
    if grant.expires.is_some_and(|expires| expires < now.plus(MONTH)) {
        let successor = kakao.random_text();
        answer["refresh_token"] = successor.clone().into();
        answer["refresh_token_expires_in"] = REFRESH_LIFETIME.as_secs().into();
        state.grants.drop_refresh(token);
        state
            .grants
            .give_refresh(successor, Grant { expires: Some(kakao.after(REFRESH_LIFETIME)), ..grant.clone() });
    }
    state.grants.give_access(access, Grant { expires: Some(kakao.after(ACCESS_LIFETIME)), ..grant }, now);
    Json(answer).into_response()
}

async fn jwks(Shared(kakao): Shared<Arc<Simulator>>) -> Json<Value> {
    Json(kakao.with(|state| state.keys.jwks()))
}

/// Signs the browser out of the Kakao account and sends it back to a registered address.
async fn logout_with_account(Shared(kakao): Shared<Arc<Simulator>>, RawQuery(query): RawQuery) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let client = kakao.with(|state| state.client.clone());
    if !query.is("client_id", &client.client_id) {
        return own_page("KOE101", "앱 키가 잘못되었습니다.");
    }
    let back = query.get("logout_redirect_uri");
    let back = back.filter(|uri| client.logout_redirect_uris.iter().any(|known| known == uri));
    let state = query.get("state").map(|state| ("state", state));
    let answer = back.and_then(|uri| page::back(uri, state.as_slice(), Spaces::Percent));
    answer.unwrap_or_else(|| own_page("KOE007", "등록되지 않은 로그아웃 리다이렉트 URI입니다."))
}
