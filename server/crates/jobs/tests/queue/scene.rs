//! A queue on a database, and workers that do what a job's payload says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Database, DbError, Row as _, Transaction, query};
use jobs::{
    Completed, DeathReason, Failure, Handler, Job, JobKind, JobQueue, NewJob, Outcome, Round, Worker,
    WorkerSettings,
};
use kernel::{BackOff, KeyRing, MasterKey, OsRandomness, Purpose};
use testkit::{HandClock, TestDatabase};

pub const HOUR: Duration = Duration::from_hours(1);
pub const LEASE: Duration = Duration::from_secs(30);
pub const ATTEMPTS: u32 = 4;

/// Jobs that leave a row for an hour.
pub static KEPT: JobKind = JobKind {
    name: "kept",
    purpose: Purpose::new("test-kept"),
    sealed_for,
    longest_wait: None,
    keep_done: Some(HOUR),
    keep_dead: Some(HOUR),
    can_be_retried: |_| false,
    holds: "",
    kept: "",
    erasure: "",
};

/// Jobs that leave nothing, and wait for an hour at most.
pub static GONE: JobKind = JobKind {
    name: "gone",
    purpose: Purpose::new("test-gone"),
    sealed_for,
    longest_wait: Some(HOUR),
    keep_done: None,
    keep_dead: None,
    can_be_retried: |_| false,
    holds: "",
    kept: "",
    erasure: "",
};

fn sealed_for(job: &Job) -> String {
    format!("{}/{}", job.id, job.owner.as_deref().unwrap_or_default())
}

pub struct Scene {
    pub db: Arc<TestDatabase>,
    pub clock: Arc<HandClock>,
    pub master: MasterKey,
    pub queue: JobQueue,
    /// What handlers saw, in this order.
    pub seen: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    pub async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(Self::on)
    }

    pub async fn sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await)
    }

    fn on(db: TestDatabase) -> Self {
        let (clock, master) = (Arc::new(HandClock::default()), MasterKey::generate(&OsRandomness));
        let queue = queue(&clock, vec![master.clone()]);
        Self { db: Arc::new(db), clock, master, queue, seen: Arc::default() }
    }

    /// The same queue with other master keys.
    pub fn queue_with(&self, keys: Vec<MasterKey>) -> JobQueue {
        queue(&self.clock, keys)
    }

    pub async fn enqueue(&self, job: NewJob<'_>) -> Option<Job> {
        let mut tx = self.db.begin().await.unwrap();
        let added = self.queue.enqueue(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        added
    }

    pub fn worker(&self, kind: &'static JobKind) -> Worker<Script> {
        self.worker_of(&self.queue, kind)
    }

    pub fn worker_of(&self, queue: &JobQueue, kind: &'static JobKind) -> Worker<Script> {
        let settings = WorkerSettings {
            batch: 4,
            parallel: 2,
            idle: Duration::from_secs(1),
            lease: LEASE,
            attempts: ATTEMPTS,
            back_off: BackOff { least: Duration::from_secs(1), most: Duration::from_mins(1) },
        };
        let (db, queue) = (Database::clone(&self.db), queue.clone());
        let script = Script {
            db: db.clone(),
            clock: Arc::clone(&self.clock),
            queue: queue.clone(),
            seen: Arc::clone(&self.seen),
        };
        Worker::new(db, queue, kind, script, settings)
    }

    /// One round of a worker: done, postponed, dead.
    pub async fn round(&self, kind: &'static JobKind) -> (u32, u32, u32) {
        let Round { done, postponed, dead } = self.worker(kind).round().await.unwrap();
        (done, postponed, dead)
    }

    /// One column of all rows.
    pub async fn column(&self, select: &'static str) -> Vec<String> {
        let mut reader = self.db.read().await.unwrap();
        let rows = query(select).fetch_all(&mut *reader).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect()
    }

    pub async fn states(&self) -> Vec<String> {
        self.column("SELECT state FROM jobs ORDER BY id").await
    }

    /// What is kept of why they failed.
    pub async fn failures(&self) -> Vec<String> {
        self.column("SELECT COALESCE(failure, '') FROM jobs ORDER BY id").await
    }

    pub async fn execute(&self, statement: &'static str) {
        let mut tx = self.db.begin().await.unwrap();
        query(statement).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn clean(&self) -> u64 {
        let mut tx = self.db.begin().await.unwrap();
        let gone = jobs::STORAGE.delete_expired(&mut tx, kernel::Clock::now(&*self.clock), 10).await.unwrap();
        tx.commit().await.unwrap();
        gone
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn queue(clock: &Arc<HandClock>, keys: Vec<MasterKey>) -> JobQueue {
    JobQueue::new(Arc::new(KeyRing::new(keys).unwrap()), Arc::clone(clock) as _, Arc::new(OsRandomness))
}

/// Does what the payload says.
pub struct Script {
    db: Database,
    clock: Arc<HandClock>,
    queue: JobQueue,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn note(&self, what: impl Into<String>) {
        self.seen.lock().unwrap().push(what.into());
    }

    /// As if another worker had taken the job over.
    async fn lose_lease(&self, id: &str) {
        let mut tx = self.db.begin().await.unwrap();
        let taken = query("UPDATE jobs SET due_at = due_at + 1 WHERE id = ?").bind(id);
        taken.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Handler for Script {
    async fn handle(&self, job: &Job) -> Result<Completed, Failure> {
        self.note(&job.payload);
        match job.payload.as_str() {
            "later" => return Err(Failure::Later("not yet".to_owned())),
            "never" => return Err(Failure::Never("of no use".into())),
            "panic" => panic!("on purpose"),
            "hang" => std::future::pending().await,
            "slow" => self.clock.advance(LEASE),
            "overtaken later" => {
                self.lose_lease(&job.id).await;
                return Err(Failure::Later("too slow".to_owned()));
            }
            "overtaken never" => {
                self.lose_lease(&job.id).await;
                return Err(Failure::Never("of no use".into()));
            }
            "not here" => return Err(Failure::NotHere("it has another key")),
            "away" => return Err(DbError::from(sqlx::Error::WorkerCrashed).into()),
            _ => {}
        }
        let secret = self.queue.open(job).map_err(|error| Failure::Later(error.to_string()))?;
        if let Some(secret) = secret {
            self.note(String::from_utf8_lossy(&secret));
        }
        let mut tx = self.db.begin().await?;
        let completed = self.queue.complete(&mut tx, job).await?;
        tx.commit().await?;
        Ok(completed)
    }

    async fn on_dead(&self, _: &mut Transaction, job: &Job, reason: &DeathReason) -> Result<(), DbError> {
        self.note(format!("{reason:?}"));
        match job.owner.as_deref() {
            Some("unreadable") => Err(DbError::Unreadable { column: "somewhere" }),
            Some("panics") => panic!("on purpose"),
            _ => Ok(()),
        }
    }

    fn count(&self, _: &Job, outcome: Outcome) {
        self.note(outcome.as_str());
    }
}
