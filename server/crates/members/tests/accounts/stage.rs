//! A database, a clock, a post office, and the accounts on them.

use std::sync::Arc;

use audit::{AuditLog, Retention};
use kernel::{Clock, KeyRing, MasterKey, OsRandomness, Randomness};
use limits::LimitContext;
use members::{AccountSettings, HashingSettings, Members, Ports, Services};
use testkit::{HandClock, TestDatabase, cheap_hashing};
use tokens::{KeyKind, Tokens};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ports::{PostOffice, Rows};

pub const HONG: &str = "hong@example.com";
pub const PASSWORD: &str = "마당 눈 위에 발자국 하나 둘";
pub const OTHER_PASSWORD: &str = "the heron waits where water is slow";

pub struct Stage {
    pub database: Arc<TestDatabase>,
    pub clock: Arc<HandClock>,
    pub members: Arc<Members>,
    pub audit: AuditLog,
    pub tokens: Tokens,
    pub key_ring: Arc<KeyRing>,
    pub tasks: TaskTracker,
    _end: tokio_util::sync::DropGuard,
}

/// A process on that database.
pub struct Process {
    pub members: Arc<Members>,
    pub tokens: Tokens,
    pub audit: AuditLog,
}

async fn process(
    (database, clock, key_ring): (&Arc<TestDatabase>, &Arc<HandClock>, &Arc<KeyRing>),
    settings: AccountSettings,
    (end, tasks): (&CancellationToken, &TaskTracker),
) -> Process {
    let db = db::Database::open(database.url()).await.unwrap();
    let environment = || -> (Arc<dyn Clock>, Arc<dyn Randomness>) { (clock.clone(), Arc::new(OsRandomness)) };
    let kind = tokens::Settings {
        key_kind: KeyKind::P256,
        ..tokens::Settings::new("https://issuer.example", "services")
    };
    let tokens = {
        let (clock, randomness) = environment();
        let context = kernel::Context { clock, randomness };
        Tokens::new(kind, db.clone(), key_ring.clone(), context).unwrap()
    };
    tokens.start(end, &TaskTracker::new()).await.unwrap();
    let (time, randomness) = environment();
    let audit = AuditLog::new(db.clone(), time, randomness, Retention::default());
    let (time, randomness) = environment();
    let services = Services {
        db,
        tokens: tokens.clone(),
        audit: audit.clone(),
        key_ring: key_ring.clone(),
        limits: LimitContext::new(key_ring, Arc::clone(&time)),
        clock: time,
        randomness,
    };
    let ports = Ports {
        mails: Arc::new(PostOffice),
        sessions: Arc::new(Rows),
        elsewhere: Arc::new(PostOffice),
        tasks: tasks.clone(),
    };
    let members = Members::new(&settings, services, &ports).unwrap();
    Process { members, tokens, audit }
}

/// The settings of tests that are not about what a password costs.
pub fn settings() -> AccountSettings {
    let hashing = HashingSettings { cost: cheap_hashing(), ..HashingSettings::default() };
    AccountSettings { hashing, ..AccountSettings::default() }
}

impl Stage {
    pub async fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await, settings()).await
    }

    pub async fn both() -> [Self; 2] {
        let [sqlite, mysql] = TestDatabase::both().await;
        [Self::on(sqlite, settings()).await, Self::on(mysql, settings()).await]
    }

    /// On which passwords cost what they cost people.
    pub async fn at_real_cost() -> Self {
        Self::on(TestDatabase::sqlite().await, AccountSettings::default()).await
    }

    /// That answers sign-ups alike, whether the address is taken or not.
    pub async fn discreet() -> Self {
        let settings = AccountSettings { reveal_existing: false, ..settings() };
        Self::on(TestDatabase::sqlite().await, settings).await
    }

    pub async fn on(database: TestDatabase, settings: AccountSettings) -> Self {
        let key_ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        Self::with(database, settings, key_ring).await
    }

    /// On a database that has rows sealed with these keys.
    pub async fn with(database: TestDatabase, settings: AccountSettings, key_ring: KeyRing) -> Self {
        let database = Arc::new(database);
        PostOffice::open(&database).await;
        let clock = Arc::new(HandClock::default());
        let key_ring = Arc::new(key_ring);
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let with = (&database, &clock, &key_ring);
        let Process { members, tokens, audit } = process(with, settings, (&end, &tasks)).await;
        Self { database, clock, members, audit, tokens, key_ring, tasks, _end: end.drop_guard() }
    }

    /// The accounts as another process on the same database has them.
    pub async fn replica(&self, settings: AccountSettings) -> Process {
        let with = (&self.database, &self.clock, &self.key_ring);
        process(with, settings, (&CancellationToken::new(), &TaskTracker::new())).await
    }
}
