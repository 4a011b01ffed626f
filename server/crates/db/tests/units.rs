//! Statements that are known before: true together or not at all, and nobody's error is anybody else's, although those who ask SQLite
//! at the same moment share a commit.

#![expect(clippy::unwrap_used, reason = "a test fails where it is")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Database, DbError, Row as _, Unit, query};
use testkit::TestDatabase;
use tokio::task::JoinSet;

const INSERT: &str = "INSERT INTO write_probes (id, written) VALUES (?, ?)";
const WRITTEN: &str = "SELECT written FROM write_probes WHERE id = ?";
const ADD: &str = "UPDATE write_probes SET written = written + ? WHERE id = ?";
/// So many that several groups are made of them.
const MANY: i64 = 40;

async fn written(database: &Database, id: &str) -> Option<i64> {
    database.find(query(WRITTEN).bind(id.to_owned())).await.unwrap().map(|row| row.get("written"))
}

/// Adds to a row that must be there, after a row of one's own.
fn adding(own: &str, to: &str) -> Result<Unit, DbError> {
    let mut unit = Unit::default();
    unit.add(query(INSERT).bind(own.to_owned()).bind(1_i64))?;
    unit.add_change(query(ADD).bind(1_i64).bind(to.to_owned()))?;
    Ok(unit)
}

/// Runs all of them at once, when the one writer of SQLite comes free.
async fn all_at_once<T: Send + 'static, F>(database: &Database, act: impl Fn(Database, i64) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let held = database.begin().await.unwrap();
    let mut all = JoinSet::new();
    for number in 0..MANY {
        all.spawn(act((*database).clone(), number));
    }
    tokio::task::yield_now().await;
    held.commit().await.unwrap();
    all.join_all().await
}

#[tokio::test]
async fn all_who_ask_at_once_are_answered_each_by_what_they_asked() {
    for database in TestDatabase::both().await {
        let done = all_at_once(&database, async |database: Database, number| {
            let (own, unit) = (format!("own-{number}"), || query(INSERT));
            let changed = database.execute_alone(|| unit().bind(format!("own-{number}")).bind(number)).await;
            (number, changed.unwrap(), written(&database, &own).await)
        })
        .await;
        for (number, changed, read) in done {
            assert_eq!((changed, read), (1, Some(number)));
        }
        assert_eq!(written(&database, "nobody's").await, None);
    }
}

#[tokio::test]
async fn a_unit_is_true_as_a_whole_or_not_at_all() {
    for database in TestDatabase::both().await {
        let afterwards = Arc::new(AtomicU32::new(0));
        let done = database.execute_unit(|| adding("first", "nobody")).await;
        assert!(done.unwrap().is_none(), "there is no such row");
        assert_eq!(written(&database, "first").await, None, "so the other one is not there either");
        let unit = || {
            let mut unit = Unit::default();
            let found = query(WRITTEN).bind("first");
            unit.add(query(INSERT).bind("first").bind(5_i64))?;
            unit.add_find(found)?;
            let counted = Arc::clone(&afterwards);
            unit.after_commit(move || _ = counted.fetch_add(1, Ordering::SeqCst));
            Ok::<_, DbError>(unit)
        };
        let done = database.execute_unit(unit).await.unwrap().unwrap();
        assert_eq!(done[1].rows[0].get::<i64, _>("written"), 5, "what came before is seen");
        let again = database.execute_unit(unit).await;
        assert!(matches!(again, Err(DbError::Exists(_))), "{again:?}");
        let find_none = || {
            let mut unit = Unit::default();
            unit.add_find(query(WRITTEN).bind("nobody"))?;
            let counted = Arc::clone(&afterwards);
            unit.after_commit(move || _ = counted.fetch_add(1, Ordering::SeqCst));
            Ok::<_, DbError>(unit)
        };
        assert!(database.execute_unit(find_none).await.unwrap().is_none());
        assert_eq!(afterwards.load(Ordering::SeqCst), 1, "after the commit alone");
    }
}

#[tokio::test]
async fn nobody_s_error_and_nobody_s_refusal_is_anybody_else_s() {
    for database in TestDatabase::both().await {
        database.execute_alone(|| query(INSERT).bind("all").bind(0_i64)).await.unwrap();
        // Every fifth writes a row that another one writes too, every seventh adds to one that is not there.
        let done = all_at_once(&database, async |database: Database, number| {
            let own = if number % 5 == 0 { "same".to_owned() } else { format!("own-{number}") };
            let to = if number % 7 == 3 { "nobody" } else { "all" };
            (number, database.execute_unit(|| adding(&own, to)).await)
        })
        .await;
        let mut true_ones = 0;
        for (number, done) in done {
            match done {
                Ok(Some(done)) => {
                    assert_eq!(done.iter().map(|done| done.changed).collect::<Vec<_>>(), [1, 1]);
                    true_ones += 1;
                }
                Ok(None) => assert_eq!(number % 7, 3, "refused"),
                Err(error) => {
                    assert!(matches!(error, DbError::Exists(_)) && number % 5 == 0, "{number}: {error:?}");
                }
            }
        }
        assert_eq!(written(&database, "all").await, Some(true_ones), "each once, none in part");
        assert!(written(&database, "same").await.is_some(), "one of them was first");
        for number in (0..MANY).filter(|number| number % 5 > 0) {
            let own = written(&database, &format!("own-{number}")).await;
            assert_eq!(own.is_some(), number % 7 != 3, "{number}");
        }
        database.begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_leaves_keeps_nobody_from_being_answered() {
    for database in TestDatabase::both().await {
        let done = all_at_once(&database, async |database: Database, number| {
            let own = format!("own-{number}");
            let work = database.execute_unit(|| adding(&own, &own));
            let leaves = number % 2 == 0;
            let done = tokio::select! {
                biased;
                done = work => Some(done.unwrap().is_some()),
                // It has asked, and leaves, unless the answer is there at once.
                () = std::future::ready(()), if leaves => None,
            };
            (leaves, done)
        })
        .await;
        for (leaves, done) in done {
            assert!(done == Some(true) || leaves && done.is_none(), "{done:?}");
        }
    }
}

#[tokio::test]
async fn a_statement_that_changed_two_rows_in_place_of_one_has_changed_none() {
    const SET: &str = "UPDATE write_probes SET written = ?";
    for database in TestDatabase::both().await {
        for id in ["one", "two"] {
            database.execute_alone(|| query(INSERT).bind(id).bind(0_i64)).await.unwrap();
        }
        let done = database
            .execute_unit(|| {
                let mut unit = Unit::default();
                unit.add_change(query(SET).bind(9_i64))?;
                Ok::<_, DbError>(unit)
            })
            .await;
        assert!(done.unwrap().is_none(), "refused, though it is the only statement");
        assert_eq!(written(&database, "one").await, Some(0));
        let two_of_them = || {
            let mut unit = Unit::default();
            unit.add_changes(2, query(SET).bind(9_i64))?;
            Ok::<_, DbError>(unit)
        };
        assert!(
            database.execute_unit(two_of_them).await.unwrap().is_some(),
            "where two are meant, two change"
        );
        assert_eq!(written(&database, "two").await, Some(9));
    }
}

#[tokio::test]
async fn where_writes_are_not_possible_all_who_share_a_commit_are_told_at_once() {
    let database = TestDatabase::sqlite().await;
    database.execute_alone(|| query(INSERT).bind("all").bind(0_i64)).await.unwrap();
    // The connection that writes, and this one alone: another one would write.
    let mut held = database.begin().await.unwrap();
    query("PRAGMA query_only = 1").execute(&mut *held).await.unwrap();
    let mut all = JoinSet::new();
    for number in 0..MANY {
        let database = (*database).clone();
        all.spawn(async move {
            let own = format!("own-{number}");
            (own.clone(), database.execute_unit(|| adding(&own, "all")).await)
        });
    }
    tokio::task::yield_now().await;
    held.commit().await.unwrap();
    let mut told = 0;
    for (own, done) in all.join_all().await {
        assert_eq!(written(&database, &own).await.is_some(), done.is_ok(), "{own}: {done:?}");
        told += usize::from(matches!(done, Err(DbError::Unavailable(_))));
    }
    assert!(told > 1, "{told}: each was tried again alone");
}
