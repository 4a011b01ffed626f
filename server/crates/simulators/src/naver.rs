//! Naver: two surfaces that do not accept each other's codes, errors with status 200 on the classic one, and a nested profile.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use kernel::TokenHash;
use serde_json::{Value, json};

use crate::client::{Credentials, Fields, bearer, is_form};
use crate::consent;
use crate::grants::{Asked, Challenge, Code, Grant, Surface};
use crate::kind::Kind;
use crate::page::{self, Spaces};
use crate::simulated_failure::Place;
use crate::simulator::{Simulator, State};
use crate::user::User;

const ACCESS_LIFETIME: Duration = Duration::from_hours(1);
const REFRESH_LIFETIME: Duration = Duration::from_hours(8760);

pub(crate) fn router(simulator: &Arc<Simulator>) -> Router {
    let at = |place, handlers| simulator.at(place, handlers);
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth2.0/authorize", at(Place::Authorize, get(authorize_classic).post(authorize_classic)))
        .route("/oauth2/authorize", at(Place::Authorize, get(authorize_oidc).post(authorize_oidc)))
        .route(consent::PATH, post(decide))
        .route("/oauth2.0/token", at(Place::Token, get(token_classic).post(token_classic)))
        .route("/oauth2/token", at(Place::Token, post(token_oidc)))
        .route("/oauth2.0/revoke", at(Place::Revoke, post(revoke)))
        .route("/oauth2/revoke", at(Place::Revoke, post(revoke)))
        .route("/oauth2/jwks", at(Place::Jwks, get(jwks)))
        .route("/v1/nid/me", at(Place::Userinfo, get(me).post(me)))
        .with_state(Arc::clone(simulator))
}

async fn discovery(Shared(naver): Shared<Arc<Simulator>>) -> Json<Value> {
    let under = |path: &str| format!("{}{path}", naver.base);
    Json(json!({
        "issuer": naver.with(|state| state.issuer()),
        "authorization_endpoint": under("/oauth2/authorize"),
        "token_endpoint": under("/oauth2/token"),
        "userinfo_endpoint": under("/v1/nid/me"),
        "jwks_uri": under("/oauth2/jwks"),
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn authorize_classic(naver: Shared<Arc<Simulator>>, query: RawQuery, body: Bytes) -> Response {
    authorize(&naver, &fields(query, &body), Surface::Classic)
}

async fn authorize_oidc(naver: Shared<Arc<Simulator>>, query: RawQuery, body: Bytes) -> Response {
    authorize(&naver, &fields(query, &body), Surface::Oidc)
}

/// The parameters of a GET from its query, and of a POST from its body.
fn fields(RawQuery(query): RawQuery, body: &[u8]) -> Fields {
    let query = query.unwrap_or_default();
    Fields::parse(if body.is_empty() { query.as_bytes() } else { body })
}

fn authorize(naver: &Simulator, query: &Fields, surface: Surface) -> Response {
    let client = naver.with(|state| state.client.clone());
    let own_page = || {
        page::error(
            Kind::Naver,
            StatusCode::OK,
            "service_error",
            "서비스 설정에 오류가 있어 네이버 로그인을 할 수 없습니다.",
        )
    };
    let redirect_uri =
        query.get("redirect_uri").filter(|uri| client.redirect_uris.iter().any(|known| known == uri));
    let (true, Some(redirect_uri)) = (query.is("client_id", &client.client_id), redirect_uri) else {
        return own_page();
    };
    let field = |name| query.get(name).map(str::to_owned);
    let challenge = match surface {
        // Not documented for this surface: ignored.
        Surface::Classic => None,
        Surface::Oidc => field("code_challenge").map(Challenge::S256),
    };
    let asked = Asked {
        client_id: client.client_id,
        surface,
        redirect_uri: redirect_uri.to_owned(),
        state: field("state"),
        nonce: if surface == Surface::Oidc { field("nonce") } else { None },
        challenge,
        scopes: query.get("scope").unwrap_or_default().split(' ').map(str::to_owned).collect(),
        offline: true,
        ask_again: query.is("auth_type", "reprompt"),
    };
    let refuse =
        |error, text| consent::refuse(&asked, error, Some(text), Spaces::Plus).unwrap_or_else(own_page);
    if !query.is("response_type", "code") {
        return refuse("unsupported_response_type", "response_type is not supported");
    }
    if asked.state.is_none() {
        return refuse("invalid_request", "state is required");
    }
    if surface == Surface::Oidc && !asked.scopes.iter().any(|scope| scope == "openid") {
        return refuse("invalid_scope", "openid scope is required");
    }
    let method = query.get("code_challenge_method").unwrap_or("S256");
    if surface == Surface::Oidc && method != "S256" {
        return refuse("invalid_request", "code_challenge_method is not supported");
    }
    consent::ask(naver, asked)
}

async fn decide(Shared(simulator): Shared<Arc<Simulator>>, body: Bytes) -> Response {
    consent::decide(&simulator, &body, agreed)
}

/// The person agreed. An app in development admits only its testers.
fn agreed(naver: &Simulator, asked: Asked, key: String, user: &User) -> Option<Response> {
    let (code, now) = (naver.random_text(), naver.now());
    naver.with(|state| {
        if state.switches.development_app && !user.tester {
            let text = "개발 중 상태의 애플리케이션입니다. 등록된 아이디만 로그인할 수 있습니다.";
            return Some(page::error(Kind::Naver, StatusCode::OK, "not_a_tester", text));
        }
        let pairs = [("code", code.as_str()), ("state", asked.state.as_deref().unwrap_or_default())];
        let answer = page::back(&asked.redirect_uri, &pairs, Spaces::Plus);
        state.grants.give_code(code, asked, key, now);
        answer
    })
}

/// An error of the token endpoint: status 200 on the classic surface.
fn failure(surface: Surface, error: &str, description: &str) -> Response {
    let status = match (surface, error) {
        (Surface::Classic, _) => StatusCode::OK,
        (Surface::Oidc, "invalid_client") => StatusCode::UNAUTHORIZED,
        (Surface::Oidc, _) => StatusCode::BAD_REQUEST,
    };
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

async fn token_classic(
    Shared(naver): Shared<Arc<Simulator>>,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    token(&naver, Surface::Classic, &headers, &fields(query, &body))
}

async fn token_oidc(Shared(naver): Shared<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_form(&headers) {
        return failure(Surface::Oidc, "invalid_request", "form expected");
    }
    token(&naver, Surface::Oidc, &headers, &Fields::parse(&body))
}

fn token(naver: &Simulator, surface: Surface, headers: &HeaderMap, fields: &Fields) -> Response {
    let credentials = Credentials::of(headers, fields);
    naver.with(|state| {
        let known = credentials.knows_id(&state.client) && credentials.knows_secret(&state.client);
        if credentials.basic || !known {
            return match surface {
                Surface::Classic => {
                    failure(surface, "invalid_request", "wrong client id / client secret pair")
                }
                Surface::Oidc => failure(surface, "invalid_client", "client authentication failed"),
            };
        }
        match fields.get("grant_type") {
            Some("authorization_code") => redeem(naver, state, surface, fields),
            Some("refresh_token") => refresh(naver, state, surface, fields),
            // No longer documented. It reports success even for an invalid token.
            Some("delete") if surface == Surface::Classic => {
                let token = fields.get("access_token").unwrap_or_default().to_owned();
                if let Some(user) = state.grants.owner(&token, naver.now()) {
                    state.grants.unlink(&user);
                }
                Json(json!({"access_token": token, "result": "success"})).into_response()
            }
            _ => failure(surface, "unsupported_grant_type", "unsupported grant type"),
        }
    })
}

fn redeem(naver: &Simulator, state: &mut State, surface: Surface, fields: &Fields) -> Response {
    let lost = || failure(surface, "invalid_request", "no valid data in session");
    let client_id = state.client.client_id.as_str();
    let code = fields.get("code").and_then(|code| state.grants.spend_code(code, client_id, naver.now()));
    let Some(code) = code.filter(|code| code.asked.surface == surface) else { return lost() };
    if state.switches.require_state && fields.get("state") != code.asked.state.as_deref() {
        return lost();
    }
    if fields.get("redirect_uri").is_some_and(|uri| uri != code.asked.redirect_uri) {
        return lost();
    }
    let verified = code.asked.challenge.as_ref().is_none_or(|challenge| {
        fields.get("code_verifier").is_some_and(|verifier| challenge.is_met_by(verifier))
    });
    if verified {
        tokens(naver, state, &code)
    } else {
        failure(surface, "invalid_grant", "code verifier mismatch")
    }
}

fn tokens(naver: &Simulator, state: &mut State, code: &Code) -> Response {
    let surface = code.asked.surface;
    let Some(user) = state.users.get(&code.user).cloned() else {
        return failure(surface, "invalid_request", "no valid data in session");
    };
    let grant = Grant {
        user: code.user.clone(),
        surface,
        scopes: Vec::new(),
        nonce: code.asked.nonce.clone(),
        authenticated_at: code.authenticated_at,
        expires: Some(naver.after(ACCESS_LIFETIME)),
    };
    let (access, refresh) = (access_token(naver), naver.random_text().replace(['-', '_'], "x"));
    let mut answer = json!({
        "access_token": access, "refresh_token": refresh, "token_type": "bearer",
        "expires_in": ACCESS_LIFETIME.as_secs().to_string(),
    });
    if surface == Surface::Oidc {
        let claims = claims(naver, state, &user, &grant);
        state.put_id_token(&mut answer, claims);
    }
    state
        .grants
        .give_refresh(refresh, Grant { expires: Some(naver.after(REFRESH_LIFETIME)), ..grant.clone() });
    state.grants.give_access(access, grant, naver.now());
    Json(answer).into_response()
}

/// Tokens may carry `+`, `/` and `=`.
fn access_token(naver: &Simulator) -> String {
    format!("AAAA+{}/=", naver.random_text())
}

/// Refresh tokens are not rotated.
fn refresh(naver: &Simulator, state: &mut State, surface: Surface, fields: &Fields) -> Response {
    let now = naver.now();
    let grant = fields.get("refresh_token").and_then(|token| state.grants.refresh(token, now));
    let Some(grant) = grant.filter(|grant| grant.surface == surface) else {
        return failure(surface, "invalid_request", "invalid refresh_token");
    };
    let access = access_token(naver);
    let answer = json!({"access_token": access, "token_type": "bearer", "expires_in": ACCESS_LIFETIME.as_secs().to_string()});
    state.grants.give_access(access, Grant { expires: Some(naver.after(ACCESS_LIFETIME)), ..grant }, now);
    Json(answer).into_response()
}

/// The id of a person, which differs from app to app. The first app sees the id that is stored with the person.
pub(crate) fn pairwise(naver: &Simulator, state: &State, user: &User) -> String {
    let client_id = &state.client.client_id;
    if *client_id == naver.first_client_id {
        return user.id.clone();
    }
    URL_SAFE_NO_PAD.encode(TokenHash::of(format!("{client_id} {}", user.id).as_bytes()).as_bytes())
}

/// The claims of an ID token, which has neither name nor e-mail address. By the switch, a nonce loses a trailing `A`.
fn claims(naver: &Simulator, state: &State, user: &User, grant: &Grant) -> Value {
    let now = naver.now().seconds();
    let mut claims = json!({
        "iss": state.issuer(), "aud": state.client.client_id, "azp": state.client.client_id,
        "sub": pairwise(naver, state, user), "jti": naver.random_text(), "iat": now, "exp": now + 3600,
    });
    if let Some(nonce) = &grant.nonce {
        let shortened = nonce.strip_suffix('A').filter(|_| state.switches.nonce_loses_trailing_a);
        claims["nonce"] = shortened.unwrap_or(nonce).into();
    }
    claims
}

async fn jwks(Shared(naver): Shared<Arc<Simulator>>) -> Json<Value> {
    Json(naver.with(|state| state.keys.jwks()))
}

async fn me(Shared(naver): Shared<Arc<Simulator>>, headers: HeaderMap) -> Response {
    naver.with(|state| {
        let refused = |error: Value| {
            let status =
                if state.switches.profile_errors_as_200 { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            (status, Json(error)).into_response()
        };
        let Some(token) = bearer(&headers) else {
            // The form of errors of Naver's API gateway.
            return refused(json!({"errorMessage": "Authentication header not exists", "errorCode": "028"}));
        };
        let user = state.grants.access(token, naver.now()).and_then(|grant| state.users.get(&grant.user));
        let Some(user) = user else {
            return refused(
                json!({"resultcode": "024", "message": "Authentication failed (인증 실패하였습니다.)"}),
            );
        };
        let mut profile = json!({"id": pairwise(&naver, state, user)});
        // For people without a nickname, Naver returns a masked id.
        let masked = || format!("{}***", user.id.chars().take(3).collect::<String>());
        profile["nickname"] = user.nickname.clone().unwrap_or_else(masked).into();
        if let Some(email) = &user.email {
            profile["email"] = email.clone().into();
        }
        if let Some(picture) = &user.picture {
            profile["profile_image"] = picture.clone().into();
        }
        Json(json!({"resultcode": "00", "message": "success", "response": profile})).into_response()
    })
}

/// Revoking a token disconnects the app. The response is 200 with an empty body, for unknown tokens as well.
async fn revoke(Shared(naver): Shared<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::parse(&body);
    let credentials = Credentials::of(&headers, &form);
    naver.with(|state| {
        let known = credentials.knows_id(&state.client) && credentials.knows_secret(&state.client);
        if credentials.basic || !known {
            let error =
                json!({"error": "unauthorized_client", "error_description": "Client authentication failed."});
            return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
        }
        let Some(token) = form.get("token") else {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_request"}))).into_response();
        };
        if let Some(user) = state.grants.owner(token, naver.now()) {
            state.grants.unlink(&user);
        }
        StatusCode::OK.into_response()
    })
}
