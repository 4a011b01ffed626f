//! What is shown of a member and their posts, and what they are to the caller.

use axum::extract::{Path, State};
use db::{Connection, DbError};
use names::{MemberId, path};
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::NotFound;

use crate::activity::Activity;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::listed_member::ListedMember;
use crate::person::Person;
use crate::store::follows::Pair;
use crate::store::{blocks, follows, people};

endpoint_error! {
    /// Why a member is not shown.
    pub enum ProfileError {
        NotFound(NotFound);
        Failed(Failure) from DbError;
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Posts.
    pub posts: i64,
    /// Who follows them.
    pub followers: i64,
    /// Whom they follow.
    pub following: i64,
}

/// A member: what they did, and what they are to the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberActivity {
    /// Who; without nickname and picture for somebody who cannot be shown at the moment.
    #[serde(flatten)]
    pub member: ListedMember,
    /// How many posts, followers and followed people they have.
    pub counts: Counts,
    /// Whether the caller follows them.
    pub following: bool,
    /// Whether they follow the caller.
    pub followed_by: bool,
    /// Whether the caller blocks them.
    pub blocked: bool,
}

/// The member of a path.
pub(crate) fn parse_member(id: &str) -> Result<MemberId, NotFound> {
    MemberId::parse(id).map_err(|_| NotFound)
}

impl Activity {
    /// Refuses what is done to somebody else who is not active.
    pub(crate) async fn is_somebody(&self, caller: MemberId, member: MemberId) -> Result<(), ProfileError> {
        if caller != member && self.card(member).await?.is_none() {
            return Err(NotFound.into());
        }
        Ok(())
    }
}

/// The answer to what changed the relation of the caller to a member: what the caller sees of them now. It was changed, so nothing
/// is refused any more: of somebody who cannot be shown at the moment only the relation is told.
///
/// # Errors
/// [`NotFound`] when nobody was there to whom there could be a relation.
pub(crate) async fn changed(
    activity: &Activity,
    caller: MemberId,
    member: MemberId,
) -> Result<Success<MemberActivity>, ProfileError> {
    let mut reader = activity.context.db.read().await?;
    let card = activity.cards.of(&mut reader, &[member]).await?.remove(&member);
    if let Some(card) = card {
        let seen = seen(&mut reader, caller, member, card.into()).await?;
        return Ok(Success::ok(seen).leading_to(format!("{}{member}", path::MEMBERS)));
    }
    people::find(&mut reader, member).await?.ok_or(NotFound)?;
    let unnamed = ListedMember { id: Some(member.to_string()), ..ListedMember::default() };
    let seen = seen(&mut reader, caller, member, unnamed).await?;
    // There is no page of theirs.
    Ok(Success::ok(MemberActivity { counts: Counts::default(), followed_by: false, ..seen }))
}

/// What the caller sees of a member.
///
/// # Errors
/// [`NotFound`] when there is no such member, or they are not active.
pub async fn member_activity(
    activity: &Activity,
    caller: MemberId,
    member: MemberId,
) -> Result<MemberActivity, ProfileError> {
    let card = activity.card(member).await?.ok_or(NotFound)?;
    let mut reader = activity.context.db.read().await?;
    Ok(seen(&mut reader, caller, member, card.into()).await?)
}

async fn seen(
    reader: &mut Connection,
    caller: MemberId,
    of: MemberId,
    member: ListedMember,
) -> Result<MemberActivity, DbError> {
    let person = people::find(reader, of).await?;
    let viewer = people::find(reader, caller).await?;
    let counts = person.map_or_else(Counts::default, |person| Counts {
        posts: person.posts,
        followers: person.followers,
        following: person.following,
    });
    let (following, followed_by, blocked) = match (viewer, person) {
        (Some(viewer), Some(person)) => relation(reader, &viewer, &person).await?,
        _ => (false, false, false),
    };
    Ok(MemberActivity { member, counts, following, followed_by, blocked })
}

async fn relation(
    connection: &mut Connection,
    viewer: &Person,
    person: &Person,
) -> Result<(bool, bool, bool), DbError> {
    let to = Pair { follower: viewer.no, followee: person.no };
    let from = Pair { follower: person.no, followee: viewer.no };
    Ok((
        follows::delivery(connection, to).await?.is_some(),
        follows::delivery(connection, from).await?.is_some(),
        blocks::is_blocked(connection, viewer.no, person.no).await?,
    ))
}

/// `GET /api/activity/members/{id}`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<MemberActivity>, ProfileError> {
    let member = parse_member(&id)?;
    Ok(Success::ok(member_activity(&activity, caller.member, member).await?))
}
