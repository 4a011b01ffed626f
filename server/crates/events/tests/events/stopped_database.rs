//! A database that stops answering, and one that is killed, while events are written and wait: nothing is lost, nothing doubled, and
//! each member's order is kept.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DatabaseUrl, DbError, Row as _, query};
use events::{Event, UserLogin, outbox};
use kernel::id::Uuid;
use kernel::{OsRandomness, ShiftedClock};
use names::{MemberId, SignInMethod};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::kill::parts;
use crate::scene::EFFECTS;

const WRITERS: i64 = 4;
/// So many members each writer has: of one member, an event is published after the other, each in a round of its own.
const MEMBERS: i64 = 50;
const TIMES: u32 = 2;
/// What a writer has committed, whether it heard of that or not.
const FACTS: &str = "CREATE TABLE facts (member BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (member, n))";

/// A server of MariaDB that keeps what it confirmed, unlike the one that tests share.
struct Server {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Server {
    /// `None` where there is none for the other tests either, or where they have MySQL and the machine has no MariaDB.
    async fn start() -> Option<Self> {
        std::env::var("DAEMUN_TEST_MYSQL_URL").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        let data = format!("--datadir={}/data", folder.path().display());
        install.args([&data, &user().await]).stdout(Stdio::null()).stderr(Stdio::null());
        match install.status().await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            installed => assert!(installed.unwrap().success(), "mariadb-install-db failed"),
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Self::run(&folder, port).await;
        Some(Self { folder, port, process })
    }

    async fn run(folder: &TempDir, port: u16) -> Child {
        let path = folder.path().display();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        Command::new("mariadbd")
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=1"])
            .args([user().await, format!("--datadir={path}/data"), format!("--port={port}")])
            .args([format!("--socket={path}/socket"), format!("--pid-file={path}/pid")])
            .args([format!("--tmpdir={path}")])
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// A database with our tables, once it answers.
    async fn database(&self) -> Database {
        let url = |name| DatabaseUrl::parse(&format!("mysql://root@127.0.0.1:{}/{name}", self.port)).unwrap();
        let began = std::time::Instant::now();
        let any = loop {
            match Database::connect(&url("mysql")).await {
                Ok(any) => break any,
                Err(error) => assert!(began.elapsed() < Duration::from_secs(30), "{error}"),
            }
        };
        let mut tx = any.begin().await.unwrap();
        query("CREATE DATABASE daemun").execute(&mut *tx).await.unwrap();
        drop(tx);
        any.close().await;
        Database::open(&url("daemun")).await.unwrap()
    }

    async fn signal(&self, name: &str) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
    }

    /// As a machine does that loses its power, and comes back a moment later.
    async fn kill_and_start(&mut self) {
        self.process.kill().await.unwrap();
        pass(Duration::from_millis(500)).await;
        self.process = Self::run(&self.folder, self.port).await;
    }
}

/// Who the server runs as.
async fn user() -> String {
    let id = Command::new("id").arg("-un").output().await.unwrap();
    format!("--user={}", String::from_utf8(id.stdout).unwrap().trim())
}

/// Real time, in which a server of its own goes on.
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// A fact and the event that tells it, in one transaction.
async fn commit_a_fact(db: &Database, member: i64, n: i64) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    query("INSERT INTO facts (member, n) VALUES (?, ?)").bind(member).bind(n).execute(&mut *tx).await?;
    let payload = UserLogin {
        uuid: MemberId::from_uuid(Uuid::from_u128(u128::try_from(member).unwrap())),
        email: None,
        login_method: SignInMethod::Password,
        ip_address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: format!("{member}:{n}"),
    };
    outbox::append(&mut tx, &Event::new(payload, &ShiftedClock::default(), &OsRandomness)).await?;
    tx.commit().await
}

/// Writes until `end`, whatever fails; how often it was told that something was committed.
async fn write(db: Database, writer: i64, end: CancellationToken) -> u32 {
    let mut told = 0;
    for n in 0.. {
        if end.is_cancelled() {
            break;
        }
        let wait = match commit_a_fact(&db, writer * MEMBERS + n % MEMBERS, n).await {
            Ok(()) => {
                told += 1;
                5
            }
            Err(_) => 20,
        };
        pass(Duration::from_millis(wait)).await;
    }
    told
}

async fn number(db: &Database, sql: &'static str) -> i64 {
    let mut reader = db.read().await.unwrap();
    query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
}

async fn texts(db: &Database, sql: &'static str, member: &str) -> Vec<String> {
    let mut reader = db.read().await.unwrap();
    let rows = query(sql).bind(member).fetch_all(&mut *reader).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_2_a_database_that_halts_or_is_killed_under_load_loses_doubles_and_overtakes_nothing() {
    let Some(mut server) = Server::start().await else { return };
    let db = server.database().await;
    for create in [FACTS, EFFECTS] {
        let mut tx = db.begin().await.unwrap();
        query(create).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let [ends_writing, ends] = [(); 2].map(|()| CancellationToken::new());
    // Two replicas publish, one consumes.
    let [(relay, runner), (other, _)] = [
        parts(&db, Arc::new(ShiftedClock::default())).await,
        parts(&db, Arc::new(ShiftedClock::default())).await,
    ];
    let mut running = vec![tokio::spawn(runner.run(ends.clone()))];
    running.extend([relay, other].map(|relay| tokio::spawn(relay.run(ends.clone()))));
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(db.clone(), writer, ends_writing.clone()))).collect();
    for _ in 0..TIMES {
        pass(Duration::from_secs(1)).await;
        server.signal("STOP").await;
        pass(Duration::from_secs(2)).await;
        server.signal("CONT").await;
        pass(Duration::from_secs(1)).await;
        server.kill_and_start().await;
        pass(Duration::from_secs(2)).await;
    }
    ends_writing.cancel();
    let mut told = 0;
    for writer in writers {
        told += i64::from(writer.await.unwrap());
    }
    let began = std::time::Instant::now();
    let waiting = "SELECT (SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL) \
        + (SELECT COUNT(*) FROM bus_deliveries)";
    while number(&db, waiting).await > 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "events still wait");
        pass(Duration::from_millis(100)).await;
    }
    ends.cancel();
    for task in running {
        task.await.unwrap();
    }
    for member in 0..WRITERS * MEMBERS {
        let member = member.to_string();
        let facts = "SELECT CONCAT(member, ':', n) FROM facts WHERE member = ? ORDER BY n";
        let effects = "SELECT note FROM effects WHERE note LIKE CONCAT(?, ':%') ORDER BY place";
        assert_eq!(texts(&db, effects, &member).await, texts(&db, facts, &member).await);
    }
    let facts = number(&db, "SELECT COUNT(*) FROM facts").await;
    assert!(facts >= told && told > 50, "{told} were confirmed, {facts} are there");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM bus_dead_letters").await, 0);
    db.close().await;
}
