//! A feed keeps its newest posts.

use db::Transaction;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{PersonNo, PersonState};
use crate::store::{entries, people};
use crate::work::job::FeedWork;
use crate::work::queue;

/// Has a feed cut if it is too long.
pub(crate) async fn look_at_length(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<(), Failure> {
    if entries::nth(tx, reader, context.settings.most).await?.is_some() {
        queue::add(context, tx, &FeedWork::Trim { reader }).await?;
    }
    Ok(())
}

/// Cuts a feed to its length, and says where.
pub(crate) async fn trim(
    context: &Context,
    tx: &mut Transaction,
    reader: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let Some(person) = people::hold(tx, reader).await? else { return Ok(None) };
    // While a feed is made it has no end yet; it is cut when it is done.
    if person.state != PersonState::Awake {
        return Ok(None);
    }
    // What is older than the floor is not read, and may be there all the same: an author who is no longer loud is written into feeds
    // without a look at each.
    let end = entries::nth(tx, reader, context.settings.length.saturating_sub(1)).await?;
    let floor = end.map_or(person.floor, |end| end.max(person.floor));
    if floor > person.floor {
        people::set_floor(tx, reader, Some(floor)).await?;
    }
    entries::delete_below(tx, reader, floor).await?;
    Ok(None)
}
