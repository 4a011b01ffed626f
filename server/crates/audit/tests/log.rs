//! The log against both databases: who reads what, in which order, and for how long.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;

use audit::{AuditEvent, AuditFilter, AuditLog, AuditRowId, Retention, search};
use db::{Database, Dialect, Row as _, query};
use kernel::NewId as _;
use kernel::id::Uuid;
use kernel::{Clock as _, OsRandomness};
use names::{Actor, AuditKind, Source};
use testkit::{HandClock, TestDatabase};

const DAY: Duration = Duration::from_hours(24);
const HONG: Uuid = Uuid::from_u128(1);
const KIM: Uuid = Uuid::from_u128(2);

struct Stage {
    database: TestDatabase,
    clock: Arc<HandClock>,
    log: AuditLog,
}

impl Stage {
    async fn both() -> [Self; 2] {
        let [sqlite, mysql] = TestDatabase::both().await;
        [Self::on(sqlite).await, Self::on(mysql).await]
    }

    async fn on(database: TestDatabase) -> Self {
        let db = Database::open(database.url()).await.unwrap();
        let clock = Arc::new(HandClock::default());
        let retention = Retention { accounts: DAY * 100, anonymous: DAY * 10 };
        let log = AuditLog::new(db, clock.clone(), Arc::new(OsRandomness), retention);
        Self { database, clock, log }
    }

    async fn record(&self, event: AuditEvent<'_>) {
        let mut tx = self.database.begin().await.unwrap();
        self.log.record(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self) -> i64 {
        let mut reader = self.database.read().await.unwrap();
        query("SELECT COUNT(*) FROM audit_events").fetch_one(&mut *reader).await.unwrap().get(0)
    }

    async fn clean(&self) -> u64 {
        let mut tx = self.database.begin().await.unwrap();
        let deleted = self.log.delete_expired(&mut tx, 100).await.unwrap();
        tx.commit().await.unwrap();
        deleted
    }
}

fn source() -> Source {
    Source::request("a-request", "203.0.113.0/24".to_owned(), "a test")
}

#[tokio::test]
async fn what_one_transaction_does_is_read_in_that_order() {
    let kinds = [AuditKind::DeletionRequest, AuditKind::FactorResetStopped, AuditKind::ProfileChange];
    for stage in Stage::both().await {
        let source = source();
        let mut tx = stage.database.begin().await.unwrap();
        for kind in kinds.iter().cycle().take(30) {
            stage.log.record(&mut tx, &AuditEvent::new(*kind, &source).about(HONG)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = stage.database.read().await.unwrap();
        let read =
            query("SELECT kind FROM audit_events ORDER BY at, id").fetch_all(&mut *reader).await.unwrap();
        let read: Vec<String> = read.iter().map(|row| row.get(0)).collect();
        assert_eq!(read, kinds.iter().cycle().take(30).map(|kind| kind.as_str()).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn s_log_4_older_rows_follow_without_gap_or_repetition_while_new_ones_come() {
    for stage in Stage::both().await {
        let source = source();
        let change = || AuditEvent::new(AuditKind::ProfileChange, &source).about(HONG);
        for count in 0..72 {
            // Some rows share a moment.
            if count % 3 == 0 {
                stage.clock.advance(Duration::from_secs(1));
            }
            stage.record(change()).await;
        }
        let (mut after, mut parts, mut seen) = (None, Vec::new(), Vec::new());
        loop {
            let page = stage.log.history(HONG, after).await.unwrap().unwrap();
            parts.push(page.rows.len());
            seen.extend(page.rows.iter().map(|row| (row.at, row.id.to_string())));
            stage.record(change()).await;
            after = page.older;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(parts, [30, 30, 12]);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    }
}

#[tokio::test]
async fn s_log_4_nobody_reads_on_from_a_row_about_somebody_else() {
    for stage in Stage::both().await {
        let source = source();
        stage.record(AuditEvent::new(AuditKind::SignIn, &source).about(HONG)).await;
        stage.record(AuditEvent::new(AuditKind::SignIn, &source).about(KIM)).await;
        let own = stage.log.history(KIM, None).await.unwrap().unwrap();
        assert_eq!(own.rows.len(), 1, "nothing about others");
        assert_eq!(stage.log.history(HONG, Some(own.rows[0].id)).await.unwrap(), None);
        let invented = AuditRowId::new(&*stage.clock, &OsRandomness);
        assert_eq!(stage.log.history(HONG, Some(invented)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn s_log_4_operators_find_who_did_what_when_and_from_where() {
    for stage in Stage::both().await {
        let began = stage.clock.now();
        let (source, operator) = (source(), Source::system().by(Actor::Operator));
        stage.record(AuditEvent::new(AuditKind::MailboxProof, &source).about(HONG)).await;
        stage.clock.advance(Duration::from_mins(1));
        let later = stage.clock.now();
        let failed = || AuditEvent::new(AuditKind::SignIn, &source).failed("bad_credentials");
        stage.record(failed().about(HONG)).await;
        stage.clock.advance(Duration::from_secs(1));
        stage.record(failed()).await;
        stage.clock.advance(Duration::from_secs(1));
        stage.record(AuditEvent::new(AuditKind::SignedOutByOperator, &operator).about(KIM)).await;

        let mut reader = stage.database.read().await.unwrap();
        let mut find = async |filter: AuditFilter| {
            let rows = search::newest(&mut reader, &filter, 10).await.unwrap();
            rows.into_iter().map(|row| (row.kind, row.outcome, row.member)).collect::<Vec<_>>()
        };
        let row = |kind: &str, outcome: &str, member: Option<Uuid>| {
            (kind.to_owned(), outcome.to_owned(), member.map(|id| id.to_string()))
        };
        let tries = [row("sign_in", "failure", None), row("sign_in", "failure", Some(HONG))];
        let ended = row("signed_out_by_operator", "success", Some(KIM));
        let all_later = find(AuditFilter { since: Some(later), ..AuditFilter::default() }).await;
        assert_eq!(all_later, [std::slice::from_ref(&ended), &tries].concat());
        let kind = Some(AuditKind::MailboxProof);
        let proof = [row("mailbox_proof", "success", Some(HONG))];
        assert_eq!(find(AuditFilter { kind, ..AuditFilter::default() }).await, proof);
        let about = AuditFilter {
            member: Some(HONG),
            since: Some(began),
            kind: Some(AuditKind::SignIn),
            ..AuditFilter::default()
        };
        assert_eq!(find(about).await, tries[1..]);
        let actor = Some(Actor::Operator);
        assert_eq!(find(AuditFilter { actor, ..AuditFilter::default() }).await, [ended]);
        drop(reader);
        let mut reader = stage.database.read().await.unwrap();
        assert_eq!(search::operator_actions(&mut reader, began).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn members_see_what_is_for_them_and_take_all_of_it_with_them() {
    for stage in Stage::both().await {
        let source = source();
        for kind in AuditKind::ALL {
            stage.record(AuditEvent::new(*kind, &source).about(HONG)).await;
        }
        let first = stage.log.history(HONG, None).await.unwrap().unwrap();
        let second = stage.log.history(HONG, first.older).await.unwrap().unwrap();
        let rows = first.rows.iter().chain(&second.rows);
        let mut seen: Vec<_> = rows.map(|row| row.kind.as_str()).collect();
        seen.sort_unstable();
        let shown = AuditKind::ALL.iter().filter(|kind| kind.is_for_members());
        let mut shown: Vec<_> = shown.map(|kind| kind.as_str()).collect();
        shown.sort_unstable();
        assert_eq!(seen, shown);
        let all = stage.log.exported(HONG, None).await.unwrap();
        assert_eq!(all.rows.len(), AuditKind::ALL.len());
        assert!(stage.log.exported(HONG, all.last).await.unwrap().last.is_none());
    }
}

#[tokio::test]
async fn an_export_has_every_row_once_however_many_there_are_and_whatever_comes_meanwhile() {
    for stage in Stage::both().await {
        let (source, many) = (source(), 450);
        for _ in 0..many {
            stage.record(AuditEvent::new(AuditKind::SignIn, &source).about(HONG)).await;
        }
        let (mut place, mut sizes) = (None, Vec::new());
        loop {
            let batch = stage.log.exported(HONG, place).await.unwrap();
            let Some(last) = batch.last else { break };
            place = Some(last);
            sizes.push(batch.rows.len());
            stage.record(AuditEvent::new(AuditKind::SignOut, &source).about(HONG)).await;
        }
        assert_eq!(sizes, [200, 200, 50]);
    }
}

#[tokio::test]
async fn s_rate_7_refusals_that_wait_are_one_row_for_each_network_and_hour() {
    for stage in Stage::both().await {
        let source = source();
        for _ in 0..100 {
            stage.log.count_refusal(&AuditEvent::new(AuditKind::LimitExceeded, &source).failed("TOO_MANY"));
        }
        assert_eq!(stage.count().await, 0, "nobody waits for it");
        stage.log.flush().await.unwrap();
        let mut reader = stage.database.read().await.unwrap();
        let rows = search::newest(&mut reader, &AuditFilter::default(), 10).await.unwrap();
        assert_eq!(
            rows.iter().map(|row| (row.times, row.actor.as_str())).collect::<Vec<_>>(),
            [(100, "member")]
        );
    }
}

#[tokio::test]
async fn rows_from_before_there_were_actors_get_the_one_that_their_kind_implies() {
    for stage in Stage::both().await {
        let migration = match stage.database.dialect() {
            Dialect::Sqlite => include_str!("../../../../migrations/sqlite/0020_audit_actors.sql"),
            Dialect::Mysql => include_str!("../../../../migrations/mysql/0020_audit_actors.sql"),
        };
        let (source, system) = (source(), Source::system());
        for kind in AuditKind::ALL {
            stage.record(AuditEvent::new(*kind, &source).about(HONG)).await;
        }
        stage.record(AuditEvent::new(AuditKind::TokenReuse, &system).about(HONG)).await;
        let mut tx = stage.database.begin().await.unwrap();
        query("UPDATE audit_events SET actor = 'member'").execute(&mut *tx).await.unwrap();
        let lines = migration.lines().filter(|line| !line.starts_with("--"));
        let statements = lines.collect::<Vec<_>>().join("\n");
        let updates = statements.split(';').filter(|statement| statement.trim().starts_with("UPDATE"));
        for update in updates.map(|update| update.trim().to_owned()) {
            sqlx::query(sqlx::AssertSqlSafe(update)).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();

        let mut reader = stage.database.read().await.unwrap();
        let rows = search::newest(&mut reader, &AuditFilter::default(), 100).await.unwrap();
        let mut others: Vec<_> = rows
            .iter()
            .filter(|row| row.actor != "member")
            .map(|row| (row.actor.as_str(), row.kind.as_str()))
            .collect();
        others.sort_unstable();
        let expected = [
            ("client", "provider_notice"),
            ("operator", "signed_out_by_operator"),
            ("system", "account_erased"),
            ("system", "provider_unlink"),
            ("system", "token_reuse"),
        ];
        assert_eq!(others, expected);
    }
}

#[tokio::test]
async fn s_ops_6_rows_go_after_their_time_and_anonymous_ones_earlier() {
    for stage in Stage::both().await {
        let source = source();
        stage.record(AuditEvent::new(AuditKind::SignIn, &source).about(HONG)).await;
        stage.record(AuditEvent::new(AuditKind::SignIn, &source).failed("bad_credentials")).await;
        let system = Source::system();
        stage.record(AuditEvent::new(AuditKind::ProviderUnlink, &system)).await;
        assert_eq!((stage.clean().await, stage.count().await), (0, 3));
        stage.clock.advance(DAY * 10);
        assert_eq!((stage.clean().await, stage.count().await), (1, 2), "nobody is known for it");
        stage.clock.advance(DAY * 89);
        assert_eq!(stage.clean().await, 0);
        stage.clock.advance(DAY);
        assert_eq!((stage.clean().await, stage.count().await), (2, 0));
    }
}

#[tokio::test]
async fn what_happens_is_summed_by_the_hour_and_the_sums_are_found_by_their_key() {
    for stage in Stage::both().await {
        let source = source();
        let sign_in = |method| AuditEvent::new(AuditKind::SignIn, &source).by_method(method);
        for method in ["google", "google", "password"] {
            stage.record(sign_in(method)).await;
        }
        let failed = sign_in("password").failed("bad_credentials");
        for _ in 0..3 {
            stage.log.record_refusal(&failed).await.unwrap();
        }
        stage.record(AuditEvent::new(AuditKind::SignOut, &source)).await;
        // What is rolled back did not happen.
        let mut tx = stage.database.begin().await.unwrap();
        stage.log.record(&mut tx, &sign_in("kakao")).await.unwrap();
        drop(tx);
        let since = stage.clock.now();
        stage.log.flush().await.unwrap();
        stage.clock.advance(Duration::from_hours(1));
        stage.record(sign_in("google")).await;
        stage.log.flush().await.unwrap();
        stage.record(sign_in("google")).await;
        stage.log.flush().await.unwrap();
        stage.log.flush().await.unwrap();
        let mut reader = stage.database.read().await.unwrap();
        let sums = async |reader: &mut db::Connection, since| {
            let sums = audit::sums::by_hour(reader, AuditKind::SignIn, since).await.unwrap();
            let first = sums.first().map(|sum| sum.hour.millis()).unwrap_or_default();
            let plain = sums
                .into_iter()
                .map(|sum| ((sum.hour.millis() - first) / 3_600_000, sum.method, sum.succeeded, sum.times));
            plain.collect::<Vec<_>>()
        };
        let of = |hour, method: &str, succeeded, times| (hour, method.to_owned(), succeeded, times);
        assert_eq!(
            sums(&mut reader, since).await,
            [
                of(0, "google", true, 2),
                of(0, "password", false, 3),
                of(0, "password", true, 1),
                of(1, "google", true, 2)
            ]
        );
        assert_eq!(sums(&mut reader, stage.clock.now()).await, [of(0, "google", true, 2)]);
        drop(reader);
    }
}
