//! What a database does while the program runs on it: full disks, killed connections, replicas that start together.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use db::{Connection, Database, DatabaseUrl, DbError, Row as _, query};
use testkit::TestDatabase;

async fn run(connection: &mut Connection, sql: &'static str) -> Result<(), DbError> {
    query(sql).execute(connection).await?;
    Ok(())
}

/// Lets the file of SQLite grow by so many pages at most, as a disk does that is nearly full, for as long as the connection
/// lives.
async fn limit_pages(connection: &mut Connection, spare: i64) {
    let pages: i64 = query("PRAGMA page_count").fetch_one(&mut *connection).await.unwrap().get(0);
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + spare));
    query(limit).fetch_one(connection).await.unwrap();
}

const LARGE: &str = "INSERT INTO write_probes (id, written, filler) VALUES ('large', 0, zeroblob(1000000))";
const GONE: &str = "DELETE FROM write_probes WHERE id = 'large'";

#[tokio::test]
async fn a_full_disk_is_unavailable_for_as_long_as_it_is_full() {
    let database = TestDatabase::sqlite().await;
    database.check_writes().await.unwrap();
    for _ in 0..5 {
        let mut tx = database.begin().await.unwrap();
        limit_pages(&mut tx, 2).await;
        let error = run(&mut tx, LARGE).await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        drop(tx);
        let mut reader = database.read().await.unwrap();
        query("SELECT COUNT(*) FROM members").fetch_one(&mut *reader).await.unwrap();
    }
    // The disk has room again.
    let mut tx = database.begin().await.unwrap();
    limit_pages(&mut tx, 1_000_000).await;
    run(&mut tx, LARGE).await.unwrap();
    run(&mut tx, GONE).await.unwrap();
    tx.commit().await.unwrap();
    database.check_writes().await.unwrap();
}

/// SQLite ends a transaction by itself when a disk is full. The driver does not know, cannot roll it back, and counts it forever.
#[tokio::test]
async fn a_connection_whose_transaction_ended_badly_leaves_the_pool() {
    let database = TestDatabase::sqlite().await;
    for _ in 0..3 {
        let mut tx = database.begin().await.unwrap();
        run(&mut tx, "ROLLBACK").await.unwrap();
        drop(tx);
        let mut tx = database.begin().await.unwrap();
        run(&mut tx, "COMMIT").await.unwrap();
        assert!(tx.commit().await.is_err(), "there was nothing to commit");
    }
    let tx = database.begin().await.unwrap();
    tx.commit().await.unwrap();
}

/// SQLite opens a file for reading alone where it cannot open it for writing, and says nothing; the connection stays so when
/// the file system takes writes again. One to a server that became a replica of another does as well.
#[tokio::test]
async fn a_connection_that_became_read_only_is_replaced() {
    let database = TestDatabase::sqlite().await;
    for _ in 0..3 {
        let mut tx = database.begin().await.unwrap();
        run(&mut tx, "PRAGMA query_only = ON").await.unwrap();
        drop(tx);
        let error = database.begin().await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        // The first one may have gone back before its failure was noted.
        let again = database.begin().await.is_ok();
        assert!(again || database.begin().await.is_ok());
        database.check_writes().await.unwrap();
    }
}

#[tokio::test]
async fn transactions_that_are_given_up_at_any_moment_block_nothing() {
    for database in TestDatabase::both().await {
        for steps in 0..200 {
            // Dropped after so many polls: in the middle of the beginning, of a statement, or of the commit.
            let work = async {
                let mut tx = database.begin().await?;
                run(&mut tx, "UPDATE write_probes SET written = written + 1").await?;
                tx.commit().await
            };
            let mut work = std::pin::pin!(work);
            for _ in 0..steps % 12 {
                let polled = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(work.as_mut().poll(context).is_ready())
                });
                if polled.await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..40 {
            let mut tx = database.begin().await.unwrap();
            run(&mut tx, "UPDATE write_probes SET written = written + 1").await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_connection_that_the_server_kills_is_replaced() {
    let Some(database) = TestDatabase::mysql().await else { return };
    for _ in 0..20 {
        let mut tx = database.begin().await.unwrap();
        let id: i64 =
            query("SELECT CAST(CONNECTION_ID() AS SIGNED)").fetch_one(&mut *tx).await.unwrap().get(0);
        let mut other = database.read().await.unwrap();
        let kill = sqlx::AssertSqlSafe(format!("KILL CONNECTION {id}"));
        query(kill).execute(&mut *other).await.unwrap();
        let error = run(&mut tx, "UPDATE write_probes SET written = 1").await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    }
    let mut tx = database.begin().await.unwrap();
    run(&mut tx, "UPDATE write_probes SET written = 1").await.unwrap();
    tx.commit().await.unwrap();
    database.check_writes().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_not_got_in_time_is_unavailable() {
    let Some(database) = TestDatabase::mysql().await else { return };
    database.check_writes().await.unwrap();
    let mut holder = database.begin().await.unwrap();
    run(&mut holder, "UPDATE write_probes SET written = 1").await.unwrap();
    let mut waiter = database.begin().await.unwrap();
    run(&mut waiter, "SET SESSION innodb_lock_wait_timeout = 1").await.unwrap();
    let error = run(&mut waiter, "UPDATE write_probes SET written = 2").await.unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    run(&mut waiter, "SET SESSION innodb_lock_wait_timeout = 5").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_read_only_for_us_is_unavailable() {
    let Some(database) = TestDatabase::mysql().await else { return };
    database.check_writes().await.unwrap();
    let mut tx = database.begin().await.unwrap();
    run(&mut tx, "COMMIT").await.unwrap();
    // Not as a prepared statement, which MySQL would not take.
    sqlx::Executor::execute(&mut *tx, "START TRANSACTION READ ONLY").await.unwrap();
    let error = run(&mut tx, "UPDATE write_probes SET written = 2").await.unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn replicas_that_open_an_empty_database_together_all_come_up() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = DatabaseUrl::parse(&format!("sqlite:{}/new/d.db", folder.path().display())).unwrap();
        for url in [Some(sqlite), TestDatabase::empty_mysql().await].into_iter().flatten() {
            let starts: Vec<_> = (0..6)
                .map(|_| {
                    let url = url.clone();
                    tokio::spawn(async move { Database::open(&url).await })
                })
                .collect();
            for start in starts {
                start.await.unwrap().unwrap().close().await;
            }
            Database::check(&url).await.unwrap();
        }
    }
}

/// Until the server shows another connection to the same database that waits in `GET_LOCK`.
async fn until_another_waits_for_a_lock(connection: &mut Connection) {
    const WAITING: &str = "SELECT COUNT(*) FROM information_schema.processlist \
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND state = 'User lock'";
    let began = std::time::Instant::now();
    loop {
        let waiting: i64 = query(WAITING).fetch_one(&mut *connection).await.unwrap().get(0);
        if waiting > 0 {
            return;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "no other connection waits");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn who_migrates_holds_a_lock_that_the_others_wait_for() {
    let Some(url) = TestDatabase::empty_mysql().await else { return };
    let holder = Database::connect(&url).await.unwrap();
    let mut held = holder.read().await.unwrap();
    run(&mut held, "SELECT GET_LOCK(CONCAT('daemun.', SHA2(DATABASE(), 224)), 0)").await.unwrap();
    let opening = tokio::spawn({
        let url = url.clone();
        async move { Database::open(&url).await }
    });
    until_another_waits_for_a_lock(&mut held).await;
    assert!(!opening.is_finished(), "it waits");
    run(&mut held, "SELECT RELEASE_LOCK(CONCAT('daemun.', SHA2(DATABASE(), 224)))").await.unwrap();
    drop(held);
    opening.await.unwrap().unwrap().close().await;
    holder.close().await;
}

#[tokio::test]
async fn what_a_start_would_refuse_is_found_before() {
    for database in TestDatabase::both().await {
        for (sql, expected) in [
            ("UPDATE _sqlx_migrations SET success = 0 WHERE version = 1", "migration 1 was begun"),
            (
                "UPDATE _sqlx_migrations SET success = 1, checksum = x'00' WHERE version = 1",
                "migration 1 of the",
            ),
            ("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1", "a newer Daemun"),
        ] {
            let mut tx = database.begin().await.unwrap();
            run(&mut tx, sql).await.unwrap();
            tx.commit().await.unwrap();
            let found = Database::check(database.url()).await.unwrap_err().to_string();
            let refused = Database::open(database.url()).await.unwrap_err().to_string();
            assert!(found.contains(expected), "{found}");
            assert_eq!(found, refused);
        }
    }
}

#[tokio::test]
async fn a_path_is_what_stands_there_letter_by_letter() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["50%.db", "50%25.db", "my?.db", "a#b.db", "대문 하나.db", "up/../x.db", "a&b=c.db", "file:x"]
    {
        let path = folder.path().join(name);
        let url = DatabaseUrl::parse(&format!("sqlite:{}", path.display())).unwrap();
        std::fs::create_dir_all(folder.path().join("up")).unwrap();
        let database = Database::open(&url).await.unwrap();
        assert!(path.is_file(), "{name}");
        database.close().await;
        let again = DatabaseUrl::parse(&url.expose()).unwrap();
        assert_eq!(again, url);
    }
}
