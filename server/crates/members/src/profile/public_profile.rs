//! `GET /api/users/{id}`: what everybody may see of a member.

use axum::extract::{Path, State};
use db::{Database, DbError};
use names::MemberId;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::endpoint_error;
use web::reason::NotFound;

use crate::context::Context;
use crate::failure::Failure;
use crate::model::store::members;
use crate::profile::me::active;
use crate::profile::picture_address::picture_address;

/// A profile as others see it: no address, nothing about how somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicProfile {
    /// The member's id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// The greeting.
    pub greeting: String,
    /// Where the picture lies.
    pub picture: String,
}

endpoint_error! {
    /// Why nobody's profile is shown.
    pub enum PublicProfileError {
        NotFound(NotFound);
        Failed(Failure) from DbError;
    }
}

/// The public profile of a member, as it was a moment ago.
///
/// # Errors
/// [`PublicProfileError::NotFound`] when there is no such member, or they are disabled.
pub async fn public_profile(db: &Database, member: MemberId) -> Result<PublicProfile, PublicProfileError> {
    let mut reader = db.read_stale().await?;
    let member = active(members::find_stale(&mut reader, member).await?).map_err(|_| NotFound)?;
    Ok(PublicProfile {
        id: member.id.to_string(),
        picture: picture_address(&member),
        nickname: member.nickname,
        greeting: member.greeting,
    })
}

/// `GET /api/users/{id}`: what everybody may see; 404 for members who are not shown.
pub(crate) async fn get(
    State(context): State<Context>,
    Path(id): Path<String>,
) -> Result<Success<PublicProfile>, PublicProfileError> {
    let member = MemberId::parse(&id).map_err(|_| NotFound)?;
    Ok(Success::ok(public_profile(&context.db, member).await?))
}
