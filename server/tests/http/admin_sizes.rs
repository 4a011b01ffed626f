//! What operators wait for at the sizes of a company: `scripts/bench admin`. Finding members and rows of the audit log among a thousand and
//! among a million, with as many answers each time, and what the first page asks of the database. Another machine can compare the ratios.

#![allow(clippy::print_stdout, reason = "a bench says what it saw")]

use std::time::{Duration, Instant};

use audit::{AuditFilter, AuditKind, OperatorWanted};
use db::query;
use kernel::{Clock as _, Timestamp};
use members::Wanted;
use names::{EmailAddress, MemberId, ProviderName, Role};
use sqlx::AssertSqlSafe;
use testkit::TestDatabase;

use crate::admin_pages::signed_in;
use crate::app::App;

const FEW: u64 = 1_000;
const ROUNDS: u64 = 500;
const BATCHES: u32 = 3;
/// So many rows are on a page here: among a thousand there are as many to find.
const PAGE: u32 = 20;
/// The rows of the audit log begin so long ago: ten million of them end before now, and none is old enough for the cleaner.
const SPAN: Duration = Duration::from_hours(24 * 120);

/// How long something took, in microseconds: half of the times, and all but one of a hundred.
#[derive(Clone, Copy)]
struct Times {
    half: f64,
    most: f64,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6;
        Self { half: at(50), most: at(99) }
    }

    /// The least of several batches, since other work on the machine only ever adds to one.
    async fn of_batches(mut batch: impl AsyncFnMut() -> Vec<Duration>) -> Self {
        let mut least = Self::of(batch().await);
        for _ in 1..BATCHES {
            let next = Self::of(batch().await);
            least = Self { half: least.half.min(next.half), most: least.most.min(next.most) };
        }
        least
    }
}

/// An id of the row with this number, as an expression of SQL.
fn id(database: &TestDatabase, start: &str, number: &str) -> String {
    match database.dialect() {
        db::Dialect::Sqlite => format!("'{start}-0000-7000-8000-' || printf('%012d', {number})"),
        db::Dialect::Mysql => format!("CONCAT('{start}-0000-7000-8000-', LPAD({number}, 12, '0'))"),
    }
}

fn text(database: &TestDatabase, before: &str, number: &str, digits: u32, after: &str) -> String {
    match database.dialect() {
        db::Dialect::Sqlite => format!("'{before}' || printf('%0{digits}d', {number}) || '{after}'"),
        db::Dialect::Mysql => format!("CONCAT('{before}', LPAD({number}, {digits}, '0'), '{after}')"),
    }
}

async fn run(database: &TestDatabase, sql: String) {
    let mut tx = database.begin().await.unwrap();
    query(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// The numbers below `end`, from which rows are made.
async fn count_to(database: &TestDatabase, end: u64) {
    let mut there = u64::try_from(database.number("SELECT COUNT(*) FROM sizes").await).unwrap();
    if there == 0 {
        run(database, "INSERT INTO sizes (n) VALUES (0)".to_owned()).await;
        there = 1;
    }
    while there < end {
        let sql = format!("INSERT INTO sizes (n) SELECT n + {there} FROM sizes WHERE n + {there} < {end}");
        run(database, sql).await;
        there = (there * 2).min(end);
    }
}

/// Inserts what is selected for each number of the span, in parts that a database takes at once.
async fn insert(database: &TestDatabase, into: &str, select: &str, (begin, end): (u64, u64)) {
    for from in (begin..end).step_by(100_000) {
        let to = end.min(from + 100_000);
        run(
            database,
            format!("INSERT INTO {into} SELECT {select} FROM sizes WHERE n >= {from} AND n < {to}"),
        )
        .await;
    }
}

/// Members, each with a nickname, an address and a provider, of whom one in ten has a role.
async fn members(database: &TestDatabase, span: (u64, u64)) {
    let (member, identity) = (id(database, "01912f3a", "n"), id(database, "01912f3b", "n"));
    let nickname = text(database, "이름", "n", 7, "");
    let address = text(database, "a", "n", 7, "@example.com");
    let subject = text(database, "s", "n", 7, "");
    let all = [
        (
            "members (id, nickname, greeting, email, status, created_at, updated_at)",
            format!("{member}, {nickname}, '', {address}, 'active', 1, 1"),
        ),
        (
            "identities (id, member_id, provider, subject, email, email_verified, created_at, last_sign_in_at)",
            format!("{identity}, {member}, 'google', {subject}, {address}, 1, 1, 1"),
        ),
    ];
    for (into, select) in &all {
        insert(database, into, select, span).await;
    }
    let (begin, end) = span;
    let role = format!(
        "INSERT INTO member_roles (member_id, role, given_at) SELECT {member}, 'ROLE_SUPPORT', 1 FROM sizes \
         WHERE n >= {begin} AND n < {end} AND n % 10 = 0"
    );
    run(database, role).await;
}

/// Rows of the audit log, one a second: nine of ten are sign-ins and sign-outs of members, the others are what five operators did.
async fn log(app: &App, span: (u64, u64), people: u64) {
    let (database, begin) = (&app.database, begin(app).millis());
    let of = |number: &str| id(database, "01912f3a", number);
    let select = format!(
        "{row}, {begin} + n * 1000, CASE WHEN n % 10 < 7 THEN 'sign_in' WHEN n % 10 < 9 THEN 'sign_out' ELSE 'role_given' END, \
         'success', '', CASE WHEN n % 10 = 9 THEN 'operator' ELSE 'member' END, {member}, 'google', '', '', \
         CASE WHEN n % 10 = 9 THEN {operator} ELSE NULL END, '', '', '203.0.113.7', '', 0, 1, NULL",
        row = id(database, "01912f3c", "n"),
        member = of(&format!("n % {people}")),
        operator = of("n % 50"),
    );
    let into = "audit_events (id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, note, \
        request_id, network, user_agent, anonymous, times, fold_key)";
    insert(database, into, &select, span).await;
}

fn begin(app: &App) -> Timestamp {
    app.clock.now().minus(SPAN)
}

fn member(number: u64) -> MemberId {
    MemberId::parse(&format!("01912f3a-0000-7000-8000-{number:012}")).unwrap()
}

/// How long it takes to find members by each thing that is known of them; somebody else each time.
async fn finding(app: &App, rows: u64) -> Vec<(&'static str, Times)> {
    let directory = &app.members().directory;
    let somebody = |round: u64| (round * 7919) % rows;
    let address = |number| kernel::email_address::read(&format!("a{number:07}@example.com")).unwrap();
    let wanted: [(&str, &dyn Fn(u64) -> Wanted); 6] = [
        ("everybody", &|_| Wanted::Everybody),
        ("id", &|round| Wanted::Id(member(somebody(round)))),
        ("address", &|round| Wanted::Address(EmailAddress::clone(&address(somebody(round))))),
        ("nickname", &|round| Wanted::Nickname(format!("이름{:06}", somebody(round) / 10))),
        ("subject", &|round| Wanted::Subject(ProviderName::Google, format!("s{:07}", somebody(round)))),
        ("role", &|_| Wanted::Role(Role::parse("ROLE_SUPPORT").unwrap())),
    ];
    let mut found = Vec::new();
    for (name, wanted) in wanted {
        let batch = async || {
            let mut times = Vec::new();
            for round in 0..ROUNDS {
                let wanted = wanted(round);
                let began = Instant::now();
                let list = directory.find(&wanted, None, PAGE).await.unwrap();
                times.push(began.elapsed());
                assert!(!list.members.is_empty(), "{wanted:?}");
            }
            times
        };
        found.push((name, Times::of_batches(batch).await));
    }
    found
}

/// The same of a page of the audit log, which is about so many people.
async fn reading(app: &App, rows: u64, people: u64) -> Vec<(&'static str, Times)> {
    let at = |number: u64| begin(app).plus(Duration::from_secs(number));
    let somewhere = |round: u64| (round * 7919) % (rows - 100);
    let filters: [(&str, &dyn Fn(u64) -> AuditFilter); 6] = [
        ("everything", &|_| AuditFilter::default()),
        ("member", &|round| AuditFilter {
            member: Some(member(somewhere(round) % people).uuid()),
            ..AuditFilter::default()
        }),
        ("kind", &|_| AuditFilter { kind: Some(AuditKind::RoleGiven), ..AuditFilter::default() }),
        ("actor", &|_| AuditFilter { actor: Some(names::Actor::Operator), ..AuditFilter::default() }),
        ("operator", &|_| AuditFilter {
            operator: Some(OperatorWanted::Member(member(19).uuid())),
            ..AuditFilter::default()
        }),
        ("span", &|round| AuditFilter {
            since: Some(at(somewhere(round))),
            until: Some(at(somewhere(round) + 50)),
            ..AuditFilter::default()
        }),
    ];
    let mut found = Vec::new();
    for (name, filter) in filters {
        let batch = async || {
            let mut times = Vec::new();
            for round in 0..ROUNDS {
                let filter = filter(round);
                let mut reader = app.database.read().await.unwrap();
                let began = Instant::now();
                let part = audit::search::part(&mut reader, &filter, None, PAGE).await.unwrap();
                times.push(began.elapsed());
                assert!(!part.rows.is_empty(), "{filter:?}");
            }
            times
        };
        found.push((name, Times::of_batches(batch).await));
    }
    found
}

/// What the first page asks of the database, one after the other as it does, in milliseconds: the most of some rounds.
async fn first_look(app: &App) -> f64 {
    let mut most = Duration::ZERO;
    for _ in 0..20 {
        let since = app.clock.now().minus(Duration::from_hours(24));
        let began = Instant::now();
        app.members().directory.joined_since(since, 1001).await.unwrap();
        let mut reader = app.database.read().await.unwrap();
        audit::sums::by_hour(&mut reader, AuditKind::SignIn, since).await.unwrap();
        jobs::count_in(&mut reader, &notifications::MAIL, jobs::JobState::Waiting, 1001).await.unwrap();
        notifications::oldest_waiting(&mut reader).await.unwrap();
        events::outbox::oldest_unpublished(&mut reader).await.unwrap();
        db::replicas::beating(&mut reader, since).await.unwrap();
        drop(reader);
        app.operators_view().health.findings().await;
        most = most.max(began.elapsed());
    }
    most.as_secs_f64() * 1e3
}

fn print(what: &str, few: &[(&str, Times)], many: &[(&str, Times)]) {
    for ((name, few), (_, many)) in few.iter().zip(many) {
        println!(
            "  {what} {name:<11} p50 {:>7.0} → {:>7.0} µs (× {:.2})   p99 {:>7.0} → {:>7.0} µs (× {:.2})",
            few.half,
            many.half,
            many.half / few.half,
            few.most,
            many.most,
            many.most / few.most,
        );
    }
}

#[tokio::test]
#[ignore = "minutes: scripts/bench admin"]
async fn bench_admin() {
    let number =
        |name: &str, usual| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (many, rows) = (number("MEMBERS", 1_000_000), number("ROWS", 1_000_000));
    for app in App::both_configured("").await {
        let database = &app.database;
        println!("{:?}: {FEW} against {many} members and {rows} rows of the audit log", database.dialect());
        run(database, "CREATE TABLE sizes (n INTEGER NOT NULL PRIMARY KEY)".to_owned()).await;
        count_to(database, FEW).await;
        members(database, (0, FEW)).await;
        // As many rows about each member as in the end.
        let few_people = if rows > many { (FEW * many / rows).max(50) } else { FEW };
        log(&app, (0, FEW), few_people).await;
        let tables = ["members", "identities", "member_roles", "audit_events"];
        database.analyse(&tables).await;
        let (found, read, look) =
            (finding(&app, FEW).await, reading(&app, FEW, few_people).await, first_look(&app).await);
        let began = Instant::now();
        count_to(database, many.max(rows)).await;
        members(database, (FEW, many)).await;
        log(&app, (FEW, rows), many).await;
        database.analyse(&tables).await;
        println!("  filled in {:.0} s", began.elapsed().as_secs_f64());
        print("members by", &found, &finding(&app, many).await);
        print("audit log by", &read, &reading(&app, rows, rows.min(many)).await);
        println!("  first look: {look:.1} → {:.1} ms of database time at most", first_look(&app).await);
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let mut times = Vec::new();
        for _ in 0..20 {
            let began = Instant::now();
            assert_eq!(admin.visit("/admin").await.status, 200);
            times.push(began.elapsed());
        }
        println!("  the whole page: p50 {:.1} ms", Times::of(times).half / 1e3);
        app.stop().await;
    }
}
