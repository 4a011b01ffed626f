//! A database with members, a clock, and the hands that move feeds along.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity::{Activity, Card, Cards, Context, Newsfeed, PostBody, PostId, PostPage, Rates, Settings};
use audit::{AuditLog, Retention};
use db::{AnyRow, Connection, Database, DbError, Row as _, query};
use events::{Consumer as _, ConsumerRound, Event, Received, RelayRound, Sequence, Topic};
use futures::future::BoxFuture;
use jobs::{JobQueue, Round};
use kernel::id::Uuid;
use kernel::{KeyRing, MasterKey, OsRandomness};
use limits::LimitContext;
use names::{MemberId, Source};
use rand::Rng;
use rand::seq::SliceRandom as _;
use testkit::{HandClock, TestDatabase};

use crate::replica::{Bus, Replica};

/// Everybody is a member, but those who are not active at the moment.
#[derive(Default)]
pub struct Everybody {
    pub inactive: Mutex<HashSet<MemberId>>,
}

impl Cards for Everybody {
    fn of<'a>(
        &'a self,
        _: &'a mut Connection,
        members: &'a [MemberId],
    ) -> BoxFuture<'a, Result<HashMap<MemberId, Card>, DbError>> {
        let inactive = self.inactive.lock().unwrap();
        let active = members.iter().filter(|member| !inactive.contains(*member));
        let card = |member: &MemberId| Card {
            id: member.to_string(),
            nickname: "이웃".to_owned(),
            picture: String::new(),
        };
        let cards = active.map(|member| (*member, card(member))).collect();
        Box::pin(async move { Ok(cards) })
    }
}

pub struct Stage {
    pub database: TestDatabase,
    pub clock: Arc<HandClock>,
    pub activity: Activity,
    pub everybody: Arc<Everybody>,
    key_ring: Arc<KeyRing>,
    here: Replica,
}

/// Feeds that are long at once, and little that is done in one step.
pub const fn small() -> Settings {
    Settings {
        loud_at: 5,
        follow_most: 50,
        asleep_after: Duration::from_hours(30 * 24),
        length: 60,
        most: 75,
        past: 50,
        pulled_most: 3,
        chunk: 4,
        looked_at: 1,
    }
}

pub const fn member(number: u128) -> MemberId {
    MemberId::from_uuid(Uuid::from_u128(0x0192_3456_789a_7000_8000_0000_0000_0000 + number))
}

impl Stage {
    pub async fn both(settings: Settings) -> [Self; 2] {
        let [one, other] = TestDatabase::both().await;
        [Self::on(one, settings).await, Self::on(other, settings).await]
    }

    pub async fn on(database: TestDatabase, settings: Settings) -> Self {
        let clock = Arc::new(HandClock::default());
        let everybody = Arc::new(Everybody::default());
        let key_ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap());
        let db = Database::clone(&database);
        let activity = Self::activity_on(&db, &clock, &key_ring, &everybody, settings);
        let here = Replica::new(activity.clone(), Bus::in_process(&db, &clock), clock.clone());
        here.join().await;
        Self { database, clock, activity, everybody, key_ring, here }
    }

    /// Another program on the same database.
    pub async fn another(&self, bus: impl FnOnce(&Database, &Arc<HandClock>) -> Bus) -> Replica {
        let db = Database::open(self.database.url()).await.unwrap();
        let activity = self.activity_on_database(&db);
        let replica = Replica::new(activity, bus(&db, &self.clock), self.clock.clone());
        replica.join().await;
        replica
    }

    /// What another program answers requests with.
    pub fn activity_on_database(&self, db: &Database) -> Activity {
        Self::activity_on(db, &self.clock, &self.key_ring, &self.everybody, self.activity.context.settings)
    }

    fn activity_on(
        db: &Database,
        clock: &Arc<HandClock>,
        key_ring: &Arc<KeyRing>,
        everybody: &Arc<Everybody>,
        settings: Settings,
    ) -> Activity {
        let context = Context {
            db: db.clone(),
            clock: clock.clone(),
            randomness: Arc::new(OsRandomness),
            queue: JobQueue::new(key_ring.clone(), clock.clone(), Arc::new(OsRandomness)),
            audit: AuditLog::new(db.clone(), clock.clone(), Arc::new(OsRandomness), Retention::default()),
            settings,
        };
        let rates = Arc::new(Rates::new(db.clone(), LimitContext::new(key_ring, clock.clone())));
        Activity { context, cards: everybody.clone(), rates }
    }

    /// Publishes what waits.
    pub async fn publish_events(&self) {
        while self.here.publish_events().await != RelayRound::default() {}
    }

    /// Has events processed, one batch; `false` when there is none.
    pub async fn consume(&self) -> bool {
        let round = self.here.consume().await;
        assert_eq!(round.failed, 0, "{round:?}");
        round != ConsumerRound::default()
    }

    /// Deals with all events of a topic that there ever were, the newest first, whether they were processed or not.
    pub async fn deal_with(&self, topic: &str) {
        let newsfeed = Newsfeed::new(self.activity.context.clone());
        let mut reader = self.database.read().await.unwrap();
        let events =
            query("SELECT body, sequence FROM outbox_events WHERE topic = ? ORDER BY created_at DESC");
        let events = events.bind(topic.to_owned()).fetch_all(&mut *reader).await.unwrap();
        drop(reader);
        for row in events {
            let event = Event::parse(Topic::parse(topic).unwrap(), &row.get::<String, _>(0)).unwrap();
            let received = Received { event, sequence: Sequence::from_number(row.get(1)) };
            let mut tx = self.database.begin().await.unwrap();
            newsfeed.handle(&mut tx, &received).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Deals with the newest events three times each, in any order, whether they were processed or not.
    pub async fn deal_with_again(&self, chance: &mut impl Rng) {
        let newsfeed = Newsfeed::new(self.activity.context.clone());
        let mut reader = self.database.read().await.unwrap();
        let newest = "SELECT topic, body, sequence FROM outbox_events ORDER BY created_at DESC LIMIT 30";
        let rows = query(newest).fetch_all(&mut *reader).await.unwrap();
        drop(reader);
        let event = |row: &AnyRow| {
            let topic = Topic::parse(&row.get::<String, _>(0)).unwrap();
            let event = Event::parse(topic, &row.get::<String, _>(1)).unwrap();
            Received { event, sequence: Sequence::from_number(row.get(2)) }
        };
        let mut events: Vec<_> = rows.iter().flat_map(|row| [event(row), event(row), event(row)]).collect();
        events.shuffle(chance);
        for received in events {
            let mut tx = self.database.begin().await.unwrap();
            newsfeed.handle(&mut tx, &received).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Whether nothing waits: no event, no work, no feed that is being made.
    pub async fn is_settled(&self) -> bool {
        let waiting = [
            "SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL",
            "SELECT COUNT(*) FROM outbox_events o WHERE NOT EXISTS \
                (SELECT 1 FROM consumed_events c WHERE c.consumer = 'newsfeed' AND c.event_id = o.event_id)",
            "SELECT COUNT(*) FROM jobs WHERE kind = 'feed-work' AND state = 'waiting'",
            "SELECT COUNT(*) FROM people WHERE state IN ('waking', 'leaving')",
        ];
        for what in waiting {
            if self.count(what).await > 0 {
                return false;
            }
        }
        true
    }

    /// Where a feed was cut.
    pub async fn floor(&self, member: MemberId) -> Option<PostId> {
        let mut reader = self.database.read().await.unwrap();
        let floor = query("SELECT floor FROM people WHERE member_id = ?").bind(member.to_string());
        let row = floor.fetch_optional(&mut *reader).await.unwrap()?;
        let floor: Option<Vec<u8>> = row.get(0);
        floor.map(|floor| PostId::from_uuid(Uuid::from_slice(&floor).unwrap()))
    }

    /// Has work done, one batch; `false` when there is none.
    pub async fn work(&self) -> bool {
        self.here.work().await != Round::default()
    }

    pub async fn upkeep(&self) {
        self.here.upkeep().await;
    }

    /// Until there is nothing left to do.
    pub async fn settle(&self) {
        loop {
            self.publish_events().await;
            let mut did = false;
            while self.consume().await {
                did = true;
            }
            self.upkeep().await;
            while self.work().await {
                did = true;
            }
            if !did {
                return;
            }
        }
    }

    /// Writes a post a moment after the last.
    pub async fn post(&self, author: MemberId, text: &str) -> PostId {
        self.clock.advance(Duration::from_millis(1));
        self.post_now(author, text).await
    }

    /// Writes a post at the same time.
    pub async fn post_now(&self, author: MemberId, text: &str) -> PostId {
        // Not counted: tests write more than people may.
        let body = PostBody { text: Some(text.to_owned()), key: None };
        self.delete_limit_counts().await;
        let (post, first) = self.activity.publish(author, &body).await.unwrap();
        assert!(first);
        PostId::parse(&post.id).unwrap()
    }

    pub async fn delete_limit_counts(&self) {
        self.execute("DELETE FROM limit_counts").await;
    }

    pub async fn follow(&self, follower: MemberId, followee: MemberId) {
        activity::follow(&self.activity.context, None, follower, followee).await.unwrap();
    }

    pub async fn unfollow(&self, follower: MemberId, followee: MemberId) {
        activity::unfollow(&self.activity.context, follower, followee).await.unwrap();
    }

    pub async fn block(&self, blocker: MemberId, blocked: MemberId) {
        activity::block(&self.activity.context, None, blocker, blocked).await.unwrap();
    }

    /// As the transaction does that erases a member.
    pub async fn erase(&self, member: MemberId) {
        let mut tx = self.database.begin().await.unwrap();
        activity::erase(&mut tx, member).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn page(&self, reader: MemberId, before: Option<String>, limit: u32) -> PostPage {
        self.here.page(reader, before, limit).await
    }

    /// The texts of the first page.
    pub async fn first(&self, reader: MemberId) -> Vec<String> {
        self.page(reader, None, 20).await.posts.into_iter().map(|post| post.text).collect()
    }

    /// The whole feed, page by page.
    pub async fn walk(&self, reader: MemberId, limit: u32) -> Vec<PostId> {
        self.here.walk(reader, limit).await
    }

    pub async fn execute(&self, sql: &'static str) {
        let mut tx = self.database.begin().await.unwrap();
        query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        self.database.number(sql).await
    }

    /// Counts are what there is.
    pub async fn counts_agree(&self) {
        let wrong = "SELECT COUNT(*) FROM people p WHERE p.state <> 'leaving' AND \
            (p.followers <> (SELECT COUNT(*) FROM follows f WHERE f.followee = p.no) \
            OR p.following <> (SELECT COUNT(*) FROM follows f WHERE f.follower = p.no) \
            OR p.posts <> (SELECT COUNT(*) FROM posts o WHERE o.author = p.no AND o.state < 2))";
        assert_eq!(self.count(wrong).await, 0);
        let wrong = activity::operators::recount(&self.activity.context, &Source::system()).await.unwrap();
        assert_eq!(wrong, []);
    }
}
