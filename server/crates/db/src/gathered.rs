//! What several ask SQLite for at the same moment goes to its thread together: reads that are a statement each, and
//! transactions whose statements are all known before, which share one commit.
//!
//! A way to the thread and back takes more of the core than most statements do there, and a commit waits for the disk. What goes
//! together is what would come one after the other anyway. If anything of it fails, nothing of it is true, and each is done again
//! alone, so that nobody's error is anybody else's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::TryStreamExt as _;
use kernel::{Batches, Worker, Workers};
use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, AssertSqlSafe, Either, Executor as _, query, query_with};
use tokio::sync::oneshot;

use crate::afterwards::Afterwards;
use crate::connection::Connection;
use crate::error::DbError;
use crate::notices::Notices;
use crate::statement::Executed;
use crate::unit::{Bound, Must, Unit};
use crate::write_probe::WriteProbe;

/// How many go together: a power of two, since the driver keeps each text that it prepared, and these are few.
const MOST: usize = 16;
/// A read that takes longer waits for the disk: the next one does not wait for it.
const SLOW: Duration = Duration::from_millis(2);
const BEGIN: &str = "BEGIN IMMEDIATE;";
const COMMIT: &str = "COMMIT;";
/// Fails unless the statement before it changed one row; reads none, since each row wakes the one that waits. An overflow is the one error that
/// SQL can cause there at will.
const CHANGED_ONE: &str =
    "SELECT 1 WHERE abs(CASE changes() WHEN 1 THEN 0 ELSE -9223372036854775807 - 1 END) > 0;";
/// As SQLite words that error.
const OVERFLOW: &str = "integer overflow";

/// What became of statements.
pub(crate) enum Became {
    /// All of them did what they must, and are true.
    Done(Vec<Executed>),
    /// One of them did not, and none is true.
    Refused,
}

/// Statements that wait, and the one that waits for them.
pub(crate) struct Asked {
    statements: Vec<Bound>,
    /// Only to be taken: what it does need not be shared by threads.
    afterwards: Mutex<Afterwards>,
    reply: oneshot::Sender<Result<Became, DbError>>,
}

/// Those who wait, and the connections.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    read: Arc<Batches<Asked>>,
    write: Arc<Batches<Asked>>,
    pools: Arc<Pools>,
}

#[derive(Debug)]
struct Pools {
    read: AnyPool,
    write: AnyPool,
    probe: Arc<WriteProbe>,
    notices: Notices,
}

impl Gathered {
    pub(crate) fn new(read: AnyPool, write: AnyPool, probe: Arc<WriteProbe>, notices: Notices) -> Self {
        let readers = read.options().get_max_connections() as usize;
        Self {
            read: Batches::new(Workers { most: readers, patience: SLOW }),
            write: Batches::new(Workers { most: 1, patience: Duration::MAX }),
            pools: Arc::new(Pools { read, write, probe, notices }),
        }
    }

    /// What a statement reads.
    pub(crate) async fn read(&self, statement: Bound) -> Result<Vec<AnyRow>, DbError> {
        let (asked, answer) = asked(Unit { statements: vec![statement], ..Unit::default() });
        if let Some(worker) = self.read.add(asked) {
            tokio::spawn(read_all(Arc::clone(&self.pools), worker));
        }
        match answer.await.map_err(|_| gone())?? {
            Became::Done(done) => Ok(done.into_iter().next().unwrap_or_default().rows),
            Became::Refused => Ok(Vec::new()),
        }
    }

    /// Makes statements true.
    pub(crate) async fn write(&self, unit: Unit) -> Result<Became, DbError> {
        let (asked, answer) = asked(unit);
        if let Some(worker) = self.write.add(asked) {
            tokio::spawn(write_all(Arc::clone(&self.pools), worker));
        }
        answer.await.map_err(|_| gone())?
    }
}

fn asked(Unit { statements, afterwards }: Unit) -> (Asked, oneshot::Receiver<Result<Became, DbError>>) {
    let (reply, answer) = oneshot::channel();
    (Asked { statements, afterwards: Mutex::new(afterwards), reply }, answer)
}

/// The program ends.
fn gone() -> DbError {
    sqlx::Error::WorkerCrashed.into()
}

async fn read_all(pools: Arc<Pools>, mut worker: Worker<Asked>) {
    let mut kept = None;
    while let Some(some) = worker.next(alike) {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => match pools.read.acquire().await {
                Ok(connection) => connection,
                Err(error) if refuse(&mut worker, some, &error) => return,
                Err(_) => continue,
            },
        };
        let together =
            if some.len() > 1 { execute(&mut connection, &some, Way::Read).await.ok() } else { None };
        if let Some(done) = together {
            some.into_iter().zip(done).for_each(|(one, done)| one.answer(Ok(Became::Done(done))));
            kept = Some(connection);
            continue;
        }
        let mut is_good = true;
        for one in some {
            let done = execute(&mut connection, std::slice::from_ref(&one), Way::Read).await;
            is_good &= done.is_ok();
            one.answer(
                done.map(|mut done| Became::Done(done.pop().unwrap_or_default())).map_err(DbError::from),
            );
        }
        kept = is_good.then_some(connection);
    }
}

async fn write_all(pools: Arc<Pools>, mut worker: Worker<Asked>) {
    while let Some(some) = worker.next(alike) {
        let connection = match pools.write.acquire().await {
            Ok(connection) => connection,
            Err(error) => {
                pools.probe.note_failure();
                if refuse(&mut worker, some, &error) {
                    return;
                }
                continue;
            }
        };
        match commit(connection, &some).await {
            Ok(done) => some.into_iter().zip(done).for_each(|(one, done)| one.committed(&pools, done)),
            Err(error) => fail(&pools, some, error).await,
        }
    }
}

/// Answers after a commit that failed. Of several, each is done again alone.
async fn fail(pools: &Pools, some: Vec<Asked>, error: sqlx::Error) {
    let mut error = (some.len() == 1).then_some(error);
    for one in some {
        let failed = match error.take() {
            Some(error) => error,
            None => match alone(pools, &one).await {
                Ok(done) => {
                    one.committed(pools, done);
                    continue;
                }
                Err(error) => error,
            },
        };
        if is_refusal(&failed) {
            pools.probe.doubt();
            one.answer(Ok(Became::Refused));
        } else {
            pools.probe.note_failure();
            one.answer(Err(failed.into()));
        }
    }
}

async fn alone(pools: &Pools, one: &Asked) -> Result<Vec<Executed>, sqlx::Error> {
    let connection = pools.write.acquire().await?;
    let done = commit(connection, std::slice::from_ref(one)).await?;
    Ok(done.into_iter().next().unwrap_or_default())
}

impl Asked {
    fn committed(self, pools: &Pools, done: Vec<Executed>) {
        let Self { statements, afterwards, reply } = self;
        // One that was executed by itself has shown here alone what it did.
        let is_done = statements.iter().zip(&done).all(|(bound, done)| bound.must.is_done_by(done));
        if is_done {
            afterwards.into_inner().unwrap_or_else(PoisonError::into_inner).happen(&pools.notices);
        }
        let _gone_meanwhile = reply.send(Ok(if is_done { Became::Done(done) } else { Became::Refused }));
    }

    fn answer(self, answer: Result<Became, DbError>) {
        // Who asked may be gone.
        let _gone_meanwhile = self.reply.send(answer);
    }
}

/// Tells all who wait that there is no connection: each has waited for one, or would. Whether the worker has ended by that.
fn refuse(worker: &mut Worker<Asked>, some: Vec<Asked>, error: &sqlx::Error) -> bool {
    let rest = worker.next(|waiting| waiting.drain(..).collect());
    let has_ended = rest.is_none();
    for one in some.into_iter().chain(rest.unwrap_or_default()) {
        let error = match error {
            sqlx::Error::PoolClosed => sqlx::Error::PoolClosed,
            sqlx::Error::PoolTimedOut => sqlx::Error::PoolTimedOut,
            other => sqlx::Error::Protocol(other.to_string()),
        };
        one.answer(Err(error.into()));
    }
    has_ended
}

/// Of those who wait, the first, and others with the same statements: a power of two.
fn alike(waiting: &mut VecDeque<Asked>) -> Vec<Asked> {
    let Some(first) = waiting.pop_front() else { return Vec::new() };
    let alike = waiting.iter().filter(|other| other.is_like(&first)).count() + 1;
    let number = 1 << alike.min(MOST).ilog2();
    let mut taken = Vec::with_capacity(number);
    taken.push(first);
    let mut at = 0;
    while taken.len() < number {
        let is_like = taken.first().zip(waiting.get(at)).is_some_and(|(first, other)| other.is_like(first));
        match if is_like { waiting.remove(at) } else { None } {
            Some(other) => taken.push(other),
            None => at += 1,
        }
    }
    taken
}

impl Asked {
    fn is_like(&self, other: &Self) -> bool {
        self.statements.len() == other.statements.len()
            && self
                .statements
                .iter()
                .zip(&other.statements)
                .all(|(one, other)| one.must == other.must && one.sql.as_str() == other.sql.as_str())
    }
}

/// In a transaction, unless it is one statement. Nothing of it stays open, whatever happens.
async fn commit(
    mut connection: PoolConnection<Any>,
    some: &[Asked],
) -> Result<Vec<Vec<Executed>>, sqlx::Error> {
    let is_one = matches!(some, [Asked { statements, .. }] if matches!(&statements[..], [one] if one.must != Must::Find));
    let way = if is_one { Way::Alone } else { Way::Transaction };
    let done = execute(&mut connection, some, way).await;
    // What cannot be rolled back may have been already, as on a full disk: a new connection knows.
    if done.is_err() && !is_one && query("ROLLBACK").execute(&mut *connection).await.is_err() {
        let _it_ends_either_way = connection.close().await;
    }
    done
}

fn is_refusal(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.message() == OVERFLOW)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each by itself.
    Read,
    /// One statement that is a transaction.
    Alone,
    Transaction,
}

/// Statements as one text, with what comes of each.
#[derive(Default)]
struct Joined {
    text: String,
    values: AnyArguments,
    /// Whether what comes of a statement is of interest.
    kept: Vec<bool>,
}

impl Joined {
    fn of(some: &[Asked], way: Way) -> Self {
        let (mut joined, none) = (Self::default(), AnyArguments::default());
        joined.push(if way == Way::Transaction { BEGIN } else { "" }, &none, false);
        for bound in some.iter().flat_map(|one| &one.statements) {
            let (sql, values) = (bound.sql.as_str(), &bound.values);
            if bound.must == Must::Find && way == Way::Transaction {
                let found = format!(
                    "SELECT 1 WHERE abs(CASE WHEN EXISTS ({sql}) THEN 0 ELSE -9223372036854775807 - 1 END) > 0;"
                );
                joined.push(&found, values, false);
            }
            joined.push(sql, values, true);
            joined.text.push(';');
            if bound.must == Must::ChangeOne && way == Way::Transaction {
                joined.push(CHANGED_ONE, &none, false);
            }
        }
        joined.push(if way == Way::Transaction { COMMIT } else { "" }, &none, false);
        joined
    }

    fn push(&mut self, text: &str, values: &AnyArguments, is_kept: bool) {
        if !text.is_empty() {
            self.text.push_str(text);
            self.values.values.0.extend_from_slice(&values.values.0);
            self.kept.push(is_kept);
        }
    }
}

/// What each statement of each did.
async fn execute(
    connection: &mut Connection,
    some: &[Asked],
    way: Way,
) -> Result<Vec<Vec<Executed>>, sqlx::Error> {
    let Joined { text, values, kept } = Joined::of(some, way);
    // Each of the texts is in the sources: without that there is no statement.
    let mut results = connection.fetch_many(query_with(AssertSqlSafe(text), values));
    let mut kept = kept.into_iter();
    let mut done = Vec::with_capacity(some.iter().map(|one| one.statements.len()).sum());
    let (mut now, mut is_kept) = (Executed::default(), kept.next().unwrap_or_default());
    // To the end, or the thread would stop in the middle.
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Right(row) if is_kept => now.rows.push(row),
            Either::Right(_) => {}
            Either::Left(result) => {
                if is_kept {
                    now.changed = result.rows_affected();
                    done.push(std::mem::take(&mut now));
                }
                is_kept = kept.next().unwrap_or_default();
            }
        }
    }
    let mut done = done.into_iter();
    Ok(some.iter().map(|one| done.by_ref().take(one.statements.len()).collect()).collect())
}
