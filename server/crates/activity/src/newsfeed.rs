//! How events change feeds. An event only says that something changed; each handler does what the rows say now, so that the order
//! among topics does not matter.

use async_trait::async_trait;
use db::{DbError, Transaction};
use events::{Consumer, ConsumerName, Event, HandleError, Payload, Received, Topic};
use names::MemberId;
use names::id::Uuid;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Delivery, Person, PersonNo};
use crate::post::PostState;
use crate::post_id::PostId;
use crate::store::follows::Pair;
use crate::store::{entries, follows, people, posts};
use crate::work::job::FeedWork;
use crate::work::{queue, spread, trim};

/// The group that writes feeds.
pub const CONSUMER: ConsumerName = ConsumerName::new("newsfeed");
/// The topics that the consumer of feeds subscribes to.
pub const TOPICS: &[Topic] =
    &[Topic::PostCreated, Topic::PostDeleted, Topic::UserFollowed, Topic::UserUnfollowed];

/// Keeps feeds by what happens.
#[derive(Clone)]
pub struct Newsfeed {
    context: Context,
}

impl Newsfeed {
    /// One that works with these.
    pub const fn new(context: Context) -> Self {
        Self { context }
    }

    /// Writes a post into the feeds of its author's followers. When they are many, that is left to work alongside the requests.
    async fn post_created(&self, tx: &mut Transaction, id: Uuid) -> Result<(), Failure> {
        let id = PostId::from_uuid(id);
        let found = posts::find(tx, id).await?.filter(|post| post.state != PostState::Deleted);
        let Some(post) = found else { return Ok(()) };
        let Some(author) = people::by_no(tx, post.author).await? else { return Ok(()) };
        let chunk = self.context.settings.chunk;
        let all =
            follows::next_by_delivery(tx, author.no, Delivery::Push, PersonNo::FIRST, chunk + 1).await?;
        if all.up_to != PersonNo::LAST {
            let work = FeedWork::Spread { post: id, author: author.no, after: PersonNo::FIRST };
            return queue::add(&self.context, tx, &work).await;
        }
        entries::spread(tx, id, all).await?;
        spread::measure_delivery(&self.context, tx, id);
        spread::look_at_lengths(&self.context, tx, all, id).await
    }

    /// Takes a post out of feeds. Nobody sees it there any longer; this only makes room.
    async fn post_deleted(&self, tx: &mut Transaction, author: MemberId, id: Uuid) -> Result<(), Failure> {
        let Some(author) = people::find(tx, author).await? else { return Ok(()) };
        let work =
            FeedWork::Withdraw { post: PostId::from_uuid(id), author: author.no, after: PersonNo::FIRST };
        queue::add(&self.context, tx, &work).await
    }

    /// Writes the newest posts of the followed into the follower's feed.
    async fn user_followed(&self, tx: &mut Transaction, from: MemberId, to: MemberId) -> Result<(), Failure> {
        let Some((from, to)) = both(tx, from, to).await? else { return Ok(()) };
        let pair = Pair { follower: from.no, followee: to.no };
        if follows::delivery(tx, pair).await? != Some(Delivery::Push) {
            return Ok(());
        }
        entries::fill(tx, from.no, to.no, from.floor, self.context.settings.past).await?;
        trim::look_at_length(&self.context, tx, from.no).await
    }

    /// Takes posts of those out of a feed who are no longer followed. The reader's row is held while it is looked whether that is
    /// still so: a member who is followed again at the same time loses nothing.
    async fn user_unfollowed(
        &self,
        tx: &mut Transaction,
        from: MemberId,
        to: MemberId,
    ) -> Result<(), DbError> {
        let Some((from, to)) = both(tx, from, to).await? else { return Ok(()) };
        people::hold(tx, from.no).await?;
        if follows::delivery(tx, Pair { follower: from.no, followee: to.no }).await?.is_none() {
            entries::delete_author(tx, from.no, to.no).await?;
        }
        Ok(())
    }

    async fn act(&self, tx: &mut Transaction, event: &Event) -> Result<(), Failure> {
        match event.payload() {
            Payload::PostCreated(created) => self.post_created(tx, created.post_id).await,
            Payload::PostDeleted(deleted) => self.post_deleted(tx, deleted.uuid, deleted.post_id).await,
            Payload::UserFollowed(followed) => self.user_followed(tx, followed.uuid, followed.followee).await,
            Payload::UserUnfollowed(ended) => {
                Ok(self.user_unfollowed(tx, ended.uuid, ended.followee).await?)
            }
            // The topics of this consumer have no other events.
            _ => Ok(()),
        }
    }
}

async fn both(
    tx: &mut Transaction,
    one: MemberId,
    other: MemberId,
) -> Result<Option<(Person, Person)>, DbError> {
    let (one, other) = (people::find(tx, one).await?, people::find(tx, other).await?);
    Ok(one.zip(other))
}

#[async_trait]
impl Consumer for Newsfeed {
    fn name(&self) -> ConsumerName {
        CONSUMER
    }

    fn topics(&self) -> &'static [Topic] {
        TOPICS
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        Ok(self.act(tx, &received.event).await.map_err(Failure::into_db)?)
    }
}
