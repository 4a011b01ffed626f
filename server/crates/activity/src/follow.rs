//! Following, and no longer following.

use axum::extract::{Path, State};
use db::{DbError, LentTransaction, Transaction};
use events::{Event, UserFollowed, UserUnfollowed, outbox};
use kernel::Timestamp;
use names::MemberId;
use web::Success;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::NotFound;

use crate::activity::Activity;
use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, Person};
use crate::profile::{MemberActivity, ProfileError, changed, parse_member};
use crate::rates::{Counted, Rates};
use crate::reason::{FollowLimit, FollowNotAllowed, FollowSelf, Limited};
use crate::store::follows::Pair;
use crate::store::{blocks, follows, people};

endpoint_error! {
    /// Why somebody is not followed.
    pub enum FollowError {
        Yourself(FollowSelf);
        NotFound(NotFound);
        NotAllowed(FollowNotAllowed);
        TooMany(FollowLimit);
        Limited(Limited);
        Profile(ProfileError);
        Failed(Failure) from DbError;
    }
}

/// Makes one member follow another. Doing it again changes nothing, and is not counted. Without `rates` nothing is.
///
/// # Errors
/// When one of them blocks the other, or no more can be followed.
pub async fn follow(
    context: &Context,
    rates: Option<&Rates>,
    follower: MemberId,
    followee: MemberId,
) -> Result<(), FollowError> {
    if follower == followee {
        return Err(FollowSelf.into());
    }
    let now = context.now();
    let one = people::ensure(&context.db, follower, now).await?;
    let other = people::ensure(&context.db, followee, now).await?;
    let pair = Pair { follower: one, followee: other };
    let write = async |mut tx: LentTransaction| {
        let (from, to) = people::hold_both_staying(&mut tx, one, other).await?.ok_or(NotFound)?;
        if blocks::is_blocked(&mut tx, one, other).await? || blocks::is_blocked(&mut tx, other, one).await? {
            return Err(FollowNotAllowed.into());
        }
        if follows::delivery(&mut tx, pair).await?.is_some() {
            return Ok(tx.roll_back(()));
        }
        let most = context.settings.follow_most;
        if from.following >= i64::from(most) {
            return Err(FollowLimit(most).into());
        }
        if let Some(rates) = rates {
            rates.count_within(&mut tx, Counted::Follow, follower).await?;
        }
        let delivery = delivery_between(context, &mut tx, &from, &to).await?;
        follows::insert(&mut tx, pair, now, delivery).await?;
        people::add_following(&mut tx, one, 1).await?;
        people::add_followers(&mut tx, other, 1).await?;
        let event = UserFollowed { uuid: follower, followee, followed_at: now };
        outbox::append(&mut tx, &Event::new(event, &*context.clock, &*context.randomness)).await?;
        Ok::<_, FollowError>(tx.commit(()))
    };
    context.db.transact(write).await
}

async fn delivery_between(
    context: &Context,
    tx: &mut Transaction,
    from: &Person,
    to: &Person,
) -> Result<Delivery, DbError> {
    let pulled = if to.loud { follows::count_pulled(tx, from.no).await? } else { 0 };
    Ok(Delivery::of(from.state, to.loud, pulled, context.settings.pulled_most.into()))
}

/// Ends it. Doing it again changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn unfollow(context: &Context, follower: MemberId, followee: MemberId) -> Result<(), DbError> {
    let write = async |mut tx: LentTransaction| {
        let one = people::find(&mut tx, follower).await?;
        let other = people::find(&mut tx, followee).await?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(tx.roll_back(())) };
        let both = people::hold_both(&mut tx, one.no, other.no).await?;
        let Some((one, other)) = both else { return Ok(tx.roll_back(())) };
        if !end(&mut tx, &one, &other).await? {
            return Ok(tx.roll_back(()));
        }
        append_unfollowed(context, &mut tx, follower, followee, context.now()).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    context.db.transact(write).await
}

/// Removes a pair, and what both have counted; `false` when there is none. Both rows are held.
pub(crate) async fn end(tx: &mut Transaction, from: &Person, to: &Person) -> Result<bool, DbError> {
    let pair = Pair { follower: from.no, followee: to.no };
    if !follows::delete(tx, pair).await? {
        return Ok(false);
    }
    people::add_following(tx, from.no, -1).await?;
    people::add_followers(tx, to.no, -1).await?;
    Ok(true)
}

/// Tells that a pair is gone.
pub(crate) async fn append_unfollowed(
    context: &Context,
    tx: &mut Transaction,
    follower: MemberId,
    followee: MemberId,
    at: Timestamp,
) -> Result<(), DbError> {
    let event = UserUnfollowed { uuid: follower, followee, unfollowed_at: at };
    outbox::append(tx, &Event::new(event, &*context.clock, &*context.randomness)).await
}

impl Activity {
    /// Makes a member follow another, if they may.
    ///
    /// # Errors
    /// See [`FollowError`].
    pub async fn follow(&self, caller: MemberId, member: MemberId) -> Result<(), FollowError> {
        self.is_somebody(caller, member).await?;
        follow(&self.context, Some(&self.rates), caller, member).await
    }
}

/// `POST /api/activity/members/{id}/follow`
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<MemberActivity>, FollowError> {
    let member = parse_member(&id)?;
    activity.follow(caller.member, member).await?;
    Ok(changed(&activity, caller.member, member).await?)
}

/// `POST /api/activity/members/{id}/unfollow`
pub(crate) async fn undo(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<MemberActivity>, FollowError> {
    let member = parse_member(&id)?;
    unfollow(&activity.context, caller.member, member).await?;
    Ok(changed(&activity, caller.member, member).await?)
}
