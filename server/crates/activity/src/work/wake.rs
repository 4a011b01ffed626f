//! A feed is made again: for somebody who comes back, and where an operator wants it. Meanwhile their pages look up those who
//! wrote last.

use db::{DbError, Transaction};

use crate::context::Context;
use crate::cursor::RowCursor;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo, PersonState};
use crate::post_id::PostId;
use crate::store::follows::Pair;
use crate::store::{entries, follows, people};
use crate::work::job::FeedWork;
use crate::work::{last_of_full, queue};

/// How many authors one step handles.
const STEP_AUTHORS: u32 = 20;

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
    let many = context.settings.step_rows();
    let next = follows::next_followees(tx, reader, after, many).await?;
    let mut pulled = follows::count_pulled(tx, reader).await?;
    for followee in next.iter().filter(|followee| followee.delivery == Delivery::None) {
        let most = i64::from(context.settings.pulled_most);
        let delivery = Delivery::of(PersonState::Awake, followee.loud, pulled, most);
        pulled += i64::from(delivery == Delivery::Pull);
        follows::set_delivery(tx, Pair { follower: reader, followee: followee.no }, Delivery::None, delivery)
            .await?;
    }
    let goes_on = last_of_full(&next, many).map(|last| FeedWork::Wake { reader, after: last.no });
    let fill = FeedWork::FillLatest { reader, last_post: i64::MAX, author: PersonNo::LAST };
    Ok(Some(goes_on.unwrap_or(fill)))
}

/// Writes posts of those who wrote last, until the feed has its length and nobody who is left wrote anything that is newer than
/// its end.
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
    let (from, many) = (RowCursor { at: last_post, no: author }, context.settings.chunk.min(STEP_AUTHORS));
    let authors = follows::latest_authors(tx, reader, from, many).await?;
    let mut filling = Filling::begin(context, tx, reader).await?;
    let mut last = None;
    for author in authors {
        if filling.end.is_some_and(|end| author.at < end.at().millis()) {
            last = None;
            break;
        }
        let pair = Pair { follower: reader, followee: author.no };
        if follows::delivery(tx, pair).await? == Some(Delivery::Push) {
            filling.add(tx, author.no).await?;
        }
        last = Some(author);
        if filling.is_enough() {
            break;
        }
    }
    Ok(Some(match last {
        Some(last) => FeedWork::FillLatest { reader, last_post: last.at, author: last.no },
        None => FeedWork::FillRest { reader, after: PersonNo::FIRST },
    }))
}

/// Goes over all whom the reader follows again, in an order that does not change. Who wrote while those were gone over who wrote
/// last is before all of them by now, and was passed over: of such a one only the new post has come. The feed has its end
/// already, so there is little left to write. Then it is whole.
pub(crate) async fn fill_rest(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
    after: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    if !is_waking(tx, reader).await? {
        return Ok(None);
    }
    let many = context.settings.step_rows();
    let mut filling = Filling::begin(context, tx, reader).await?;
    let next = follows::next_followees(tx, reader, after, many).await?;
    let mut last = last_of_full(&next, many).map(|last| last.no);
    for followee in next.iter().filter(|followee| followee.delivery == Delivery::Push) {
        if filling.end.is_none_or(|end| end.at() <= followee.last_post) {
            filling.add(tx, followee.no).await?;
        }
        if filling.is_enough() {
            last = Some(followee.no);
            break;
        }
    }
    match last {
        Some(after) => Ok(Some(FeedWork::FillRest { reader, after })),
        None => finish(context, tx, reader).await,
    }
}

/// A feed into which a step writes.
struct Filling<'a> {
    context: &'a Context,
    reader: PersonNo,
    /// The oldest post that it keeps; `None` while it is shorter than that.
    end: Option<PostId>,
    written: u64,
}

impl<'a> Filling<'a> {
    async fn begin(
        context: &'a Context,
        tx: &mut Transaction,
        reader: PersonNo,
    ) -> Result<Filling<'a>, DbError> {
        Ok(Self { context, reader, end: end_of(context, tx, reader).await?, written: 0 })
    }

    /// Writes an author's posts that are not older than its end.
    async fn add(&mut self, tx: &mut Transaction, author: PersonNo) -> Result<(), DbError> {
        let Self { context, reader, end, .. } = *self;
        let from = end.unwrap_or(PostId::FIRST);
        self.written += entries::fill(tx, reader, author, from, context.settings.length).await?;
        self.end = end_of(context, tx, reader).await?;
        Ok(())
    }

    /// Whether what comes now is for the next step.
    fn is_enough(&self) -> bool {
        self.written >= self.context.settings.chunk.into()
    }
}

/// The oldest post that a feed keeps; `None` while it is shorter than that.
async fn end_of(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<PostId>, DbError> {
    entries::nth(tx, reader, context.settings.length.saturating_sub(1)).await
}

/// The feed is whole: from here on it is read as it is.
async fn finish(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let floor = end_of(context, tx, reader).await?;
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
