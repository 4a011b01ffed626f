//! `GET /api/auth/session`: who is signed in, in the shape that NextAuth's clients know; never a token.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use serde::Serialize;

use crate::{Current, Sessions, SessionsError};

#[derive(Serialize)]
struct SessionBody<'a> {
    user: UserBody<'a>,
    expires: String,
}

#[derive(Serialize)]
struct UserBody<'a> {
    id: String,
    name: &'a str,
    email: Option<&'a str>,
    image: Option<&'a str>,
}

/// 200 with the person, or 200 `null`.
pub(crate) async fn get(
    State(sessions): State<Sessions>,
    headers: HeaderMap,
) -> Result<Response, SessionsError> {
    Ok(match sessions.current(&headers).await? {
        Some(current) => Json(body(&current)).into_response(),
        None => Json(()).into_response(),
    })
}

fn body(current: &Current) -> SessionBody<'_> {
    let member = &current.member;
    SessionBody {
        user: UserBody {
            id: member.id.to_string(),
            name: &member.nickname,
            email: member.email.as_deref(),
            image: member.picture.as_deref(),
        },
        expires: current.ends_at.to_string(),
    }
}
