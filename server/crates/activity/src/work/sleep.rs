//! A feed that nobody reads is dropped.

use db::Transaction;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo, PersonState};
use crate::store::follows::Pair;
use crate::store::{entries, follows, people};
use crate::work::job::FeedWork;
use crate::work::last_of_full;

/// Stops the posts of the next of those whom the reader follows. The reader's row is held: when they come back at the same time,
/// this ends, and what makes the feed again goes over all of them.
pub(crate) async fn stop_posts(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_asleep(tx, reader).await? {
        return Ok(None);
    }
    let many = context.settings.step_rows();
    let next = follows::next_followees(tx, reader, after, many).await?;
    for followee in &next {
        let pair = Pair { follower: reader, followee: followee.no };
        follows::set_delivery(tx, pair, followee.delivery, Delivery::None).await?;
    }
    let goes_on = last_of_full(&next, many).map(|last| FeedWork::Sleep { reader, after: last.no });
    Ok(Some(goes_on.unwrap_or(FeedWork::Clear { reader })))
}

/// Deletes a part of the feed of somebody who is asleep; nothing if they came back.
pub(crate) async fn clear(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_asleep(tx, reader).await? {
        return Ok(None);
    }
    let more = entries::delete_oldest(tx, reader, context.settings.chunk).await?;
    Ok(more.then_some(FeedWork::Clear { reader }))
}

async fn is_asleep(tx: &mut Transaction, reader: PersonNo) -> Result<bool, Failure> {
    Ok(people::hold(tx, reader).await?.is_some_and(|person| person.state == PersonState::Asleep))
}
