//! What one more replica brings, and what it costs: `scripts/bench replicas`.
//!
//! One, two and three programs on one MySQL database are asked in rotation. On a machine of few cores the rate says little,
//! since programs, database and those who ask share them. So the processor time of one request is measured, that of the
//! programs and that of the database, with the statements that the database was sent; and the same for a second in which
//! nobody asks. From these follows how many replicas it takes until the database is the limit.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

#[expect(dead_code, reason = "the other benches use more of it")]
mod bench;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bench::{Server, cpu_of, daemun, free_port, program};
use db::{Database, Row as _, query};
use kernel::{Clock as _, KeyRing, MasterKey, NewId as _, OpaqueToken, OsRandomness, SystemClock};
use names::{MemberId, SessionId};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::TestDatabase;
use tokens::{ClientId, Grant, Scope, Settings, Tokens};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const MASTER_KEY: &str = "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto=";
/// Who asks at once.
const ASKERS: usize = 16;
const MOST_REPLICAS: usize = 3;

/// What is asked.
#[derive(Clone, Copy)]
enum Kind {
    Session,
    Refresh,
    Gateway,
}

const KINDS: [(Kind, &str); 3] =
    [(Kind::Session, "session read"), (Kind::Refresh, "refresh"), (Kind::Gateway, "gateway, token")];

/// The programs, their database, and somebody who is signed in.
struct Stage {
    programs: Vec<Server>,
    db: Database,
    /// The process of the database server.
    server: u32,
    tokens: Tokens,
    member: MemberId,
    cookie: String,
    _folders: Vec<tempfile::TempDir>,
}

/// What had been used when it was looked at.
#[derive(Clone, Copy)]
struct Used {
    programs: Duration,
    database: Duration,
    statements: u64,
}

impl Stage {
    async fn start(replicas: usize) -> Self {
        let database = TestDatabase::empty_mysql().await.unwrap();
        let behind = upstream().await;
        let (mut programs, mut folders) = (Vec::new(), Vec::new());
        for _ in 0..replicas {
            let folder = tempfile::tempdir().unwrap();
            route(folder.path(), behind);
            let command = Command::new(program());
            let url = database.expose();
            let settings = [("DAEMUN_MASTER_KEYS", MASTER_KEY), ("DAEMUN_DATABASE__URL", url.as_str())];
            // They are one issuer, wherever each listens.
            let settings = [&settings[..], &[("DAEMUN_TOKENS__ISSUER", "http://localhost:3000")]].concat();
            programs.push(daemun(command, folder.path(), free_port(), &settings));
            folders.push(folder);
        }
        let db = Database::open(&database).await.unwrap();
        let server = process_of(&db).await;
        let ring = Arc::new(KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap());
        let context = kernel::Context { clock: Arc::new(SystemClock), randomness: Arc::new(OsRandomness) };
        let issuer = "http://localhost:3000";
        let tokens = Tokens::new(Settings::new(issuer, issuer), db.clone(), ring, context).unwrap();
        tokens.start(&CancellationToken::new(), &TaskTracker::new()).await.unwrap();
        let member = MemberId::new(&SystemClock, &OsRandomness);
        let cookie = sign_in(&db, member).await;
        Self { programs, db, server, tokens, member, cookie, _folders: folders }
    }

    async fn used(&self) -> Used {
        let mut reader = self.db.read().await.unwrap();
        let status = query("SHOW GLOBAL STATUS LIKE 'Questions'").fetch_one(&mut *reader).await.unwrap();
        let statements: String = status.get(1);
        Used {
            programs: self.programs.iter().map(|program| cpu_of(program.child.id())).sum(),
            database: cpu_of(self.server),
            statements: statements.parse().unwrap(),
        }
    }

    /// A refresh token of somebody, and an access token with it.
    async fn app(&self) -> (String, String) {
        let grant = Grant {
            subject: self.member,
            session: SessionId::new(&SystemClock, &OsRandomness),
            client_id: ClientId::own_app(),
            scope: Scope::parse("read").unwrap(),
            audience: None,
            auth_time: SystemClock.now(),
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
        };
        let mut tx = self.db.begin().await.unwrap();
        let rotation = self.tokens.families.issue(&mut tx, &grant).await.unwrap();
        tx.commit().await.unwrap();
        let access = rotation.access(self.tokens.own_audience(), "김민지", &[]);
        let access = self.tokens.minter.mint_access(access).await.unwrap();
        (rotation.refresh.text(), format!("Bearer {}", access.expose()))
    }

    /// Asks for `span`; gives how many answers came.
    async fn ask(&self, kind: Kind, span: Duration) -> u64 {
        let (count, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let mut asking = tokio::task::JoinSet::new();
        for asker in 0..ASKERS {
            let ports: Vec<_> = self.programs.iter().map(|program| program.port).collect();
            let (refresh_token, bearer) = self.app().await;
            let client = Client::builder().no_proxy().build().unwrap();
            let cookie = self.cookie.clone();
            let mut asker = Asker { client, ports, at: asker, cookie, refresh_token, bearer };
            let (count, over) = (Arc::clone(&count), Arc::clone(&over));
            asking.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    asker.ask(kind).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tokio::time::sleep(span).await;
        over.store(true, Ordering::Relaxed);
        asking.join_all().await;
        count.load(Ordering::Relaxed)
    }
}

/// One who asks the replicas in rotation.
struct Asker {
    client: Client,
    ports: Vec<u16>,
    at: usize,
    cookie: String,
    refresh_token: String,
    bearer: String,
}

impl Asker {
    async fn ask(&mut self, kind: Kind) {
        self.at += 1;
        let url = |path: &str| format!("http://127.0.0.1:{}{path}", self.ports[self.at % self.ports.len()]);
        let request = match kind {
            Kind::Session => self.client.get(url("/api/auth/session")).header("cookie", &self.cookie),
            Kind::Gateway => self.client.get(url("/service/replicas")).header("authorization", &self.bearer),
            Kind::Refresh => {
                self.client.post(url("/auth/refresh")).json(&json!({"refresh_token": self.refresh_token}))
            }
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap_or_default();
        if let Kind::Refresh = kind {
            body["data"]["refresh_token"].as_str().unwrap().clone_into(&mut self.refresh_token);
        }
        assert!(!matches!(kind, Kind::Session) || !body.is_null(), "nobody is signed in");
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let span = std::env::var("SPAN").ok().and_then(|span| span.parse().ok()).unwrap_or(10);
    println!(
        "{:<10} {:<18} {:>9} {:>14} {:>14} {:>12}",
        "replicas", "", "req/s", "µs CPU, ours", "µs, database", "statements"
    );
    for replicas in 1..=MOST_REPLICAS {
        runtime.block_on(measure(replicas, Duration::from_secs(span)));
    }
}

async fn measure(replicas: usize, span: Duration) {
    let stage = Stage::start(replicas).await;
    for (kind, name) in KINDS {
        stage.ask(kind, Duration::from_secs(1)).await;
        let (before, began) = (stage.used().await, Instant::now());
        let count = stage.ask(kind, span).await;
        line(replicas, name, &Between { before, after: stage.used().await, count, took: began.elapsed() });
    }
    let (before, began) = (stage.used().await, Instant::now());
    tokio::time::sleep(span).await;
    let seconds = span.as_secs();
    line(
        replicas,
        "a second of rest",
        &Between { before, after: stage.used().await, count: seconds, took: began.elapsed() },
    );
}

/// What was used from one look to another, for so many requests or seconds.
struct Between {
    before: Used,
    after: Used,
    count: u64,
    took: Duration,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn line(replicas: usize, name: &str, between: &Between) {
    let Between { before, after, count, took } = between;
    let each = |used: Duration| used.as_secs_f64() * 1e6 / *count as f64;
    println!(
        "{replicas:<10} {name:<18} {:>9.0} {:>14.1} {:>14.1} {:>12.2}",
        *count as f64 / took.as_secs_f64(),
        each(after.programs.saturating_sub(before.programs)),
        each(after.database.saturating_sub(before.database)),
        (after.statements - before.statements) as f64 / *count as f64
    );
}

/// A service behind the gateway.
async fn upstream() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = axum::Router::new().fallback(|| async { axum::Json(json!({"ok": true})) });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

fn route(folder: &Path, behind: u16) {
    let route = format!(
        "[[gateway.routes]]\npath = \"/service/{{*rest}}\"\nupstream = [\"http://127.0.0.1:{behind}\"]\n\
         methods = [\"GET\"]\nscope = \"read\"\n"
    );
    std::fs::write(folder.join("daemun.toml"), route).unwrap();
}

/// The process of the database server, which runs on this machine.
async fn process_of(db: &Database) -> u32 {
    let mut reader = db.read().await.unwrap();
    let file = query("SELECT CAST(@@pid_file AS CHAR)").fetch_one(&mut *reader).await.unwrap();
    std::fs::read_to_string(file.get::<String, _>(0)).unwrap().trim().parse().unwrap()
}

/// Somebody who is signed in, without a provider: gives the cookie.
async fn sign_in(db: &Database, member: MemberId) -> String {
    let (session, handle) = (SessionId::new(&SystemClock, &OsRandomness), OpaqueToken::new(&OsRandomness));
    let now = SystemClock.now();
    let end = now.plus(Duration::from_hours(240)).millis();
    let member_row = format!(
        "INSERT INTO members (id, nickname, greeting, status, created_at, updated_at) \
         VALUES ('{member}', '김민지', '안녕하세요!', 'active', 0, 0)"
    );
    let session_row = format!(
        "INSERT INTO sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, ends_at, \
         user_agent, network, rotated_at) VALUES ('{session}', ?, '{member}', 'kakao', {now}, {now}, {end}, {end}, '', '', {now})",
        now = now.millis(),
    );
    let mut tx = db.begin().await.unwrap();
    query(AssertSqlSafe(member_row)).execute(&mut *tx).await.unwrap();
    let session_row = query(AssertSqlSafe(session_row)).bind(handle.hash().as_bytes().to_vec());
    session_row.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    format!("daemun={}", handle.text())
}
