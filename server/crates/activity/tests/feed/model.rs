//! Random steps, and after each few of them every feed is compared with the one that follows from posts and follows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use activity::{PostId, Settings, operators};
use names::Source;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::stage::{Stage, member, small};

const PEOPLE: u128 = 12;
/// So many posts of one author there are at most: what comes with a follow is not endless.
const POSTS: usize = 40;

/// What there should be.
#[derive(Default)]
struct Model {
    follows: BTreeSet<(u128, u128)>,
    blocks: BTreeSet<(u128, u128)>,
    posts: BTreeMap<PostId, u128>,
    hidden: BTreeSet<PostId>,
}

impl Model {
    fn of(&self, author: u128) -> Vec<PostId> {
        self.posts.iter().filter(|(_, by)| **by == author).map(|(post, _)| *post).collect()
    }

    fn sees(&self, reader: u128, post: PostId, author: u128) -> bool {
        let blocked = self.blocks.contains(&(reader, author)) || self.blocks.contains(&(author, reader));
        reader == author
            || (self.follows.contains(&(reader, author)) && !self.hidden.contains(&post) && !blocked)
    }

    fn feed(&self, reader: u128, floor: PostId) -> Vec<PostId> {
        let seen = self.posts.iter().rev().filter(|(post, author)| self.sees(reader, **post, **author));
        seen.map(|(post, _)| *post).filter(|post| *post >= floor).collect()
    }
}

struct Walk {
    stage: Stage,
    model: Model,
    chance: ChaCha20Rng,
}

impl Walk {
    async fn step(&mut self) {
        let (one, other) = (self.chance.random_range(0..PEOPLE), self.chance.random_range(0..PEOPLE));
        match self.chance.random_range(0..100) {
            0..35 => self.write(one).await,
            35..60 if one != other => self.follow(one, other).await,
            60..70 => {
                self.stage.unfollow(member(one), member(other)).await;
                self.model.follows.remove(&(one, other));
            }
            70..73 if one != other => {
                self.stage.block(member(one), member(other)).await;
                self.model.blocks.insert((one, other));
                self.model.follows.remove(&(one, other));
                self.model.follows.remove(&(other, one));
            }
            73..80 => {
                activity::unblock(&self.stage.activity.context, member(one), member(other)).await.unwrap();
                self.model.blocks.remove(&(one, other));
            }
            80..85 => self.delete(one).await,
            85..88 => self.hide(one).await,
            88..90 => self.show().await,
            90..92 => self.sleep().await,
            92..94 => self.change_threshold(),
            94 => {
                let context = &self.stage.activity.context;
                operators::rebuild(context, Some(member(one)), &Source::system()).await.unwrap();
            }
            95 => {
                // Events come again, in another order among topics.
                for topic in ["user-unfollowed", "post-created", "post-deleted", "user-followed"] {
                    self.stage.deal_with(topic).await;
                }
            }
            96..98 => drop(self.stage.work().await),
            _ => {
                self.stage.publish_events().await;
                self.stage.consume().await;
            }
        }
        self.stage.clock.advance(Duration::from_millis(self.chance.random_range(0..3)));
    }

    async fn write(&mut self, author: u128) {
        if self.model.of(author).len() >= POSTS {
            return self.delete(author).await;
        }
        let post = self.stage.post_now(member(author), "글").await;
        assert!(self.model.of(author).iter().all(|earlier| *earlier < post), "times of an author grow");
        self.model.posts.insert(post, author);
    }

    async fn follow(&mut self, one: u128, other: u128) {
        let followed = activity::follow(&self.stage.activity.context, member(one), member(other)).await;
        let blocks = &self.model.blocks;
        let blocked = blocks.contains(&(one, other)) || blocks.contains(&(other, one));
        assert_eq!(followed.is_err(), blocked, "{followed:?}");
        if !blocked {
            self.model.follows.insert((one, other));
        }
    }

    async fn delete(&mut self, author: u128) {
        let own = self.model.of(author);
        if own.is_empty() {
            return;
        }
        let post = own[self.chance.random_range(0..own.len())];
        activity::delete(&self.stage.activity.context, member(author), post).await.unwrap();
        self.model.posts.remove(&post);
        self.model.hidden.remove(&post);
    }

    async fn hide(&mut self, author: u128) {
        let Some(post) = self.model.of(author).last().copied() else { return };
        let context = &self.stage.activity.context;
        assert!(operators::hide(context, post, "이유", None, &Source::system()).await.unwrap());
        self.model.hidden.insert(post);
    }

    async fn show(&mut self) {
        let Some(post) = self.model.hidden.pop_first() else { return };
        assert!(operators::show(&self.stage.activity.context, post, &Source::system()).await.unwrap());
    }

    /// Some look at their feeds and others do not, for a month.
    async fn sleep(&mut self) {
        self.stage.clock.advance(Duration::from_hours(24 * 31));
        for reader in 0..PEOPLE {
            if self.chance.random_bool(0.5) {
                self.stage.page(member(reader), None, 1).await;
            }
        }
        self.stage.upkeep().await;
    }

    fn change_threshold(&mut self) {
        self.stage.activity.context.settings.loud_at = [2, 5, 100][self.chance.random_range(0..3)];
    }

    async fn compare(&mut self) {
        // Those who come back see their first page at once, whatever is still to be done.
        if self.chance.random_bool(0.3) {
            self.stage.settle().await;
            self.first_pages_after_sleep().await;
        }
        self.stage.settle().await;
        // Somebody who was asleep looked for the first time just now.
        for reader in 0..PEOPLE {
            self.stage.page(member(reader), None, 1).await;
        }
        self.stage.settle().await;
        for reader in 0..PEOPLE {
            let limit = self.chance.random_range(1..=50);
            let shown = self.stage.walk(member(reader), limit).await;
            let floor = self.floor(reader).await;
            assert_eq!(shown, self.model.feed(reader, floor), "feed of {reader} with pages of {limit}");
        }
        let Settings { most, .. } = self.stage.activity.context.settings;
        let long =
            "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM feed_entries GROUP BY reader) c";
        assert!(self.stage.count(long).await <= i64::from(most));
        self.stage.counts_agree().await;
    }

    async fn first_pages_after_sleep(&mut self) {
        self.stage.clock.advance(Duration::from_hours(24 * 31));
        self.stage.upkeep().await;
        while self.stage.work().await {}
        for reader in 0..PEOPLE {
            let page = self.stage.page(member(reader), None, 20).await;
            let shown: Vec<_> = page.posts.iter().map(|post| PostId::parse(&post.id).unwrap()).collect();
            let floor = self.floor(reader).await;
            let expected: Vec<_> = self.model.feed(reader, floor).into_iter().take(20).collect();
            assert_eq!(shown, expected, "first page of {reader} after an absence");
        }
    }

    async fn floor(&self, reader: u128) -> PostId {
        let mut connection = self.stage.database.read().await.unwrap();
        let floor =
            db::query("SELECT floor FROM people WHERE member_id = ?").bind(member(reader).to_string());
        let row = floor.fetch_optional(&mut *connection).await.unwrap();
        let floor: Option<Vec<u8>> = row.and_then(|row| db::Row::get(&row, 0));
        floor.map_or(PostId::from_uuid(kernel::id::Uuid::nil()), |floor| {
            PostId::from_uuid(kernel::id::Uuid::from_slice(&floor).unwrap())
        })
    }
}

async fn walk(stage: Stage, seed: u64, steps: u32) {
    let mut walk = Walk { stage, model: Model::default(), chance: ChaCha20Rng::seed_from_u64(seed) };
    for step in 1..=steps {
        walk.step().await;
        if step % 60 == 0 {
            walk.compare().await;
        }
    }
    walk.compare().await;
}

#[tokio::test]
async fn every_feed_is_the_one_that_follows_from_posts_and_follows() {
    for seed in [1, 2] {
        for stage in Stage::both(small()).await {
            walk(stage, seed, 240).await;
        }
    }
}

#[tokio::test]
#[ignore = "takes minutes: run it when feeds are changed"]
async fn every_feed_is_right_after_ten_thousand_steps() {
    for seed in [11, 12] {
        for stage in Stage::both(small()).await {
            walk(stage, seed, 10_000).await;
        }
    }
}
