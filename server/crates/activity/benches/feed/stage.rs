//! A database with this part on it, by the machine's clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use activity::{Activity, Card, Cards, Context, FeedWorker, Newsfeed, Rates, Settings};
use audit::{AuditLog, Retention};
use db::{Connection, Database, DbError};
use events::{ConsumerRunner, ConsumerSettings, InProcessBus, Relay, RelaySettings};
use futures::future::BoxFuture;
use jobs::JobQueue;
use kernel::id::Uuid;
use kernel::{Clock, KeyRing, MasterKey, OsRandomness, SystemClock};
use limits::LimitContext;
use names::MemberId;
use testkit::TestDatabase;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Everybody is an active member, which is known without a look.
struct Everybody;

impl Cards for Everybody {
    fn of<'a>(
        &'a self,
        _: &'a mut Connection,
        members: &'a [MemberId],
    ) -> BoxFuture<'a, Result<HashMap<MemberId, Card>, DbError>> {
        let card =
            |id: &MemberId| Card { id: id.to_string(), nickname: "이웃".into(), picture: "/".into() };
        Box::pin(async move { Ok(members.iter().map(|id| (*id, card(id))).collect()) })
    }
}

pub struct Stage {
    pub database: TestDatabase,
    pub activity: Activity,
}

/// The member who is the person with this number.
pub fn member(no: i64) -> MemberId {
    let no = u128::try_from(no).unwrap_or_default();
    MemberId::from_uuid(Uuid::from_u128(0x0192_3456_789a_7000_8000_0000_0000_0000 + no))
}

impl Stage {
    pub fn new(database: TestDatabase) -> Self {
        let (db, clock): (_, Arc<dyn Clock>) = (Database::clone(&database), Arc::new(SystemClock));
        let key_ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap());
        let context = Context {
            db: db.clone(),
            clock: Arc::clone(&clock),
            randomness: Arc::new(OsRandomness),
            queue: JobQueue::new(Arc::clone(&key_ring), Arc::clone(&clock), Arc::new(OsRandomness)),
            audit: AuditLog::new(
                db.clone(),
                Arc::clone(&clock),
                Arc::new(OsRandomness),
                Retention::default(),
            ),
            // Nobody becomes loud here: what is measured is what is written.
            settings: Settings { loud_at: u32::MAX, ..Settings::default() },
        };
        let rates = Arc::new(Rates::new(db, LimitContext::new(&key_ring, clock)));
        let activity = Activity { context, cards: Arc::new(Everybody), rates };
        Self { database, activity }
    }

    pub fn worker(&self) -> jobs::Worker<FeedWorker> {
        FeedWorker::start(self.activity.context.clone())
    }

    /// Relay, consumer and worker, as the program runs them, until `end`.
    pub async fn run(&self, end: &CancellationToken) -> JoinSet<()> {
        let Context { db, clock, .. } = self.activity.context.clone();
        let bus = Arc::new(InProcessBus::new(db.clone(), Arc::clone(&clock), Duration::from_secs(30)));
        let newsfeed = Arc::new(Newsfeed::new(self.activity.context.clone()));
        let settings = ConsumerSettings::default();
        let runner = ConsumerRunner::start(newsfeed, &*bus, db.clone(), Arc::clone(&clock), settings);
        let runner = runner.await.unwrap();
        let relay = Relay::new(db, bus, clock, RelaySettings::default());
        let mut running = JoinSet::new();
        running.spawn(runner.run(end.clone()));
        running.spawn(relay.run(end.clone()));
        running.spawn(self.worker().run(end.clone()));
        running
    }
}
