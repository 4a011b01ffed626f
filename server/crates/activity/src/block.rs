//! Blocking: neither follows the other any longer, and neither sees what the other writes.

use axum::extract::{Path, State};
use db::{DbError, LentTransaction};
use names::MemberId;
use web::Success;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::NotFound;

use crate::activity::Activity;
use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::follow::{append_unfollowed, end};
use crate::profile::{MemberActivity, ProfileError, changed, parse_member};
use crate::rates::{Counted, Rates};
use crate::reason::{FollowSelf, Limited};
use crate::store::{blocks, people};

endpoint_error! {
    /// Why somebody is not blocked.
    pub enum BlockError {
        Yourself(FollowSelf);
        NotFound(NotFound);
        Limited(Limited);
        Profile(ProfileError);
        Failed(Failure) from DbError;
    }
}

/// Makes one member block another. Doing it again changes nothing, and is not counted. Without `rates` nothing is.
///
/// # Errors
/// When they are the same, or one is being erased.
pub async fn block(
    context: &Context,
    rates: Option<&Rates>,
    blocker: MemberId,
    blocked: MemberId,
) -> Result<(), BlockError> {
    if blocker == blocked {
        return Err(FollowSelf.into());
    }
    let now = context.now();
    let one = people::ensure(&context.db, blocker, now).await?;
    let other = people::ensure(&context.db, blocked, now).await?;
    let write = async |mut tx: LentTransaction| {
        let (from, to) = people::hold_both_staying(&mut tx, one, other).await?.ok_or(NotFound)?;
        if !blocks::is_blocked(&mut tx, one, other).await? {
            if let Some(rates) = rates {
                rates.count_within(&mut tx, Counted::Block, blocker).await?;
            }
            blocks::insert(&mut tx, one, other, now).await?;
        }
        let mut ended = Vec::new();
        if end(&mut tx, &from, &to).await? {
            ended.push((blocker, blocked));
        }
        if end(&mut tx, &to, &from).await? {
            ended.push((blocked, blocker));
        }
        // In the order of their ids, as the outbox wants it.
        ended.sort_unstable();
        for (follower, followee) in ended {
            append_unfollowed(context, &mut tx, follower, followee, now).await?;
        }
        Ok::<_, BlockError>(tx.commit(()))
    };
    context.db.transact(write).await
}

/// Ends it. Follows that it ended do not come back.
///
/// # Errors
/// When the database refuses.
pub async fn unblock(context: &Context, blocker: MemberId, blocked: MemberId) -> Result<(), DbError> {
    let write = async |mut tx: LentTransaction| {
        let one = people::find(&mut tx, blocker).await?;
        let other = people::find(&mut tx, blocked).await?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(tx.roll_back(())) };
        people::hold_both(&mut tx, one.no, other.no).await?;
        blocks::delete(&mut tx, one.no, other.no).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    context.db.transact(write).await
}

impl Activity {
    /// Makes a member block another.
    ///
    /// # Errors
    /// See [`BlockError`].
    pub async fn block(&self, caller: MemberId, member: MemberId) -> Result<(), BlockError> {
        self.is_somebody(caller, member).await?;
        block(&self.context, Some(&self.rates), caller, member).await
    }
}

/// `POST /api/activity/members/{id}/block`
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<MemberActivity>, BlockError> {
    let member = parse_member(&id)?;
    activity.block(caller.member, member).await?;
    Ok(changed(&activity, caller.member, member).await?)
}

/// `POST /api/activity/members/{id}/unblock`
pub(crate) async fn undo(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<MemberActivity>, BlockError> {
    let member = parse_member(&id)?;
    unblock(&activity.context, caller.member, member).await?;
    Ok(changed(&activity, caller.member, member).await?)
}
