//! `GET /api/auth/session`: who is signed in, in the shape that NextAuth's clients know; never a token.

use std::sync::Arc;

use axum::extract::{Request, State};
use members::Member;
use serde::Serialize;
use utoipa::ToSchema;
use web::{Plain, PublicOrigin};

use crate::error::SessionsError;
use crate::session::Current;
use crate::state::Sessions;

/// The person, and until when they are signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody<'a> {
    user: UserBody<'a>,
    expires: String,
}

#[derive(Serialize, ToSchema)]
struct UserBody<'a> {
    id: String,
    name: &'a str,
    email: Option<&'a str>,
    image: Option<String>,
}

/// 200 with the person, or 200 `null`.
pub(crate) async fn get(
    State(sessions): State<Arc<Sessions>>,
    request: Request,
) -> Result<Plain<Option<SessionBody<'static>>>, SessionsError> {
    let (head, _) = request.into_parts();
    let current = sessions.lookup.current(&head.headers).await?;
    Ok(Plain::of(&current.as_ref().map(|current| body(current, &sessions.origin))))
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
