//! A feed is made again: for somebody who comes back, and where an operator wants it. Meanwhile their pages look up those who
//! wrote last.

use db::Transaction;

use crate::context::Context;
use crate::cursor::RowCursor;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo, PersonState};
use crate::post_id::PostId;
use crate::store::follows::Pair;
use crate::store::{entries, follows, people};
use crate::work::job::FeedWork;
use crate::work::queue;

/// So many authors are dealt with in one step.
const AUTHORS: u32 = 20;

/// Begins to make a feed, if its reader is in this state.
pub(crate) async fn begin(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
    from: PersonState,
) -> Result<(), Failure> {
    if people::change_state(tx, reader, from, PersonState::Waking).await? {
        queue::add(context, tx, &FeedWork::Wake { reader, after: PersonNo::FIRST }).await?;
    }
    Ok(())
}

/// Takes away what is there.
pub(crate) async fn rebuild(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_waking(tx, reader).await? {
        return Ok(None);
    }
    let more = entries::delete_oldest(tx, reader, context.settings.chunk).await?;
    let next =
        if more { FeedWork::Rebuild { reader } } else { FeedWork::Wake { reader, after: PersonNo::FIRST } };
    Ok(Some(next))
}

/// Has posts of the next of those whom the reader follows come again. It is committed before they are filled up, so that no
/// post passes by.
pub(crate) async fn wake(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_waking(tx, reader).await? {
        return Ok(None);
    }
    let many = (context.settings.chunk / 5).max(1);
    let next = follows::next_followees(tx, reader, after, many).await?;
    let mut pulled = follows::count_pulled(tx, reader).await?;
    for followee in next.iter().filter(|followee| followee.delivery == Delivery::None) {
        let most = i64::from(context.settings.pulled_most);
        let delivery = Delivery::of(PersonState::Awake, followee.loud, pulled, most);
        pulled += i64::from(delivery == Delivery::Pull);
        follows::set_delivery(tx, Pair { follower: reader, followee: followee.no }, Delivery::None, delivery)
            .await?;
    }
    let full = next.len() >= usize::try_from(many).unwrap_or(usize::MAX);
    let goes_on = next.last().filter(|_| full).map(|last| FeedWork::Wake { reader, after: last.no });
    let fill = FeedWork::FillLatest { reader, last_post: i64::MAX, author: PersonNo::LAST };
    Ok(Some(goes_on.unwrap_or(fill)))
}

/// Writes posts of those who wrote last, until the feed has its length and nobody who is left wrote anything that is newer than
/// its end. Then it is whole.
pub(crate) async fn fill_latest(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
    last_post: i64,
    author: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_waking(tx, reader).await? {
        return Ok(None);
    }
    let length = context.settings.length;
    let authors =
        follows::latest_authors(tx, reader, RowCursor { at: last_post, no: author }, AUTHORS).await?;
    let mut end = entries::nth(tx, reader, length.saturating_sub(1)).await?;
    for author in &authors {
        if end.is_some_and(|end| author.at < end.at().millis()) {
            return finish(context, tx, reader).await;
        }
        let pair = Pair { follower: reader, followee: author.no };
        if follows::delivery(tx, pair).await? == Some(Delivery::Push) {
            entries::fill(tx, reader, author.no, end.unwrap_or(PostId::FIRST), length).await?;
            end = entries::nth(tx, reader, length.saturating_sub(1)).await?;
        }
    }
    match authors.last() {
        Some(last) => Ok(Some(FeedWork::FillLatest { reader, last_post: last.at, author: last.no })),
        None => finish(context, tx, reader).await,
    }
}

/// The feed is whole: from here on it is read as it is.
async fn finish(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let floor = entries::nth(tx, reader, context.settings.length.saturating_sub(1)).await?;
    people::set_floor(tx, reader, floor).await?;
    if let Some(floor) = floor {
        entries::delete_below(tx, reader, floor).await?;
    }
    people::change_state(tx, reader, PersonState::Waking, PersonState::Awake).await?;
    Ok(None)
}

async fn is_waking(tx: &mut Transaction, reader: PersonNo) -> Result<bool, Failure> {
    Ok(people::hold(tx, reader).await?.is_some_and(|person| person.state == PersonState::Waking))
}
