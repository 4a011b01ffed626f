//! A million expired rows: how long until they are gone, and what a session read feels of it. `scripts/bench cleaner`.
//!
//! The program runs as it is released, in a process of its own, on SQLite and on MariaDB. Expired rows are in four
//! tables; meanwhile 20,000 people who are signed in are asked for, one after the other, so that most reads reach the
//! database.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where a test would")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use db::{DatabaseUrl, Row as _, query};
use kernel::NewId as _;
use kernel::{Clock as _, OpaqueToken, OsRandomness, SystemClock, Timestamp};
use names::{MemberId, SessionId};
use sqlx::AssertSqlSafe;
use testkit::TestDatabase;

const TABLES: [&str; 4] = ["sessions", "refresh_families", "revocations", "login_transactions"];
const PEOPLE: usize = 20_000;
const PER_STATEMENT: usize = 500;
const READERS: usize = 4;

fn main() {
    let rows: u32 = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        println!(
            "{:<8} {:>9} {:>12} {:>12} {:>12} {:>12} {:>18} {:>20}",
            "",
            "rows",
            "gone after",
            "p50 before",
            "p99 before",
            "p99 during",
            "longest statement",
            "longest transaction"
        );
        measure("SQLite", TestDatabase::sqlite().await, rows).await;
        measure("MariaDB", TestDatabase::mysql().await.unwrap(), rows).await;
    });
}

async fn measure(name: &str, database: TestDatabase, rows: u32) {
    let people = plant(&database, rows as usize).await;
    let program = Program::start(database.url());
    program.answers().await;
    let readers = Readers::start(program.port, people);
    program.cleaned(1).await;
    let (before, began) = (readers.taken(), Instant::now());
    program.cleaned(rows).await;
    let (took, during) = (began.elapsed(), readers.taken());
    drop(readers);
    assert_eq!(left(&database).await, 0, "expired rows are left");
    println!(
        "{name:<8} {rows:>9} {:>12} {:>12} {:>12} {:>12} {:>18} {:>20}",
        format!("{:.1} s", took.as_secs_f64()),
        millis(quantile(&before, 0.5)),
        millis(quantile(&before, 0.99)),
        millis(quantile(&during, 0.99)),
        program.longest("daemun_cleaner_statement_seconds").await,
        program.longest("daemun_cleaner_seconds").await,
    );
}

/// The expired rows, and people who are signed in; gives their cookies.
async fn plant(database: &TestDatabase, rows: usize) -> Vec<String> {
    let now = SystemClock.now();
    let long_ago = now.minus(Duration::from_hours(24));
    let member = MemberId::new(&SystemClock, &OsRandomness);
    let mut tx = database.begin().await.unwrap();
    let insert = format!(
        "INSERT INTO members (id, nickname, greeting, status, created_at, updated_at) \
        VALUES ('{member}', 'a', 'b', 'active', 0, 0)"
    );
    query(AssertSqlSafe(insert)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    for table in TABLES {
        insert_rows(database, table, rows / TABLES.len(), |_| values(table, member, long_ago, None)).await;
    }
    let people: Vec<_> = (0..PEOPLE).map(|_| OpaqueToken::new(&OsRandomness)).collect();
    let until = now.plus(Duration::from_hours(240));
    insert_rows(database, "sessions", PEOPLE, |index| {
        values("sessions", member, until, Some((&people[index], now)))
    })
    .await;
    people.iter().map(|handle| format!("daemun={}", handle.text())).collect()
}

async fn insert_rows(database: &TestDatabase, table: &str, rows: usize, row: impl Fn(usize) -> String) {
    let columns = match table {
        "sessions" => {
            "id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, ends_at, user_agent, network"
        }
        "refresh_families" => {
            "id, handle_hash, subject, session_id, client_id, scope, current_hash, rotated_at, started_at, \
             expires_at, idle_at, end_reason"
        }
        "revocations" => "kind, target, not_before, expires_at",
        _ => "id, state_hash, browser_hash, provider, issuer, sealed, return_to, expires_at",
    };
    let mut index = 0;
    while index < rows {
        let mut tx = database.begin().await.unwrap();
        for _ in 0..20 {
            let end = rows.min(index + PER_STATEMENT);
            if index == end {
                break;
            }
            let tuples: Vec<_> = (index..end).map(|index| format!("({})", row(index))).collect();
            let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", tuples.join(","));
            query(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
            index = end;
        }
        tx.commit().await.unwrap();
    }
}

/// A row that ends at `until`, as SQL.
fn values(
    table: &str,
    member: MemberId,
    until: Timestamp,
    living: Option<(&OpaqueToken, Timestamp)>,
) -> String {
    let (id, until) = (SessionId::new(&SystemClock, &OsRandomness), until.millis());
    let hash = |token: &OpaqueToken| {
        let hash = token.hash();
        let (high, low) = hash.as_bytes().split_at(16);
        let half = |bytes: &[u8]| u128::from_be_bytes(bytes.try_into().unwrap());
        format!("x'{:032x}{:032x}'", half(high), half(low))
    };
    let chance = hash(&OpaqueToken::new(&OsRandomness));
    match table {
        "sessions" => {
            let (handle, seen) = living.map_or((chance, 0), |(token, now)| (hash(token), now.millis()));
            format!("'{id}', {handle}, '{member}', 'kakao', 0, {seen}, {until}, {until}, '', ''")
        }
        "refresh_families" => {
            format!(
                "'{id}', {chance}, '{member}', '{id}', 'daemun-web', 'read', {chance}, 0, 0, {until}, {until}, ''"
            )
        }
        "revocations" => format!("'session', '{id}', 0, {until}"),
        _ => format!("'{id}', {chance}, {chance}, 'kakao', '', x'00', '/', {until}"),
    }
}

/// How many expired rows there are.
async fn left(database: &TestDatabase) -> usize {
    let mut left = 0;
    for table in TABLES {
        let column = if table == "refresh_families" { "idle_at" } else { "expires_at" };
        let count = format!("SELECT COUNT(*) FROM {table} WHERE {column} < ?");
        let mut reader = database.read().await.unwrap();
        let row = query(AssertSqlSafe(count)).bind(SystemClock.now().millis()).fetch_one(&mut *reader).await;
        left += usize::try_from(row.unwrap().get::<i64, _>(0)).unwrap();
    }
    left
}

/// People who look at their session again and again.
struct Readers {
    times: Arc<Mutex<Vec<Duration>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Readers {
    fn start(port: u16, people: Vec<String>) -> Self {
        let (times, people) = (Arc::<Mutex<Vec<Duration>>>::default(), Arc::new(people));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let tasks = (0..READERS).map(|reader| {
            let (times, people, client) = (Arc::clone(&times), Arc::clone(&people), client.clone());
            tokio::spawn(async move {
                for cookie in people.iter().skip(reader).step_by(READERS).cycle() {
                    let request = client
                        .get(format!("http://127.0.0.1:{port}/api/auth/session"))
                        .header("cookie", cookie);
                    let began = Instant::now();
                    let answer = request.send().await.unwrap().text().await.unwrap();
                    times.lock().unwrap().push(began.elapsed());
                    assert_ne!(answer, "null", "nobody is signed out");
                    // A steady load that leaves the cores some room, as a gateway in daily use has.
                    tokio::time::sleep(Duration::from_millis(4)).await;
                }
            })
        });
        Self { times: Arc::clone(&times), tasks: tasks.collect() }
    }

    /// What was measured since the last call, in order of size.
    fn taken(&self) -> Vec<Duration> {
        let mut taken = std::mem::take(&mut *self.times.lock().unwrap());
        taken.sort_unstable();
        taken
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn quantile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = (sorted.len() as f64 * share) as usize;
    sorted[index.min(sorted.len() - 1)]
}

fn millis(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}

/// The program, in a process of its own.
struct Program {
    child: Child,
    port: u16,
    operators: u16,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(database: &DatabaseUrl) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        std::fs::write(folder.path().join("site/pkg/daemun.css"), "a{}").unwrap();
        let (port, operators) = (free_port(), free_port());
        let child = Command::new(env!("CARGO_BIN_EXE_daemun"))
            .env_clear()
            .current_dir(folder.path())
            .env("LEPTOS_SITE_ROOT", folder.path().join("site"))
            .env("DAEMUN_DATABASE__URL", database.expose())
            .env("DAEMUN_LISTEN", format!("127.0.0.1:{port}"))
            .env("DAEMUN_OPS_LISTEN", format!("127.0.0.1:{operators}"))
            .env("DAEMUN_LOG__FILTER", "warn")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, operators, _folder: folder }
    }

    async fn answers(&self) {
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until so many rows were deleted. The program counts them itself: counting them in the database would be
    /// felt by the readers.
    async fn cleaned(&self, rows: u32) {
        while self.metric("daemun_cleaned_rows_total", "").await.sum::<f64>() < f64::from(rows) {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// The longest of what a metric measures.
    async fn longest(&self, name: &str) -> String {
        let seconds = self.metric(name, "quantile=\"1\"").await;
        millis(Duration::from_secs_f64(seconds.fold(0.0, f64::max)))
    }

    /// The values of a metric whose labels have `label` among them.
    async fn metric(&self, name: &str, label: &str) -> impl Iterator<Item = f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.operators);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let metrics = client.get(url).send().await.unwrap().text().await.unwrap();
        let prefix = format!("{name}{{");
        let lines = metrics.lines().filter(|line| line.starts_with(&prefix) && line.contains(label));
        let values: Vec<_> = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        values.into_iter()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
