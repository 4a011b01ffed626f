//! Transactions that the database interrupts are done again, and nobody hears of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Connection, Database, DbError, LentTransaction, Row as _, Transaction, query};
use testkit::TestDatabase;
use tokio::sync::Barrier;

async fn run(connection: &mut Connection, sql: &'static str) -> Result<(), DbError> {
    query(sql).execute(connection).await?;
    Ok(())
}

const MAKE: &str = "INSERT INTO write_probes (id, written) VALUES ('one', 0), ('two', 0)";
const ONE: &str = "UPDATE write_probes SET written = written + 1 WHERE id = 'one'";
const TWO: &str = "UPDATE write_probes SET written = written + 1 WHERE id = 'two'";

/// With two rows to count in.
async fn counting(database: &Database) {
    let make = async |mut tx: LentTransaction| {
        run(&mut tx, MAKE).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    database.transact(make).await.unwrap();
}

async fn counts(database: &Database) -> (i64, i64) {
    let mut reader = database.read().await.unwrap();
    let rows = query("SELECT written FROM write_probes WHERE id IN ('one', 'two') ORDER BY id");
    let rows = rows.fetch_all(&mut *reader).await.unwrap();
    (rows[0].get(0), rows[1].get(0))
}

async fn connection_of(tx: &mut Transaction) -> i64 {
    query("SELECT CAST(CONNECTION_ID() AS SIGNED)").fetch_one(&mut **tx).await.unwrap().get(0)
}

async fn kill(database: &Database, connection: i64) {
    let mut other = database.read().await.unwrap();
    query(sqlx::AssertSqlSafe(format!("KILL CONNECTION {connection}"))).execute(&mut *other).await.unwrap();
}

#[tokio::test]
async fn what_is_executed_last_is_true_with_the_commit_and_fails_with_it() {
    for database in TestDatabase::both().await {
        counting(&database).await;
        let counted = async |mut tx: LentTransaction| {
            tx.execute_last(query(ONE))?;
            tx.execute_last(query("UPDATE write_probes SET written = written + ? WHERE id = 'two'").bind(2))?;
            run(&mut tx, "UPDATE write_probes SET written = 10 WHERE id = 'one'").await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        database.transact(counted).await.unwrap();
        assert_eq!(counts(&database).await, (11, 2), "after the others");
        let mut dropped = database.begin().await.unwrap();
        dropped.execute_last(query(ONE)).unwrap();
        drop(dropped);
        let rolled_back = async |mut tx: LentTransaction| {
            tx.execute_last(query(ONE))?;
            Ok::<_, DbError>(tx.roll_back(()))
        };
        database.transact(rolled_back).await.unwrap();
        assert_eq!(counts(&database).await, (11, 2), "without a commit it is not executed");
        let fails = async |mut tx: LentTransaction| {
            tx.execute_last(query(TWO))?;
            tx.execute_last(query("INSERT INTO write_probes (id, written) VALUES ('one', 0)"))?;
            run(&mut tx, ONE).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        assert!(matches!(database.transact(fails).await, Err(DbError::Exists(_))));
        assert_eq!(counts(&database).await, (11, 2), "and nothing else is true");
        database.transact(counted).await.unwrap();
        assert_eq!(counts(&database).await, (11, 4), "and the connection is good");
    }
}

#[tokio::test]
async fn work_says_how_its_transaction_ends_and_acts_outside_only_after_a_commit() {
    for database in TestDatabase::both().await {
        counting(&database).await;
        let acts = Arc::new(Mutex::new(Vec::new()));
        let note = |tx: &mut Transaction, what: &'static str| {
            let acts = Arc::clone(&acts);
            tx.after_commit(move || acts.lock().unwrap().push(what));
        };
        let commits = async |mut tx: LentTransaction| {
            run(&mut tx, ONE).await?;
            note(&mut tx, "committed");
            Ok::<_, DbError>(tx.commit(7))
        };
        let rolls_back = async |mut tx: LentTransaction| {
            run(&mut tx, ONE).await?;
            note(&mut tx, "rolled back");
            Ok::<_, DbError>(tx.roll_back(8))
        };
        let fails = async |mut tx: LentTransaction| {
            run(&mut tx, ONE).await?;
            note(&mut tx, "failed");
            Err::<db::Ended<()>, _>(DbError::Unreadable { column: "none" })
        };
        assert_eq!(database.transact(commits).await.unwrap(), 7);
        assert_eq!(database.transact(rolls_back).await.unwrap(), 8);
        assert!(matches!(database.transact(fails).await, Err(DbError::Unreadable { .. })));
        assert_eq!(counts(&database).await, (1, 0));
        assert_eq!(*acts.lock().unwrap(), ["committed"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_wait_for_each_other_both_come_through() {
    let Some(database) = TestDatabase::mysql().await else { return };
    counting(&database).await;
    let (both_hold, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let crossing = |statements: [&'static str; 2]| {
        let (database, both_hold, attempts) = ((*database).clone(), both_hold.clone(), attempts.clone());
        tokio::spawn(async move {
            let cross = async |mut tx: LentTransaction| {
                run(&mut tx, statements[0]).await?;
                if attempts.fetch_add(1, Ordering::SeqCst) < 2 {
                    both_hold.wait().await;
                }
                run(&mut tx, statements[1]).await?;
                Ok::<_, DbError>(tx.commit(()))
            };
            database.transact(cross).await
        })
    };
    for crossed in [crossing([ONE, TWO]), crossing([TWO, ONE])] {
        crossed.await.unwrap().unwrap();
    }
    assert_eq!(counts(&database).await, (2, 2), "each once");
    assert!(attempts.load(Ordering::SeqCst) > 2, "one was done again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_alone_and_transactions_that_wait_for_it_all_come_through() {
    const BOTH: &str = "UPDATE write_probes SET written = written + 1 WHERE id IN ('one', 'two')";
    for database in TestDatabase::both().await {
        counting(&database).await;
        let mut all = tokio::task::JoinSet::new();
        for number in 0..60 {
            let database = (*database).clone();
            all.spawn(async move {
                let backwards = async |mut tx: LentTransaction| {
                    run(&mut tx, TWO).await?;
                    run(&mut tx, ONE).await?;
                    Ok::<_, DbError>(tx.commit(2))
                };
                if number % 2 == 0 {
                    database.transact(backwards).await
                } else {
                    database.execute_alone(|| query(BOTH)).await
                }
            });
        }
        for changed in all.join_all().await {
            assert_eq!(changed.unwrap(), 2);
        }
        assert_eq!(counts(&database).await, (60, 60), "each once, and true when it was answered");
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_commit_costs_nothing() {
    let Some(database) = TestDatabase::mysql().await else { return };
    counting(&database).await;
    let attempts = AtomicU32::new(0);
    let work = async |mut tx: LentTransaction| {
        run(&mut tx, ONE).await?;
        if attempts.fetch_add(1, Ordering::SeqCst) < 2 {
            let connection = connection_of(&mut tx).await;
            kill(&database, connection).await;
        }
        run(&mut tx, TWO).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    database.transact(work).await.unwrap();
    assert_eq!(counts(&database).await, (1, 1));
}

/// Nobody knows whether it is true, so it is not done again: that may be twice.
#[tokio::test]
async fn a_connection_that_is_lost_at_the_commit_is_an_outage() {
    let Some(database) = TestDatabase::mysql().await else { return };
    counting(&database).await;
    let attempts = AtomicU32::new(0);
    let work = async |mut tx: LentTransaction| {
        run(&mut tx, ONE).await?;
        attempts.fetch_add(1, Ordering::SeqCst);
        let connection = connection_of(&mut tx).await;
        kill(&database, connection).await;
        Ok::<_, DbError>(tx.commit(()))
    };
    let error = database.transact(work).await.unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    let done_again = u32::from(std::env::var_os("DAEMUN_TEST_CONFLICTS").is_some());
    assert_eq!(attempts.load(Ordering::SeqCst), 1 + done_again);
}

#[tokio::test]
async fn a_lock_that_comes_free_later_is_waited_for_again() {
    let Some(database) = TestDatabase::mysql().await else { return };
    counting(&database).await;
    let mut holder = database.begin().await.unwrap();
    run(&mut holder, ONE).await.unwrap();
    let holder = Mutex::new(Some(holder));
    let work = async |mut tx: LentTransaction| {
        run(&mut tx, "SET SESSION innodb_lock_wait_timeout = 1").await?;
        let waited = run(&mut tx, ONE).await;
        if waited.is_err() {
            drop(holder.lock().unwrap().take());
        }
        run(&mut tx, "SET SESSION innodb_lock_wait_timeout = 5").await?;
        waited?;
        Ok::<_, DbError>(tx.commit(()))
    };
    database.transact(work).await.unwrap();
    assert_eq!(counts(&database).await, (1, 0));
}

#[tokio::test]
async fn who_is_interrupted_again_and_again_is_told() {
    let Some(database) = TestDatabase::mysql().await else { return };
    counting(&database).await;
    let attempts = AtomicU32::new(0);
    let work = async |mut tx: LentTransaction| {
        attempts.fetch_add(1, Ordering::SeqCst);
        let connection = connection_of(&mut tx).await;
        kill(&database, connection).await;
        run(&mut tx, ONE).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    let told = tokio::time::timeout(Duration::from_secs(10), database.transact(work)).await.unwrap();
    assert!(matches!(told, Err(DbError::Unavailable(_))), "{told:?}");
    assert_eq!(attempts.load(Ordering::SeqCst), 5);
    assert_eq!(counts(&database).await, (0, 0));
}

/// As in a handler, whose future goes from thread to thread.
#[test]
fn a_transaction_can_be_awaited_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    async fn nothing(database: &Database, text: &str) -> Result<usize, DbError> {
        let work = async |mut tx: LentTransaction| {
            run(&mut tx, ONE).await?;
            Ok(tx.commit(text.len()))
        };
        database.transact(work).await
    }
    let _ = |database: &Database| is_send(&nothing(database, "word"));
}

#[tokio::test]
async fn statements_that_are_executed_together_are_as_they_are_one_by_one() {
    const ADD: &str = "UPDATE write_probes SET written = written + ? WHERE id = ? AND written < ?";
    const READ: &str = "SELECT id, written FROM write_probes WHERE id IN (?, ?) ORDER BY id";
    let add = |by: i64, id: &'static str, below: i64| query(ADD).bind(by).bind(id).bind(below);
    for database in TestDatabase::both().await {
        counting(&database).await;
        // Twice: the second time by the statement that was prepared the first time.
        for round in 0..2 {
            let mut tx = database.begin().await.unwrap();
            let [one, neither, read, two] = tx
                .execute_together([
                    add(5, "one", 100),
                    add(7, "two", -1),
                    query(READ).bind("one").bind("two"),
                    add(2, "two", 100),
                ])
                .await
                .unwrap();
            assert_eq!((one.changed, neither.changed, two.changed), (1, 0, 1));
            assert!(one.rows.is_empty() && neither.rows.is_empty() && two.rows.is_empty());
            let written: Vec<i64> = read.rows.iter().map(|row| row.get("written")).collect();
            assert_eq!(written, [5 * (round + 1), 2 * round], "what came before, and not what comes after");
            tx.commit().await.unwrap();
        }
        assert_eq!(counts(&database).await, (10, 4));
    }
}

#[tokio::test]
async fn what_is_read_together_is_what_is_read_one_by_one() {
    const READ: &str = "SELECT id FROM write_probes WHERE id LIKE ? ORDER BY id";
    for database in TestDatabase::both().await {
        counting(&database).await;
        let mut reader = database.read().await.unwrap();
        let read = |id: &'static str| query(READ).bind(id);
        let statements = [read("t%"), read("nobody"), read("o%")];
        let read = db::fetch_together(&mut reader, database.dialect(), statements).await.unwrap();
        let read = read.map(|rows| rows.iter().map(|row| row.get("id")).collect::<Vec<String>>());
        assert_eq!(read, [vec!["two".to_owned()], vec![], vec!["one".to_owned()]]);
    }
}

#[tokio::test]
async fn of_statements_together_none_comes_after_one_that_fails() {
    const ADD: &str = "INSERT INTO write_probes (id, written) VALUES (?, 0)";
    for database in TestDatabase::both().await {
        counting(&database).await;
        let mut tx = database.begin().await.unwrap();
        let add = |id: &'static str| query(ADD).bind(id);
        let failed = tx.execute_together([add("three"), add("one"), add("four")]).await;
        assert!(matches!(failed, Err(DbError::Exists(_))), "{failed:?}");
        let there = query("SELECT id FROM write_probes WHERE id IN ('three', 'four')");
        let there = there.fetch_all(&mut *tx).await.unwrap();
        assert_eq!(there.iter().map(|row| row.get::<String, _>("id")).collect::<Vec<_>>(), ["three"]);
        drop(tx);
        let mut reader = database.read().await.unwrap();
        let left = query("SELECT id FROM write_probes").fetch_all(&mut *reader).await.unwrap();
        assert_eq!(left.len(), 2, "and the transaction leaves nothing");
    }
}
