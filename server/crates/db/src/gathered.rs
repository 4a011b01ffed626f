//! What several ask SQLite for at the same moment goes to its thread together: reads that are a statement each, and
//! transactions whose statements are all known before, which share one commit.
//!
//! A way to the thread and back takes more of the core than most statements do there, and a commit waits for the disk. What goes
//! together is what would come one after the other anyway. If anything of it fails, nothing of it is true, and each is done again
//! alone, so that nobody's error is anybody else's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Batches, Worker, Workers};
use sqlx::query;
use tokio::sync::oneshot;

use crate::afterwards::Afterwards;
use crate::connection::Connection;
use crate::connections::{Connections, Lent};
use crate::error::DbError;
use crate::joined::{Joined, OVERFLOW};
use crate::notices::Notices;
use crate::statement::Executed;
use crate::unit::{Bound, Must, Unit};
use crate::write_probe::WriteProbe;

/// How many go together: a power of two, since the driver keeps each text that it prepared, and these are few.
const MAX_READS: usize = 16;
/// A read that takes longer waits for the disk: the next one does not wait for it.
const MAX_SHARED_READ_TIME: Duration = Duration::from_millis(2);
const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

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
    read: Connections,
    write: Connections,
    probe: Arc<WriteProbe>,
    notices: Notices,
}

impl Gathered {
    pub(crate) fn new(
        read: Connections,
        write: Connections,
        probe: Arc<WriteProbe>,
        notices: Notices,
    ) -> Self {
        let readers = read.most();
        Self {
            read: Batches::new(Workers { most: readers, patience: MAX_SHARED_READ_TIME }),
            write: Batches::new(Workers { most: 1, patience: Duration::MAX }),
            pools: Arc::new(Pools { read, write, probe, notices }),
        }
    }

    /// What statements read, each in what was committed when it began.
    pub(crate) async fn read(&self, statements: Vec<Bound>) -> Result<Vec<Executed>, DbError> {
        let (asked, answer) = asked(Unit { statements, ..Unit::default() });
        if let Some(worker) = self.read.add(asked) {
            tokio::spawn(read_all(Arc::clone(&self.pools), worker));
        }
        match answer.await.map_err(|_| gone())?? {
            Became::Done(done) => Ok(done),
            Became::Refused => Ok(Vec::new()),
        }
    }

    /// Executes a unit, in one transaction with others that wait, and tells what became of it.
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

/// The error of callers whose worker ended with the program.
fn gone() -> DbError {
    sqlx::Error::WorkerCrashed.into()
}

async fn read_all(pools: Arc<Pools>, mut worker: Worker<Asked>) {
    let mut kept = None;
    while let Some(some) = worker.next(alike) {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => match pools.read.lend().await {
                Ok(connection) => connection,
                Err(error) if refuse(&mut worker, some, &error) => return,
                Err(_) => continue,
            },
        };
        let together =
            if some.len() > 1 { execute(&mut connection, &some, Way::Alone).await.ok() } else { None };
        if let Some(done) = together {
            some.into_iter().zip(done).for_each(|(one, done)| one.answer(Ok(Became::Done(done))));
            kept = Some(connection);
            continue;
        }
        let mut is_good = true;
        for one in some {
            let done = execute(&mut connection, std::slice::from_ref(&one), Way::Alone).await;
            is_good &= done.is_ok();
            one.answer(
                done.map(|mut done| Became::Done(done.pop().unwrap_or_default())).map_err(DbError::from),
            );
        }
        kept = is_good.then_some(connection);
    }
    if let Some(connection) = kept {
        connection.keep();
    }
}

async fn write_all(pools: Arc<Pools>, mut worker: Worker<Asked>) {
    while let Some(some) = worker.next(alike) {
        let connection = match pools.write.lend().await {
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

/// Answers after a commit that failed. Of several, each is done again alone, unless it was nobody's own error: where the file is locked,
/// each would wait for it as long as all have.
async fn fail(pools: &Pools, some: Vec<Asked>, error: sqlx::Error) {
    if some.len() > 1 && DbError::is_outage(&error) {
        pools.probe.note_failure();
        for one in some {
            one.answer(Err(same(&error).into()));
        }
        return;
    }
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
    let connection = pools.write.lend().await?;
    let done = commit(connection, std::slice::from_ref(one)).await?;
    Ok(done.into_iter().next().unwrap_or_default())
}

impl Asked {
    fn committed(self, pools: &Pools, done: Vec<Executed>) {
        let Self { afterwards, reply, .. } = self;
        afterwards.into_inner().unwrap_or_else(PoisonError::into_inner).happen(&pools.notices);
        // Who asked may be gone.
        let _gone_meanwhile = reply.send(Ok(Became::Done(done)));
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
        one.answer(Err(same(error).into()));
    }
    has_ended
}

/// An outage, told once more.
fn same(error: &sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::PoolClosed => sqlx::Error::PoolClosed,
        sqlx::Error::PoolTimedOut => sqlx::Error::PoolTimedOut,
        other => sqlx::Error::Protocol(other.to_string()),
    }
}

/// Of those who wait, the first, and others with the same statements: a power of two.
fn alike(waiting: &mut VecDeque<Asked>) -> Vec<Asked> {
    let Some(first) = waiting.pop_front() else { return Vec::new() };
    let alike = waiting.iter().filter(|other| other.is_like(&first)).count() + 1;
    let number = 1 << alike.min(MAX_READS).ilog2();
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

/// In a transaction, unless it is one statement, whatever that does. Nothing of it stays open, whatever happens.
async fn commit(mut connection: Lent, some: &[Asked]) -> Result<Vec<Vec<Executed>>, sqlx::Error> {
    let is_one = matches!(some, [Asked { statements, .. }] if matches!(&statements[..], [one] if one.must == Must::Nothing));
    let way = if is_one { Way::Alone } else { Way::Transaction };
    let done = execute(&mut connection, some, way).await;
    if done.is_ok() {
        connection.keep();
    } else if !is_one && query("ROLLBACK").execute(&mut *connection).await.is_err() {
        // It may have been rolled back already, as on a full disk: a new connection knows.
        connection.close();
    }
    done
}

fn is_refusal(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.message() == OVERFLOW)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each statement by itself.
    Alone,
    /// All of them in a transaction.
    Transaction,
}

/// What each statement of each did.
async fn execute(
    connection: &mut Connection,
    some: &[Asked],
    way: Way,
) -> Result<Vec<Vec<Executed>>, sqlx::Error> {
    let (mut joined, is_transaction) = (Joined::default(), way == Way::Transaction);
    if is_transaction {
        joined.add_silent(BEGIN);
    }
    for Bound { sql, values, must } in some.iter().flat_map(|one| &one.statements) {
        if is_transaction && *must == Must::Find {
            joined.add_condition(sql.as_str(), values);
        }
        joined.add(sql.as_str(), values);
        if is_transaction && let Must::Change(rows) = must {
            joined.add_changed(*rows);
        }
    }
    if is_transaction {
        joined.add_silent(COMMIT);
    }
    let mut done = joined.execute(connection).await?.into_iter();
    Ok(some.iter().map(|one| done.by_ref().take(one.statements.len()).collect()).collect())
}
