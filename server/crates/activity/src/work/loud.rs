//! Authors with very many followers: their posts are looked up instead of being written into each feed.

use db::{DbError, Transaction};

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo};
use crate::post::PostState;
use crate::post_id::PostId;
use crate::store::follows::{Look, Pair};
use crate::store::{entries, follows, people, posts};
use crate::work::job::FeedWork;
use crate::work::{last_of_full, queue};

/// Has the posts of an author looked up by the next followers. What is in their feeds stays: a post that comes both ways is
/// shown once.
pub(crate) async fn louden(
    context: &Context,
    tx: &mut Transaction,
    author: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !people::by_no(tx, author).await?.is_some_and(|person| person.loud) {
        return Ok(None);
    }
    let many = context.settings.step_rows();
    let next = follows::next_pushed(tx, author, after, many).await?;
    for (follower, pulled) in &next {
        if *pulled < i64::from(context.settings.pulled_most) {
            let pair = Pair { follower: *follower, followee: author };
            follows::set_delivery(tx, pair, Delivery::Push, Delivery::Pull).await?;
        }
    }
    Ok(last_of_full(&next, many).map(|(last, _)| FeedWork::Louden { author, after: *last }))
}

/// Has the posts of an author written into the feeds of the next followers again. They get what they lack in the next step:
/// from this one's commit on no post passes them by.
pub(crate) async fn quieten(
    context: &Context,
    tx: &mut Transaction,
    author: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if people::by_no(tx, author).await?.is_none_or(|person| person.loud) {
        return Ok(None);
    }
    let next = follows::next_by_delivery(tx, author, Delivery::Pull, after, context.settings.chunk).await?;
    follows::push_to(tx, next).await?;
    Ok(Some(FeedWork::FillMany { author, after, next: after, up_to: next.up_to }))
}

/// Followers whose feeds are filled: from `after` to `up_to`, next those after `next`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    pub(crate) author: PersonNo,
    pub(crate) after: PersonNo,
    pub(crate) next: PersonNo,
    pub(crate) up_to: PersonNo,
}

/// Writes an author's posts into the next feeds, as many as a feed keeps.
pub(crate) async fn fill_many(
    context: &Context,
    tx: &mut Transaction,
    filling: Filling,
) -> Result<Option<FeedWork>, Failure> {
    let Filling { author, after, next, up_to } = filling;
    let length = context.settings.length;
    let (floor, each) = newest(tx, author, length).await?;
    let many = (i64::from(context.settings.chunk) / each.max(1)).max(1);
    let many = u32::try_from(many).unwrap_or(1);
    let mut followers = follows::next_by_delivery(tx, author, Delivery::Push, next, many).await?;
    followers.up_to = followers.up_to.min(up_to);
    entries::fill_many(tx, followers, floor).await?;
    let all = Look { one_of: 1, shift: 0 };
    for reader in follows::with_long_feeds(tx, followers, all, context.settings.most).await? {
        queue::add(context, tx, &FeedWork::Trim { reader }).await?;
    }
    Ok(if followers.up_to < up_to {
        Some(FeedWork::FillMany { author, after, next: followers.up_to, up_to })
    } else if up_to == PersonNo::LAST {
        None
    } else {
        Some(FeedWork::Quieten { author, after: up_to })
    })
}

/// The oldest of an author's newest posts, as many as a feed keeps, and how many there are.
async fn newest(tx: &mut Transaction, author: PersonNo, length: u32) -> Result<(PostId, i64), DbError> {
    let last = posts::newest(tx, author, PostState::Shown, length.saturating_sub(1)).await?;
    let count = posts::count(tx, author).await?;
    Ok((last.unwrap_or(PostId::FIRST), count.min(length.into())))
}
