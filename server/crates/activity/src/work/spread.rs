//! A post goes into the feeds of many followers, or out of them.

use db::Transaction;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo};
use crate::post::PostState;
use crate::post_id::PostId;
use crate::store::follows::{Followers, Look};
use crate::store::{entries, follows, people, posts};
use crate::work::job::FeedWork;
use crate::work::queue;

/// Writes a post into the feeds of the next followers.
pub(crate) async fn spread(
    context: &Context,
    tx: &mut Transaction,
    post: PostId,
    author: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let found = posts::find(tx, post).await?.filter(|post| post.state != PostState::Deleted);
    if found.is_none() || people::by_no(tx, author).await?.is_none() {
        return Ok(None);
    }
    let next = follows::next_by_delivery(tx, author, Delivery::Push, after, context.settings.chunk).await?;
    entries::spread(tx, post, next).await?;
    look_at_lengths(context, tx, next, post).await?;
    if next.up_to == PersonNo::LAST {
        measure_delivery(context, tx, post);
        return Ok(None);
    }
    Ok(Some(FeedWork::Spread { post, author, after: next.up_to }))
}

/// Takes a post out of the feeds of the next followers.
pub(crate) async fn withdraw(
    context: &Context,
    tx: &mut Transaction,
    post: PostId,
    author: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let next = follows::next_by_delivery(tx, author, Delivery::Push, after, context.settings.chunk).await?;
    entries::delete_post(tx, post, next).await?;
    let is_last = next.up_to == PersonNo::LAST;
    Ok((!is_last).then_some(FeedWork::Withdraw { post, author, after: next.up_to }))
}

/// Notes, once it is true, how long a post took to its last follower.
pub(crate) fn measure_delivery(context: &Context, tx: &mut Transaction, post: PostId) {
    let took = context.now().since(post.at()).as_secs_f64();
    tx.after_commit(move || metrics::histogram!("daemun_feed_delivery_seconds").record(took));
}

/// Looks whether some of the feeds that a post was written into are too long. To look at all would cost more than to write; which
/// ones is up to chance, so that no feed is left out.
pub(crate) async fn look_at_lengths(
    context: &Context,
    tx: &mut Transaction,
    followers: Followers,
    post: PostId,
) -> Result<(), Failure> {
    let look = Look { one_of: context.settings.looked_at, shift: post.chance() };
    for reader in follows::with_long_feeds(tx, followers, look, context.settings.most).await? {
        queue::add(context, tx, &FeedWork::Trim { reader }).await?;
    }
    Ok(())
}
