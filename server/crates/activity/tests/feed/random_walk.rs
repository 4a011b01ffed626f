//! Random steps of people, operators and programs on two replicas, and after each few of them every feed is compared with the
//! one that follows from posts and follows. `DAEMUN_FEED_SEED` takes the steps of an earlier run, as far as the database lets
//! them come in the same order.

use std::time::{Duration, Instant};

use activity::{FollowError, OwnPostError, PostBody, PostId, Settings, moderation, operators};
use events::{ConsumerRound, RelayRound};
use jobs::Round;
use kernel::{Clock as _, OsRandomness, Randomness as _};
use names::Source;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use testkit::{HandClock, TestDatabase};

use crate::model::{Action, Model, Somebody};
use crate::replica::{Bus, Replica, until_killed};
use crate::stage::{Stage, member, small};

const PEOPLE: Somebody = 12;
/// So many posts of one author there are at most: what comes with a follow is not endless.
const POSTS: usize = 40;
/// After so many steps everything is compared.
const EACH: u32 = 60;

/// How a walk goes.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub seed: u64,
    pub steps: u32,
    /// Of a thousand steps, so many end with a program that is killed.
    pub kills: u32,
    /// Whether each event comes three times.
    pub threefold: bool,
}

/// What a program does beside requests.
#[derive(Clone, Copy, Debug)]
enum Chore {
    Publish,
    Consume,
    Work,
    Upkeep,
}

struct Walk {
    stage: Stage,
    replicas: [Replica; 2],
    model: Model,
    chance: ChaCha20Rng,
    kills: u32,
    killed: u32,
}

impl Walk {
    async fn step(&mut self) {
        match self.chance.random_range(0..100) {
            0..82 => {
                if let Some(action) = self.choose() {
                    self.act(action).await;
                }
            }
            82..84 => self.sleep().await,
            84..86 => self.change_threshold(),
            86 => {
                let (here, somebody) = (self.replica(), member(self.chance.random_range(0..PEOPLE)));
                let context = &self.replicas[here].activity.context;
                operators::rebuild(context, Some(somebody), &Source::system()).await.unwrap();
            }
            87 => self.stage.deal_with_again(&mut self.chance).await,
            _ => {
                let (here, chore, kill) = (self.replica(), self.chore(), self.kill());
                self.killed += u32::from(self.do_chore(here, chore, kill).await);
            }
        }
        self.stage.clock.advance(Duration::from_millis(self.chance.random_range(0..3)));
    }

    fn replica(&mut self) -> usize {
        self.chance.random_range(0..2)
    }

    /// After how much the program is killed that does the next thing, if it is.
    fn kill(&mut self) -> Option<u32> {
        self.chance.random_ratio(self.kills, 1_000).then(|| self.chance.random_range(1..60))
    }

    fn chore(&mut self) -> Chore {
        [Chore::Publish, Chore::Consume, Chore::Work, Chore::Upkeep][self.chance.random_range(0..4)]
    }

    fn choose(&mut self) -> Option<Action> {
        let (one, other) = (self.chance.random_range(0..PEOPLE), self.chance.random_range(0..PEOPLE));
        let own = self.model.of(one);
        let kind = self.chance.random_range(0..82);
        let between = |action| (one != other).then_some(action);
        match kind {
            0..33 if own.len() < POSTS => Some(Action::Write { author: one }),
            0..38 => {
                let post = *own.get(self.chance.random_range(0..own.len().max(1)))?;
                Some(Action::Delete { author: one, post })
            }
            38..62 => between(Action::Follow { one, other }),
            62..71 => between(Action::Unfollow { one, other }),
            71..74 => between(Action::Block { one, other }),
            74..79 => between(Action::Unblock { one, other }),
            79..81 => {
                let span = Duration::from_hours(24 * 10);
                let until = self.chance.random_bool(0.5).then(|| self.stage.clock.now().plus(span));
                Some(Action::Hide { post: *own.last()?, until })
            }
            _ => Some(Action::Show { post: *self.model.hidden().first()? }),
        }
    }

    /// Somebody does something; now and then the program is killed and they do it once more elsewhere, or both programs are busy
    /// meanwhile.
    async fn act(&mut self, action: Action) {
        let (here, kill) = (self.replica(), self.kill());
        let key = format!("{:x}", self.chance.random::<u64>());
        self.stage.delete_limit_counts().await;
        let written = if let Some(times) = kill {
            self.killed += 1;
            let _ = until_killed(times, self.perform(here, action, &key)).await;
            self.perform(1 - here, action, &key).await
        } else if self.chance.random_bool(0.2) {
            let (one, other) = (self.chore(), self.chore());
            let (one, other) = (self.do_chore(0, one, None), self.do_chore(1, other, None));
            tokio::join!(self.perform(here, action, &key), one, other).0
        } else {
            self.perform(here, action, &key).await
        };
        self.model.note(action, written);
    }

    /// Doing it once more changes nothing.
    async fn perform(&self, here: usize, action: Action, key: &str) -> Option<PostId> {
        let activity = &self.replicas[here].activity;
        let context = &activity.context;
        match action {
            Action::Write { author } => {
                let body = PostBody { text: Some("글".to_owned()), key: Some(key.to_owned()) };
                let (post, _) = activity.publish(member(author), &body).await.unwrap();
                return Some(PostId::parse(&post.id).unwrap());
            }
            Action::Delete { author, post } => match activity::delete(context, member(author), post).await {
                Ok(()) | Err(OwnPostError::NotFound(_)) => {}
                Err(error) => panic!("{error:?}"),
            },
            Action::Hide { post, until } => {
                let span = until.map(|until| until.since(context.clock.now()));
                assert!(moderation::hide(context, post, "이유", span, &Source::system()).await.unwrap());
            }
            Action::Show { post } => drop(moderation::show(context, post, &Source::system()).await.unwrap()),
            Action::Follow { one, other } => {
                let followed = activity::follow(context, None, member(one), member(other)).await;
                assert!(matches!(followed, Ok(()) | Err(FollowError::NotAllowed(_))), "{followed:?}");
                assert_eq!(followed.is_err(), self.model.is_blocked(one, other));
            }
            Action::Unfollow { one, other } => {
                activity::unfollow(context, member(one), member(other)).await.unwrap();
            }
            Action::Block { one, other } => {
                activity::block(context, None, member(one), member(other)).await.unwrap();
            }
            Action::Unblock { one, other } => {
                activity::unblock(context, member(one), member(other)).await.unwrap();
            }
        }
        None
    }

    /// Whether the program was killed over it.
    async fn do_chore(&self, here: usize, chore: Chore, kill: Option<u32>) -> bool {
        let replica = &self.replicas[here];
        let work = async {
            match chore {
                Chore::Publish => drop(replica.publish_events().await),
                Chore::Consume => drop(replica.consume().await),
                Chore::Work => drop(replica.work().await),
                Chore::Upkeep => replica.upkeep().await,
            }
        };
        let Some(times) = kill else {
            work.await;
            return false;
        };
        let is_killed = until_killed(times, work).await.is_none();
        if is_killed && matches!(chore, Chore::Consume) {
            replica.leave().await;
        }
        is_killed
    }

    /// Some look at their feeds and others do not, for a month.
    async fn sleep(&mut self) {
        self.stage.clock.advance(Duration::from_hours(24 * 31));
        let here = self.replica();
        for reader in 0..PEOPLE {
            if self.chance.random_bool(0.5) {
                self.replicas[here].page(member(reader), None, 1).await;
            }
        }
        self.replicas[here].upkeep().await;
    }

    fn change_threshold(&mut self) {
        let loud_at = [2, 5, 100][self.chance.random_range(0..3)];
        for replica in &mut self.replicas {
            replica.activity.context.settings.loud_at = loud_at;
        }
    }

    /// Until nothing is left to do.
    async fn settle(&self) {
        let began = Instant::now();
        loop {
            let mut did = false;
            for replica in &self.replicas {
                did |= replica.publish_events().await != RelayRound::default();
                did |= replica.consume().await != ConsumerRound::default();
                replica.upkeep().await;
                did |= replica.work().await != Round::default();
            }
            if did {
                continue;
            }
            if self.stage.is_settled().await {
                return;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "something is never done");
            // What a killed program had is taken over when its lease ends; a broker needs a moment.
            self.stage.clock.advance(Bus::HOLD + Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn compare(&mut self) {
        // Those who come back see their first page at once, whatever is still to be done.
        if self.chance.random_bool(0.3) {
            self.settle().await;
            self.first_pages_after_sleep().await;
        }
        self.settle().await;
        // Somebody who was asleep looked for the first time just now.
        for reader in 0..PEOPLE {
            let here = self.replica();
            self.replicas[here].page(member(reader), None, 1).await;
        }
        self.settle().await;
        self.model.show_until(self.stage.clock.now());
        let Settings { length, most, .. } = self.stage.activity.context.settings;
        for reader in 0..PEOPLE {
            let (here, limit) = (self.replica(), self.chance.random_range(1..=50));
            let shown = self.replicas[here].walk(member(reader), limit).await;
            let floor = self.stage.floor(member(reader)).await;
            let expected =
                self.model.feed(reader, floor.unwrap_or(PostId::from_uuid(kernel::id::Uuid::nil())));
            assert_eq!(shown, expected, "feed of {reader} with pages of {limit}");
            assert!(floor.is_none_or(|floor| self.model.may_be_cut_at(floor, length)), "cut too early");
        }
        let long =
            "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM feed_entries GROUP BY reader) c";
        assert!(self.stage.count(long).await <= i64::from(most));
        self.stage.counts_agree().await;
    }

    async fn first_pages_after_sleep(&mut self) {
        self.stage.clock.advance(Duration::from_hours(24 * 31));
        self.replicas[0].upkeep().await;
        while self.replicas[1].work().await != Round::default() {}
        self.model.show_until(self.stage.clock.now());
        for reader in 0..PEOPLE {
            let here = self.replica();
            let page = self.replicas[here].page(member(reader), None, 20).await;
            let shown: Vec<_> = page.posts.iter().map(|post| PostId::parse(&post.id).unwrap()).collect();
            let floor = self.stage.floor(member(reader)).await;
            let whole = self.model.feed(reader, floor.unwrap_or(PostId::from_uuid(kernel::id::Uuid::nil())));
            let expected: Vec<_> = whole.into_iter().take(20).collect();
            assert_eq!(shown, expected, "first page of {reader} after an absence");
        }
    }
}

/// Goes a way on a database with two replicas, each with a bus of its own.
#[expect(clippy::print_stderr, reason = "who reads a failure needs to know the seed")]
pub async fn walk(stage: Stage, bus: impl Fn(&db::Database, &std::sync::Arc<HandClock>) -> Bus, way: Way) {
    let dialect = stage.database.dialect();
    eprintln!("{way:?} on {dialect:?}: DAEMUN_FEED_SEED={}", way.seed);
    let bus = |db: &_, clock: &_| if way.threefold { bus(db, clock).threefold() } else { bus(db, clock) };
    let replicas = [stage.another(bus).await, stage.another(bus).await];
    let chance = ChaCha20Rng::seed_from_u64(way.seed);
    let mut walk = Walk { stage, replicas, model: Model::default(), chance, kills: way.kills, killed: 0 };
    let began = Instant::now();
    for step in 1..=way.steps {
        walk.step().await;
        if step % EACH == 0 {
            walk.compare().await;
        }
    }
    walk.compare().await;
    eprintln!("{} steps, {} kills, {:.0?}", way.steps, walk.killed, began.elapsed());
    assert!(way.kills == 0 || walk.killed >= way.steps * way.kills / 3_000, "too few were killed");
}

/// The one that is asked for, or another each time.
pub fn seed() -> u64 {
    let asked = std::env::var("DAEMUN_FEED_SEED").ok().and_then(|seed| seed.parse().ok());
    asked.unwrap_or_else(|| {
        let mut bytes = [0; 4];
        OsRandomness.fill(&mut bytes);
        u32::from_le_bytes(bytes).into()
    })
}

#[tokio::test]
async fn every_feed_is_the_one_that_follows_from_posts_and_follows() {
    for stage in Stage::both(small()).await {
        Box::pin(walk(stage, Bus::in_process, Way { seed: seed(), steps: 300, kills: 0, threefold: false }))
            .await;
    }
}

#[tokio::test]
async fn s_evt_3_programs_that_are_killed_and_events_that_come_three_times_change_no_feed() {
    for stage in Stage::both(small()).await {
        Box::pin(walk(stage, Bus::in_process, Way { seed: seed(), steps: 240, kills: 80, threefold: true }))
            .await;
    }
}

/// The ways of a long run.
pub fn long_ways() -> [Way; 2] {
    let steps = std::env::var("DAEMUN_SOAK_STEPS").ok().and_then(|steps| steps.parse().ok());
    let steps = steps.unwrap_or(10_000);
    let way = Way { seed: seed(), steps, kills: 0, threefold: false };
    [way, Way { kills: 30, threefold: true, ..way }]
}

#[tokio::test]
#[ignore = "takes minutes: scripts/soak feeds"]
async fn soak_feeds_on_sqlite() {
    for long in long_ways() {
        let stage = Stage::on(TestDatabase::sqlite().await, small()).await;
        Box::pin(walk(stage, Bus::in_process, long)).await;
    }
}

#[tokio::test]
#[ignore = "takes minutes: scripts/soak feeds"]
async fn soak_feeds_on_mysql() {
    for long in long_ways() {
        let Some(database) = TestDatabase::mysql().await else { return };
        Box::pin(walk(Stage::on(database, small()).await, Bus::in_process, long)).await;
    }
}
