//! A program on a database, moved by hand, with clients of its own.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use activity::{Activity, FeedWorker, Newsfeed, PageQuery, PostId, PostPage, Upkeep};
use async_trait::async_trait;
use db::Database;
use events::{
    Acknowledgement, BusError, ConsumerRound, ConsumerRunner, ConsumerSettings, Groups, InProcessBus,
    Message, Publisher, Relay, RelayRound, RelaySettings,
};
use jobs::Round;
use names::MemberId;
use testkit::HandClock;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Both sides of a bus.
#[derive(Clone)]
pub struct Bus {
    pub publisher: Arc<dyn Publisher>,
    pub groups: Arc<dyn Groups>,
}

impl Bus {
    /// How long a consumer that was killed keeps what it had.
    pub const HOLD: Duration = Duration::from_secs(30);

    pub fn in_process(db: &Database, clock: &Arc<HandClock>) -> Self {
        let bus = Arc::new(InProcessBus::new(db.clone(), clock.clone(), Self::HOLD));
        Self { publisher: bus.clone(), groups: bus }
    }

    /// One that publishes everything three times.
    pub fn threefold(self) -> Self {
        Self { publisher: Arc::new(Threefold(self.publisher)), groups: self.groups }
    }
}

#[derive(Debug)]
struct Threefold(Arc<dyn Publisher>);

#[async_trait]
impl Publisher for Threefold {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        self.0.publish(batch).await?;
        self.0.publish(batch).await?;
        self.0.publish(batch).await
    }
}

/// One program.
pub struct Replica {
    pub activity: Activity,
    bus: Bus,
    clock: Arc<HandClock>,
    runner: Mutex<Option<ConsumerRunner>>,
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a replica")
    }
}

impl Replica {
    pub fn new(activity: Activity, bus: Bus, clock: Arc<HandClock>) -> Self {
        Self { activity, bus, clock, runner: Mutex::new(None) }
    }

    fn db(&self) -> Database {
        self.activity.context.db.clone()
    }

    /// Joins the group, if it was left.
    pub async fn join(&self) {
        let mut runner = self.runner.lock().await;
        if runner.is_none() {
            let newsfeed = Arc::new(Newsfeed::new(self.activity.context.clone()));
            let settings = ConsumerSettings::default();
            let started =
                ConsumerRunner::start(newsfeed, &*self.bus.groups, self.db(), self.clock.clone(), settings);
            *runner = Some(started.await.unwrap());
        }
    }

    /// Leaves the group.
    pub async fn leave(&self) {
        *self.runner.lock().await = None;
    }

    /// Publishes one batch.
    pub async fn publish_events(&self) -> RelayRound {
        let publisher = Arc::clone(&self.bus.publisher);
        Relay::new(self.db(), publisher, self.clock.clone(), RelaySettings::default()).round().await.unwrap()
    }

    /// Has events processed, one batch.
    pub async fn consume(&self) -> ConsumerRound {
        self.join().await;
        let mut runner = self.runner.lock().await;
        let round = runner.as_mut().unwrap().round(&CancellationToken::new()).await.unwrap();
        assert_eq!(round.dead, 0, "{round:?}");
        round
    }

    /// Has work done, one batch.
    pub async fn work(&self) -> Round {
        let round = FeedWorker::start(self.activity.context.clone()).round().await.unwrap();
        assert_eq!((round.postponed, round.dead), (0, 0), "{round:?}");
        round
    }

    pub async fn upkeep(&self) {
        Upkeep::new(self.activity.context.clone()).round().await.unwrap();
    }

    pub async fn page(&self, reader: MemberId, before: Option<String>, limit: u32) -> PostPage {
        let query = PageQuery { before, limit: Some(limit.to_string()) };
        self.activity.feed(reader, &query).await.unwrap()
    }

    /// The whole feed, page by page.
    pub async fn walk(&self, reader: MemberId, limit: u32) -> Vec<PostId> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self.page(reader, before, limit).await;
            assert_eq!(page.end, page.next.is_none());
            all.extend(page.posts.iter().map(|post| PostId::parse(&post.id).unwrap()));
            before = page.next;
            if before.is_none() {
                return all;
            }
        }
    }
}

/// Goes on with `work` so many times and then drops it where it is, as a program that is killed does; `None` when it was dropped.
pub async fn until_killed<T>(times: u32, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (pin!(work), times);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
