//! What operators find in the log: in parts without gap or repetition, and at the same cost however long it is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")]

use std::time::Duration;

use audit::{AuditFilter, AuditRowId, OperatorWanted, search};
use db::{Database, DatabaseSettings, Row as _, query};
use kernel::id::{Uuid, least_uuid};
use kernel::{RowCursor, Timestamp};
use names::{Actor, AuditKind};
use testkit::TestDatabase;

/// So many rows there are; a statement that goes over all of them reads many times what is allowed.
const ROWS: u32 = 20_000;
/// So many rows may be read for a part of twenty: for each of four actors twenty-one ids from the index, the same from the table that
/// MariaDB makes of them, and the rows themselves.
const MAX_READ: i64 = 500;

const RARE: Uuid = Uuid::from_u128(0x0191_2f3a_0000_7000_8000_0000_0000_0007);
const ADMINISTRATOR: Uuid = Uuid::from_u128(0x0191_2f3a_0000_7000_8000_0000_0000_0009);

fn moment(number: u32) -> Timestamp {
    Timestamp::from_millis(1_768_739_696_000).plus(Duration::from_secs(u64::from(number)))
}

/// The id of a row: of its moment, or of one a little later, as that of a count which waited.
fn id(number: u32) -> Uuid {
    let written = moment(number).plus(Duration::from_millis(u64::from(number % 7)));
    Uuid::from_u128(least_uuid(written).as_u128() | u128::from(number))
}

/// The row with this number: most are sign-ins of many members, every thousandth is an operator's, every hundredth a client's.
fn row(number: u32) -> [String; 7] {
    let member = Uuid::from_u128(0x0191_2f3a_0000_7000_8000_1000_0000_0000 | u128::from(number % 900));
    let (kind, actor, member, operator, client) = match number {
        n if n % 1_000 == 0 => ("role_given", "operator", RARE, ADMINISTRATOR.to_string(), ""),
        n if n % 1_000 == 500 => ("role_given", "operator", RARE, String::new(), "helpdesk"),
        n if n % 100 == 3 => ("sign_in", "client", member, String::new(), "shop"),
        n if n % 2 == 0 => ("sign_in", "member", member, String::new(), ""),
        _ => ("token_issue", "member", member, String::new(), "shop"),
    };
    [
        id(number).to_string(),
        moment(number).millis().to_string(),
        kind.to_owned(),
        actor.to_owned(),
        member.to_string(),
        operator,
        client.to_owned(),
    ]
}

async fn fill(database: &TestDatabase) {
    for begin in (0..ROWS).step_by(500) {
        let mut tx = database.begin().await.unwrap();
        for number in begin..begin + 500 {
            let [id, at, kind, actor, member, operator, client] = row(number);
            query(
                "INSERT INTO audit_events (id, at, kind, outcome, reason, actor, member_id, provider, client_id, object, operator_id, \
                 note, request_id, network, user_agent, anonymous, times) \
                 VALUES (?, ?, ?, 'success', '', ?, ?, '', ?, '', ?, '', '', '203.0.113.0/24', '', 0, 1)",
            )
            .bind(id)
            .bind(at.parse::<i64>().unwrap())
            .bind(kind)
            .bind(actor)
            .bind(member)
            .bind(client)
            .bind((!operator.is_empty()).then_some(operator))
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// Every way to look, with what it finds.
fn filters() -> Vec<(AuditFilter, Vec<u32>)> {
    let none = AuditFilter::default;
    let of = |test: &dyn Fn(u32) -> bool| (0..ROWS).rev().filter(|number| test(*number)).collect::<Vec<_>>();
    let operated = |number: u32| number.is_multiple_of(500);
    let by_client = |number: u32| number % 100 == 3;
    let signs_in = |number: u32| !operated(number) && (by_client(number) || number.is_multiple_of(2));
    let (since, until) = (ROWS / 2, ROWS / 2 + 300);
    let within = |number: u32| (since..until).contains(&number);
    let member = Uuid::from_u128(0x0191_2f3a_0000_7000_8000_1000_0000_0000 | 4);
    vec![
        (none(), of(&|_| true)),
        (AuditFilter { since: Some(moment(since)), until: Some(moment(until)), ..none() }, of(&within)),
        (AuditFilter { kind: Some(AuditKind::SignIn), ..none() }, of(&signs_in)),
        (AuditFilter { kind: Some(AuditKind::RoleGiven), ..none() }, of(&operated)),
        (AuditFilter { kind: Some(AuditKind::FactorsReset), ..none() }, Vec::new()),
        (AuditFilter { actor: Some(Actor::Operator), ..none() }, of(&operated)),
        (AuditFilter { actor: Some(Actor::System), ..none() }, Vec::new()),
        (
            AuditFilter { kind: Some(AuditKind::SignIn), actor: Some(Actor::Client), ..none() },
            of(&|number| by_client(number) && !operated(number)),
        ),
        (AuditFilter { kind: Some(AuditKind::SignIn), actor: Some(Actor::Operator), ..none() }, Vec::new()),
        (AuditFilter { member: Some(RARE), ..none() }, of(&operated)),
        (
            AuditFilter { member: Some(member), kind: Some(AuditKind::SignIn), ..none() },
            of(&|number| number % 900 == 4 && signs_in(number)),
        ),
        (
            AuditFilter {
                member: Some(member),
                since: Some(moment(since)),
                until: Some(moment(ROWS)),
                ..none()
            },
            of(&|number| number % 900 == 4 && number >= since && !operated(number)),
        ),
        (
            AuditFilter { operator: Some(OperatorWanted::Member(ADMINISTRATOR)), ..none() },
            of(&|number| number % 1_000 == 0),
        ),
        (
            AuditFilter { operator: Some(OperatorWanted::Client("helpdesk".to_owned())), ..none() },
            of(&|number| number % 1_000 == 500),
        ),
        // What it did otherwise is no operator's act.
        (AuditFilter { operator: Some(OperatorWanted::Client("shop".to_owned())), ..none() }, Vec::new()),
    ]
}

#[tokio::test]
async fn s_log_4_each_filter_finds_its_rows_in_parts_without_gap_or_repetition() {
    for database in TestDatabase::both().await {
        fill(&database).await;
        for (filter, numbers) in filters() {
            let expected: Vec<_> = numbers.iter().map(|number| AuditRowId::from_uuid(id(*number))).collect();
            // Long ones are read in large parts: what counts are the seams.
            let limit = if expected.len() > 1_000 { 997 } else { 3 };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let mut reader = database.read().await.unwrap();
                let part = search::part(&mut reader, &filter, after, limit).await.unwrap();
                seen.extend(part.rows.iter().map(|row| row.id));
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), expected.len(), "{filter:?}");
            assert_eq!(seen, expected, "{filter:?}");
        }
    }
}

async fn rows_read(db: &Database) -> i64 {
    let mut reader = db.read().await.unwrap();
    let counters = query("SHOW SESSION STATUS LIKE 'Handler_read%'").fetch_all(&mut *reader).await.unwrap();
    counters.iter().map(|row| row.get::<String, _>(1).parse::<i64>().unwrap()).sum()
}

#[tokio::test]
async fn no_part_reads_more_rows_the_longer_the_log_is() {
    let Some(database) = TestDatabase::mysql().await else { return };
    fill(&database).await;
    let settings = DatabaseSettings { connections: 1, ..DatabaseSettings::new(database.url().clone()) };
    let db = Database::open(settings).await.unwrap();
    let mut reader = db.read().await.unwrap();
    query("ANALYZE TABLE audit_events").fetch_all(&mut *reader).await.unwrap();
    drop(reader);
    for (filter, numbers) in filters() {
        // From the newest row on, and from the midst.
        let midst = RowCursor { at: moment(ROWS / 2 + 150), id: id(ROWS / 2 + 150) };
        for after in [None, Some(midst)] {
            let before = rows_read(&db).await;
            let asking = rows_read(&db).await - before;
            let part = search::part(&mut db.read().await.unwrap(), &filter, after, 20).await.unwrap();
            let read = rows_read(&db).await - before - 2 * asking;
            assert!(read <= MAX_READ, "{filter:?} after {after:?}: {read} rows");
            if after.is_none() {
                assert_eq!(part.rows.len(), numbers.len().min(20), "{filter:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_statement_of_the_search_goes_along_an_index_in_its_order() {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.read().await.unwrap();
    let all = audit::STORAGE.statements.iter().flat_map(|of_store| of_store.iter().copied());
    let mut indexes = Vec::new();
    for statement in all.filter(|statement| statement.contains("at >= ? AND at <= ?")) {
        let explained: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
        let rows = query(explained).fetch_all(&mut *reader).await.unwrap();
        let details: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let search = details.iter().find(|detail| detail.contains("USING INDEX audit_events_"));
        let search = search.unwrap_or_else(|| panic!("{statement}: {details:?}"));
        let scans = details.iter().any(|detail| detail.starts_with("SCAN audit_events"));
        // Rows of one moment may be put in order, and those of one part; no others.
        let sorts = details.iter().filter(|detail| detail.as_str() == "USE TEMP B-TREE FOR ORDER BY").count();
        assert!(!scans && sorts <= usize::from(statement.contains("part)")), "{statement}: {details:?}");
        let index = search.split(" INDEX ").nth(1).unwrap_or_default();
        indexes.push(index.split(' ').next().unwrap().to_owned());
    }
    for index in ["audit_events_member", "audit_events_operated", "audit_events_kind", "audit_events_actor"] {
        assert!(indexes.iter().any(|used| used == index), "{index}: {indexes:?}");
    }
}
