//! Finding members among very many looks at those who are found, and at no others.

use std::sync::Arc;

use ::audit::{AuditLog, Retention};
use db::{Database, DatabaseSettings, Row as _, query};
use kernel::{Clock as _, OsRandomness};
use members::{Context, Directory, Wanted};
use names::{MemberId, ProviderName, Role};
use testkit::{HandClock, TestDatabase};

/// So many members there are; a statement that goes over all of them reads ten times what is allowed.
const MEMBERS: u32 = 6_000;
/// So many rows may be read for a list of twenty: the members, their places in an index, their roles.
const MAX_ROWS: i64 = 600;

fn id(number: u32) -> String {
    format!("01912f3a-0000-7000-8000-{number:012}")
}

/// Members of whom half are called alike, each with an identity, and every sixth with a role.
async fn fill(database: &TestDatabase) {
    for begin in (0..MEMBERS).step_by(500) {
        let mut tx = database.begin().await.unwrap();
        for number in begin..begin + 500 {
            let nickname = if number % 2 == 0 { "하늘".to_owned() } else { format!("바다{number:05}") };
            query(
                "INSERT INTO members (id, nickname, greeting, email, status, created_at, updated_at) \
                 VALUES (?, ?, '', ?, 'active', 1, 1)",
            )
            .bind(id(number))
            .bind(nickname)
            .bind(format!("m{number}@example.com"))
            .execute(&mut *tx)
            .await
            .unwrap();
            query(
                "INSERT INTO identities (id, member_id, provider, subject, email, email_verified, created_at, last_sign_in_at) \
                 VALUES (?, ?, 'google', ?, ?, 1, 1, 1)",
            )
            .bind(id(number))
            .bind(id(number))
            .bind(number.to_string())
            .bind(format!("m{number}@example.com"))
            .execute(&mut *tx)
            .await
            .unwrap();
            if number % 6 == 0 {
                let give = "INSERT INTO member_roles (member_id, role, given_at) VALUES (?, 'ROLE_ADMIN', 1)";
                query(give).bind(id(number)).execute(&mut *tx).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }
}

async fn directory(database: &TestDatabase) -> Directory {
    let settings = DatabaseSettings { connections: 1, ..DatabaseSettings::new(database.url().clone()) };
    let db = Database::open(settings).await.unwrap();
    let (clock, randomness) = (Arc::new(HandClock::default()), Arc::new(OsRandomness));
    assert!(clock.now().millis() > 0);
    let audit = AuditLog::new(db.clone(), clock.clone(), randomness.clone(), Retention::default());
    Directory::new(Context { db, clock, randomness, audit })
}

async fn rows_read(db: &Database) -> i64 {
    let mut reader = db.read().await.unwrap();
    let counters = query("SHOW SESSION STATUS LIKE 'Handler_read%'").fetch_all(&mut *reader).await.unwrap();
    counters.iter().map(|row| row.get::<String, _>(1).parse::<i64>().unwrap()).sum()
}

fn everything_wanted() -> Vec<(Wanted, bool)> {
    let address = kernel::email_address::read("m4242@example.com").unwrap();
    vec![
        (Wanted::Everybody, true),
        (Wanted::Id(MemberId::parse(&id(4_242)).unwrap()), false),
        (Wanted::Address(address), false),
        (Wanted::Nickname("하늘".to_owned()), true),
        (Wanted::Nickname("바다05".to_owned()), true),
        (Wanted::Subject(ProviderName::Google, "4242".to_owned()), false),
        (Wanted::Role(Role::ADMIN), true),
        (Wanted::Role(Role::USER), true),
    ]
}

#[tokio::test]
async fn no_list_reads_more_rows_the_more_members_there_are() {
    let Some(database) = TestDatabase::mysql().await else { return };
    fill(&database).await;
    let directory = directory(&database).await;
    for (wanted, is_long) in everything_wanted() {
        let mut after = None;
        for part in 0..4 {
            let before = rows_read(directory.db()).await;
            let asking = rows_read(directory.db()).await - before;
            let found = directory.find(&wanted, after, 20).await.unwrap();
            let rows = rows_read(directory.db()).await - before - 2 * asking;
            assert!(rows <= MAX_ROWS, "{wanted:?}, part {part}: {rows} rows");
            assert_eq!(found.members.len(), if is_long { 20 } else { 1 }, "{wanted:?}, part {part}");
            assert_eq!(found.next.is_some(), is_long, "{wanted:?}");
            after = found.next;
            if !is_long {
                break;
            }
        }
    }
}

#[tokio::test]
async fn no_statement_that_finds_members_goes_over_a_table() {
    let database = TestDatabase::sqlite().await;
    let mut reader = database.read().await.unwrap();
    let all = members::STORAGE.statements.iter().flat_map(|of_table| of_table.iter().copied());
    let mut looked_at = 0;
    for statement in all.filter(|statement| {
        statement.starts_with("SELECT id FROM members")
            || statement.starts_with("SELECT member_id AS id")
            || statement.contains("m.delete_at")
    }) {
        let explained: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
        let rows = query(explained).fetch_all(&mut *reader).await.unwrap();
        for row in rows {
            let detail: String = row.get("detail");
            let has_index =
                !detail.starts_with("SCAN ") || detail.contains("CONSTANT") || detail.starts_with("SCAN (");
            assert!(has_index, "{statement}: {detail}");
        }
        looked_at += 1;
    }
    assert!(looked_at >= 8, "{looked_at}");
}
