//! A post goes into the feeds of many followers, or out of them.

use std::time::Duration;

use db::Transaction;
use jobs::Job;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, PersonNo};
use crate::post_id::PostId;
use crate::store::follows::{Followers, Look};
use crate::store::{entries, follows, posts};
use crate::work::job::FeedWork;
use crate::work::{Stepped, queue};

/// A step: a post goes into the feeds of the followers after this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub(crate) post: PostId,
    pub(crate) author: PersonNo,
    pub(crate) after: PersonNo,
    /// The last of them, if the step before found it.
    pub(crate) up_to: Option<PersonNo>,
}

/// Writes a post into the feeds of the next followers, and has the job go on after them. Very many followers are as many steps, so all
/// that is to be done in one is sent together: the write that decides who does it, the entries, the look at lengths, and where the
/// next one ends.
pub(crate) async fn spread(
    context: &Context,
    tx: &mut Transaction,
    job: &Job,
    chunk: Chunk,
    delay: Duration,
) -> Result<Stepped, Failure> {
    let Chunk { post, author, after, up_to } = chunk;
    let (dialect, many) = (tx.dialect(), context.settings.chunk);
    let next = match up_to {
        Some(up_to) => Followers { of: author, after, up_to },
        None => follows::next_by_delivery(tx, author, Delivery::Push, after, many).await?,
    };
    let is_last = next.up_to == PersonNo::LAST;
    let then = queue::payload(&FeedWork::Spread { post, author, after: next.up_to })?;
    let decides =
        if is_last { context.queue.completing(job) } else { context.queue.advancing(job, &then, delay) };
    let statements = [
        decides,
        posts::looking_for(post),
        entries::spreading(dialect, post, next),
        follows::looking(next, look(context, post), context.settings.most),
        follows::ending(dialect, author, Delivery::Push, next.up_to, many),
    ];
    let [decided, post_there, written, long, end] = tx.execute_together(statements).await?;
    let completed = context.queue.executed(&decided);
    if !completed.first() {
        return Ok(Stepped { completed, next: None, ahead: None });
    }
    if post_there.rows.is_empty() {
        entries::delete_post(tx, post, next).await?;
        let completed = if is_last { completed } else { context.queue.complete(tx, job).await? };
        return Ok(Stepped { completed, next: None, ahead: None });
    }
    entries::counted(tx, written.changed);
    trim_all(context, tx, follows::read_long(&long.rows)?).await?;
    if is_last {
        measure_delivery(context, tx, post);
        return Ok(Stepped { completed, next: None, ahead: None });
    }
    let ahead = Some(follows::read_end(&end.rows)?);
    let mut goes_on = job.clone();
    goes_on.payload = then;
    Ok(Stepped { completed, next: Some(goes_on), ahead })
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

/// Looks whether some of the feeds that a post was written into are too long.
pub(crate) async fn look_at_lengths(
    context: &Context,
    tx: &mut Transaction,
    followers: Followers,
    post: PostId,
) -> Result<(), Failure> {
    let long = follows::with_long_feeds(tx, followers, look(context, post), context.settings.most).await?;
    trim_all(context, tx, long).await
}

/// To look at all feeds would cost more than to write; which ones is up to chance, so that none is left out.
fn look(context: &Context, post: PostId) -> Look {
    Look { one_of: context.settings.looked_at, shift: post.chance() }
}

async fn trim_all(context: &Context, tx: &mut Transaction, readers: Vec<PersonNo>) -> Result<(), Failure> {
    for reader in readers {
        queue::add(context, tx, &FeedWork::Trim { reader }).await?;
    }
    Ok(())
}
