//! `GET /api/auth/session`: who is signed in, in the shape that NextAuth's clients know; never a token.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use members::Member;
use serde::Serialize;
use web::PublicOrigin;

use crate::error::SessionsError;
use crate::session::Current;
use crate::state::Sessions;

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
    image: Option<String>,
}

/// 200 with the person, or 200 `null`.
pub(crate) async fn get(
    State(sessions): State<Sessions>,
    headers: HeaderMap,
) -> Result<Response, SessionsError> {
    Ok(match sessions.current(&headers).await? {
        Some(current) => Json(body(&current, &sessions.origin)).into_response(),
        None => Json(()).into_response(),
    })
}

/// An address that works everywhere: a picture of ours by our origin, one of the provider's as it is. The picture that we
/// draw for those who have none is not one of theirs.
fn image(member: &Member, origin: &PublicOrigin) -> Option<String> {
    match member.own_picture {
        Some(_) => Some(format!("{}{}", origin.as_str(), members::picture_address(member))),
        None => member.picture.clone(),
    }
}

fn body<'a>(current: &'a Current, origin: &PublicOrigin) -> SessionBody<'a> {
    let member = &current.member;
    SessionBody {
        user: UserBody {
            id: member.id.to_string(),
            name: &member.nickname,
            email: member.email.as_deref(),
            image: image(member, origin),
        },
        expires: current.ends_at.to_string(),
    }
}
