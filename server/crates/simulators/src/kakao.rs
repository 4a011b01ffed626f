//! Kakao: numbers for ids, a nested account, KOE codes, and OpenID Connect as a switch in its console.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::client::{Credentials, Fields, bearer, is_form};
use crate::consent;
use crate::fault::Place;
use crate::grants::{Asked, Challenge, Code, Grant, Surface};
use crate::page::{self, Spaces};
use crate::simulator::{Kind, Simulator, State};
use crate::user::User;

const ACCESS_LIFE: Duration = Duration::from_secs(21_599);
const REFRESH_LIFE: Duration = Duration::from_secs(5_183_999);
const A_MONTH: Duration = Duration::from_hours(720);
const TEN_MINUTES: Duration = Duration::from_mins(10);

pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let at = |place, handlers| simulator.at(place, handlers);
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth/authorize", at(Place::Authorize, get(authorize)))
        .route(consent::PATH, post(consent::decide))
        .route("/oauth/token", at(Place::Token, post(token)))
        .route("/.well-known/jwks.json", at(Place::Jwks, get(jwks)))
        .route("/v2/user/me", at(Place::Userinfo, get(me).post(me)))
        .route("/v1/user/logout", at(Place::Revoke, post(logout)))
        .route("/v1/user/unlink", at(Place::Revoke, post(unlink)))
        .with_state(Arc::clone(simulator))
}

async fn discovery(Shared(kakao): Shared<Arc<Simulator>>) -> Json<Value> {
    let under = |path: &str| format!("{}{path}", kakao.base);
    Json(json!({
        "issuer": kakao.issuer(),
        "authorization_endpoint": under("/oauth/authorize"),
        "token_endpoint": under("/oauth/token"),
        "jwks_uri": under("/.well-known/jwks.json"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn authorize(Shared(kakao): Shared<Arc<Simulator>>, RawQuery(query): RawQuery) -> Response {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (client, switches) = kakao.with(|state| (state.client.clone(), state.switches.clone()));
    let own_page = |code: &str, text: &str| page::error(Kind::Kakao, StatusCode::BAD_REQUEST, code, text);
    if !query.is("client_id", &client.client_id) {
        return own_page("KOE101", "앱 키가 잘못되었습니다.");
    }
    if !switches.login_enabled {
        return own_page("KOE004", "카카오 로그인이 꺼져 있습니다.");
    }
    let known = query.get("redirect_uri").filter(|uri| client.redirect_uris.iter().any(|known| known == uri));
    let Some(redirect_uri) = known else {
        return own_page("KOE006", "등록되지 않은 리다이렉트 URI입니다.");
    };
    let listed = query.get("scope").unwrap_or_default();
    let scopes: Vec<String> =
        listed.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let configured = |scope: &String| {
        scope == "openid" && switches.openid_connect || switches.consent_items.contains(scope)
    };
    if !scopes.iter().all(configured) {
        return own_page("KOE205", "설정하지 않은 동의항목입니다.");
    }
    let field = |name| query.get(name).map(str::to_owned);
    let asked = Asked {
        surface: Surface::Oidc,
        redirect_uri: redirect_uri.to_owned(),
        state: field("state"),
        nonce: field("nonce"),
        challenge: field("code_challenge").map(Challenge::S256),
        scopes,
        offline: true,
        ask_again: false,
    };
    let refuse = |error: &str, text: &str| {
        consent::refuse(&asked, error, Some(text), Spaces::Percent)
            .unwrap_or_else(|| own_page("KOE006", "등록되지 않은 리다이렉트 URI입니다."))
    };
    if !query.is("response_type", "code") {
        return refuse("invalid_request", "response_type must be code");
    }
    if query.get("prompt").is_some_and(|prompt| prompt.split(',').any(|word| word == "none")) {
        return refuse("consent_required", "user consent required.");
    }
    consent::ask(&kakao, asked)
}

/// The person agreed.
pub(crate) fn agreed(kakao: &Simulator, asked: Asked, key: String) -> Option<Response> {
    let (code, now) = (kakao.random_text(), kakao.now());
    let mut pairs = vec![("code", code.as_str())];
    pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
    let answer = page::back(&asked.redirect_uri, &pairs, Spaces::Percent);
    kakao.with(|state| state.grants.give_code(code, asked, key, now));
    answer
}

fn failure(status: StatusCode, error: &str, description: &str, code: &str) -> Response {
    let body = json!({"error": error, "error_description": description, "error_code": code});
    (status, Json(body)).into_response()
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
    let bad = |description: &str, code| failure(StatusCode::BAD_REQUEST, "invalid_grant", description, code);
    let text = form.get("code").unwrap_or_default();
    let Some(code) = state.grants.spend_code(text, kakao.now()) else {
        return bad(&format!("authorization code not found for code={text}"), "KOE320");
    };
    if form.get("redirect_uri") != Some(&code.asked.redirect_uri) {
        return bad("Redirect URI mismatch.", "KOE303");
    }
    let verified = code.asked.challenge.as_ref().is_none_or(|challenge| {
        form.get("code_verifier").is_some_and(|verifier| challenge.is_met_by(verifier))
    });
    if !verified {
        return bad("code verifier mismatch", "KOE320");
    }
    let since = kakao.now().minus(TEN_MINUTES);
    if state.grants.given_since(&code.user, since) >= state.switches.tokens_per_ten_minutes {
        let text = "token request rate limit exceeded";
        return failure(StatusCode::TOO_MANY_REQUESTS, "invalid_request", text, "KOE237");
    }
    tokens(kakao, state, &code)
}

/// With OpenID Connect on, an id_token comes, unless the request named scopes without `openid`.
fn tokens(kakao: &Simulator, state: &mut State, code: &Code) -> Response {
    let Some(user) = state.users.get(&code.user).cloned() else {
        return failure(StatusCode::BAD_REQUEST, "invalid_grant", "authorization code not found", "KOE320");
    };
    let grant = Grant {
        user: code.user.clone(),
        surface: Surface::Oidc,
        scopes: code.asked.scopes.clone(),
        nonce: code.asked.nonce.clone(),
        expires: Some(kakao.after(ACCESS_LIFE)),
    };
    let (access, refresh) = (kakao.random_text(), kakao.random_text());
    let mut answer = json!({
        "token_type": "bearer", "access_token": access, "expires_in": ACCESS_LIFE.as_secs(),
        "refresh_token": refresh, "refresh_token_expires_in": REFRESH_LIFE.as_secs(),
        "scope": "account_email profile_image profile_nickname",
    });
    let asked_openid = grant.scopes.is_empty() || grant.scopes.iter().any(|scope| scope == "openid");
    if state.switches.openid_connect && asked_openid {
        let claims = claims(kakao, state, &user, &grant, code);
        answer["id_token"] = state.id_token(claims).into();
    }
    state.grants.give_refresh(refresh, Grant { expires: Some(kakao.after(REFRESH_LIFE)), ..grant.clone() });
    state.grants.give_access(access, grant, kakao.now());
    Json(answer).into_response()
}

/// The e-mail is there only when it is valid and verified, and no claim says so.
fn claims(kakao: &Simulator, state: &State, user: &User, grant: &Grant, code: &Code) -> Value {
    let now = kakao.now().seconds();
    let mut claims = json!({
        "iss": kakao.issuer(), "aud": state.client.client_id, "sub": user.id, "iat": now,
        "exp": kakao.after(ACCESS_LIFE).seconds(), "auth_time": code.authenticated_at.seconds(),
    });
    let email = user.email.as_ref().filter(|_| user.email_valid && user.email_verified);
    let optional = [
        ("nonce", grant.nonce.as_ref()),
        ("nickname", user.nickname.as_ref()),
        ("picture", user.picture.as_ref()),
        ("email", email),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            claims[name] = value.clone().into();
        }
    }
    claims
}

/// Rotates only a refresh token with less than a month left.
fn refresh(kakao: &Simulator, state: &mut State, form: &Fields) -> Response {
    let bad = |description, code| failure(StatusCode::BAD_REQUEST, "invalid_grant", description, code);
    let Some(token) = form.get("refresh_token") else {
        return bad("refresh token missing", "KOE319");
    };
    let now = kakao.now();
    let Some(grant) = state.grants.refresh(token, now) else {
        return bad("expired_or_invalid_refresh_token", "KOE322");
    };
    let access = kakao.random_text();
    let mut answer =
        json!({"access_token": access, "token_type": "bearer", "expires_in": ACCESS_LIFE.as_secs()});
    if grant.expires.is_some_and(|expires| expires < now.plus(A_MONTH)) {
        let successor = kakao.random_text();
        answer["refresh_token"] = successor.clone().into();
        answer["refresh_token_expires_in"] = REFRESH_LIFE.as_secs().into();
        state.grants.drop_refresh(token);
        state
            .grants
            .give_refresh(successor, Grant { expires: Some(kakao.after(REFRESH_LIFE)), ..grant.clone() });
    }
    state.grants.give_access(access, Grant { expires: Some(kakao.after(ACCESS_LIFE)), ..grant }, now);
    Json(answer).into_response()
}

async fn jwks(Shared(kakao): Shared<Arc<Simulator>>) -> Json<Value> {
    Json(kakao.with(|state| state.keys.jwks()))
}

/// An error of `kapi`, which has a shape of its own.
fn api_failure(status: StatusCode, message: &str, code: i32) -> Response {
    (status, Json(json!({"msg": message, "code": code}))).into_response()
}

fn unknown_token() -> Response {
    api_failure(StatusCode::UNAUTHORIZED, "this access token does not exist", -401)
}

async fn me(
    Shared(kakao): Shared<Arc<Simulator>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let secure = Fields::parse(query.unwrap_or_default().as_bytes()).is("secure_resource", "true");
    kakao.with(|state| {
        let grant = bearer(&headers).and_then(|token| state.grants.access(token, kakao.now()));
        let user = grant.and_then(|grant| state.users.get(&grant.user));
        user.map_or_else(unknown_token, |user| Json(account(user, secure)).into_response())
    })
}

/// The nested account. A person without a nickname has no `kakao_account` at all, as one who agreed to nothing.
fn account(user: &User, secure: bool) -> Value {
    let id = user.id.parse::<i64>().unwrap_or_default();
    if user.nickname.is_none() && user.email.is_none() {
        return json!({"id": id, "connected_at": "2026-01-01T00:00:00Z"});
    }
    let mut account = json!({
        "profile_nickname_needs_agreement": user.nickname.is_none(),
        "email_needs_agreement": false,
        "profile": {"is_default_image": user.picture.is_none()},
    });
    if let Some(nickname) = &user.nickname {
        account["profile"]["nickname"] = nickname.clone().into();
    }
    if let Some(picture) = &user.picture {
        let plain = picture.replacen("https://", "http://", 1);
        account["profile"]["profile_image_url"] = if secure { picture.clone() } else { plain }.into();
    }
    if let Some(email) = &user.email {
        account["email"] = email.clone().into();
        account["is_email_valid"] = user.email_valid.into();
        account["is_email_verified"] = user.email_verified.into();
    }
    json!({"id": id, "connected_at": "2026-01-01T00:00:00Z", "kakao_account": account})
}

/// Ends the access token; the consent stays.
async fn logout(Shared(kakao): Shared<Arc<Simulator>>, headers: HeaderMap) -> Response {
    end(&kakao, &headers, |state, token, _| state.grants.drop_access(token))
}

/// Ends all tokens and the consent.
async fn unlink(Shared(kakao): Shared<Arc<Simulator>>, headers: HeaderMap) -> Response {
    end(&kakao, &headers, |state, _, user| state.grants.unlink(user))
}

fn end(kakao: &Simulator, headers: &HeaderMap, act: impl FnOnce(&mut State, &str, &str)) -> Response {
    let Some(token) = bearer(headers) else { return unknown_token() };
    kakao.with(|state| {
        let Some(key) = state.grants.access(token, kakao.now()).map(|grant| grant.user.clone()) else {
            return unknown_token();
        };
        let id = state.users.get(&key).and_then(|user| user.id.parse::<i64>().ok());
        act(state, token, &key);
        Json(json!({"id": id})).into_response()
    })
}
