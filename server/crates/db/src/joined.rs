//! Statements as one text, which takes one way to SQLite's thread and back: that takes more of the core than most statements do there.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::thread;

use futures::stream::BoxStream;
use futures::{FutureExt as _, TryStreamExt as _};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::{AssertSqlSafe, Either, Executor as _, query_with};

use crate::connection::Connection;
use crate::statement::Executed;
use crate::unit::Bound;

/// Statements as one text, with what comes of each.
#[derive(Default)]
pub(crate) struct Joined {
    text: String,
    values: AnyArguments,
    /// Whether what comes of a statement is of interest.
    kept: Vec<bool>,
}

impl Joined {
    /// Adds a statement, of which it is told what it did.
    pub(crate) fn add(&mut self, sql: &str, values: &AnyArguments) {
        self.push(sql, values, true);
    }

    /// Adds one without values, of which nothing is told.
    pub(crate) fn add_silent(&mut self, sql: &'static str) {
        self.push(sql, &AnyArguments::default(), false);
    }

    /// Adds a statement of which nothing is told.
    pub(crate) fn add_bound(&mut self, Bound { sql, values, .. }: &Bound) {
        self.push(sql.as_str(), values, false);
    }

    /// Adds a statement that fails with an [overflow](OVERFLOW) unless `sql`, which reads, finds a row.
    pub(crate) fn add_condition(&mut self, sql: &str, values: &AnyArguments) {
        let found = format!(
            "SELECT 1 WHERE abs(CASE WHEN EXISTS ({sql}) THEN 0 ELSE -9223372036854775807 - 1 END) > 0"
        );
        self.push(&found, values, false);
    }

    /// Adds a statement that fails with an [overflow](OVERFLOW) unless the one before it changed so many rows. It reads none: each row wakes
    /// the one that waits.
    pub(crate) fn add_changed(&mut self, rows: u32) {
        let _a_string_takes_it = write!(
            self.text,
            "SELECT 1 WHERE abs(CASE changes() WHEN {rows} THEN 0 ELSE -9223372036854775807 - 1 END) > 0;"
        );
        self.kept.push(false);
    }

    fn push(&mut self, sql: &str, values: &AnyArguments, is_kept: bool) {
        self.text.push_str(sql);
        self.text.push(';');
        self.values.values.0.extend_from_slice(&values.values.0);
        self.kept.push(is_kept);
    }

    /// Executes them in their order, and returns what each did of which that is told. Those after one that fails are not executed.
    pub(crate) async fn execute(self, connection: &mut Connection) -> Result<Vec<Executed>, sqlx::Error> {
        let Self { text, values, kept } = self;
        let mut done = Vec::with_capacity(kept.len());
        // Each of the texts is in the sources: without that there is no statement.
        let mut results = connection.fetch_many(query_with(AssertSqlSafe(text), values));
        // Not to the end of the results: the thread would wake us once more, to tell that there are none.
        for is_kept in kept {
            let mut rows = Vec::new();
            let changed = loop {
                match next(&mut results).await? {
                    Some(Either::Right(row)) if is_kept => rows.push(row),
                    Some(Either::Right(_)) => {}
                    Some(Either::Left(result)) => break result.rows_affected(),
                    None => return Err(sqlx::Error::WorkerCrashed),
                }
            };
            if is_kept {
                done.push(Executed { changed, rows });
            }
        }
        Ok(done)
    }
}

type Results<'a> = BoxStream<'a, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>;

/// The next result. The thread wakes us by the first one that we wait for, with the lock of the channel held and others to come: where both
/// have the same core, we would wait for that lock, and then for each of the others. So it gets the core first, if it waits for that.
async fn next(results: &mut Results<'_>) -> Result<Option<Either<AnyQueryResult, AnyRow>>, sqlx::Error> {
    let (mut next, mut has_waited) = (results.try_next(), false);
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            thread::yield_now();
        }
        next.poll_unpin(context)
    })
    .await
}

/// As SQLite words the one error that SQL can cause there at will.
pub(crate) const OVERFLOW: &str = "integer overflow";
