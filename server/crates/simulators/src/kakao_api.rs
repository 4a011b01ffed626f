//! Kakao's API host (`kapi`): numeric ids, a nested account, its own form of errors, and a logout that does not unlink.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::client::{Fields, bearer};
use crate::endpoint::ADMIN_KEY;
use crate::simulated_failure::Place;
use crate::simulator::{Simulator, State, Switches};
use crate::user::User;

pub(crate) fn router(simulator: &Arc<Simulator>) -> Router<Arc<Simulator>> {
    let at = |place, handlers| simulator.at(place, handlers);
    Router::new()
        .route("/v2/user/me", at(Place::Userinfo, get(me).post(me)))
        .route("/v1/user/logout", at(Place::Revoke, post(logout)))
        .route("/v1/user/unlink", at(Place::Revoke, post(unlink)))
}

/// The person as the app may see them: the consent items of the console without those that the person has not agreed to.
pub(crate) fn shown(user: &User, switches: &Switches) -> User {
    let seen = |value: &Option<String>, item| value.clone().filter(|_| switches.has_item(item));
    User {
        nickname: seen(&user.nickname, "profile_nickname"),
        picture: seen(&user.picture, "profile_image"),
        email: seen(&user.email, "account_email").filter(|_| !user.email_needs_agreement),
        ..user.clone()
    }
}

fn failure(status: StatusCode, message: &str, code: i32) -> Response {
    (status, Json(json!({"msg": message, "code": code}))).into_response()
}

fn unknown_token() -> Response {
    failure(StatusCode::UNAUTHORIZED, "this access token does not exist", -401)
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
        user.map_or_else(unknown_token, |user| Json(profile(user, &state.switches, secure)).into_response())
    })
}

/// The id and the nested account. Without any visible item there is no `kakao_account`.
fn profile(user: &User, switches: &Switches, secure: bool) -> Value {
    let id = user.id.parse::<i64>().unwrap_or_default();
    let mut profile = json!({"id": id, "connected_at": "2026-01-01T00:00:00Z"});
    let waits = user.email_needs_agreement && switches.has_item("account_email");
    let shown = shown(user, switches);
    if shown.nickname.is_some() || shown.email.is_some() || waits {
        profile["kakao_account"] = account(&shown, waits, secure);
    }
    profile
}

fn account(shown: &User, email_waits: bool, secure: bool) -> Value {
    let mut account = json!({
        "profile_nickname_needs_agreement": shown.nickname.is_none(),
        "profile_image_needs_agreement": false,
        "profile": {"is_default_image": shown.picture.is_none()},
        "email_needs_agreement": email_waits,
    });
    if let Some(nickname) = &shown.nickname {
        account["profile"]["nickname"] = nickname.clone().into();
    }
    if let Some(picture) = &shown.picture {
        // http is the default.
        let plain = picture.replacen("https://", "http://", 1);
        let picture = if secure { picture.clone() } else { plain };
        account["profile"]["thumbnail_image_url"] = picture.clone().into();
        account["profile"]["profile_image_url"] = picture.into();
    }
    if let Some(email) = &shown.email {
        account["email"] = email.clone().into();
        account["is_email_valid"] = shown.email_valid.into();
        account["is_email_verified"] = shown.email_verified.into();
    }
    account
}

/// Ends the access token; the consent stays.
async fn logout(Shared(kakao): Shared<Arc<Simulator>>, headers: HeaderMap) -> Response {
    end(&kakao, &headers, |state, token, _| state.grants.drop_access(token))
}

/// Ends all tokens and the consent of the token's owner or, with the admin key, of the person named in the body.
async fn unlink(Shared(kakao): Shared<Arc<Simulator>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(key) = admin_key(&headers) {
        return unlink_as_admin(&kakao, key, &Fields::parse(&body));
    }
    end(&kakao, &headers, |state, _, user| state.grants.unlink(user))
}

fn admin_key(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("KakaoAK ")
}

fn unlink_as_admin(kakao: &Simulator, key: &str, form: &Fields) -> Response {
    if key != ADMIN_KEY {
        return unknown_token();
    }
    let target = form.get("target_id").and_then(|id| id.parse::<i64>().ok());
    let (true, Some(id)) = (form.is("target_id_type", "user_id"), target) else {
        return failure(StatusCode::BAD_REQUEST, "target_id or target_id_type is wrong", -2);
    };
    kakao.with(|state| {
        let person =
            state.users.iter().find(|(_, user)| user.id == id.to_string()).map(|(key, _)| key.clone());
        let Some(person) = person.filter(|person| state.grants.has_consented(person)) else {
            return failure(StatusCode::BAD_REQUEST, "NotRegisteredUserException", -101);
        };
        state.grants.unlink(&person);
        Json(json!({"id": id})).into_response()
    })
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
