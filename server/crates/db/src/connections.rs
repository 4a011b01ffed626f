//! Connections that are lent, and those that are at hand for the next one.
//!
//! The driver's pool asks each connection that comes back whether it is still good, and one to a server before it is lent, too: a way to
//! SQLite's thread, or three to a server, for each loan. What a connection did well a moment ago says as much. So a connection whose
//! last work succeeded is [kept](Lent::keep) at hand and lent again as it is; any other goes back to the pool.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::AnyPool;
use sqlx::any::Any;
use sqlx::pool::PoolConnection;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::write_probe::WriteProbe;

/// For how long a server is trusted to be there still. The loops of the program pause for longer when there is nothing to do (100 ms at least):
/// those find out by a ping, which has a time limit, that a server went without a word.
const PING_INTERVAL: Duration = Duration::from_millis(50);
/// After that the pool has a look at a connection, however busy it is, and at one that nobody needs: it closes those that are too old, and
/// those that are too many.
const POOL_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Connections of one purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: AnyPool,
    /// As many as the pool may have: the holder of one finds a connection at hand, or in the pool.
    places: Arc<Semaphore>,
    /// The last is lent next.
    at_hand: Mutex<Vec<AtHand>>,
    /// That in which they are used, for their end.
    runtime: Handle,
    dialect: Dialect,
    probe: Arc<WriteProbe>,
}

#[derive(Debug)]
struct AtHand {
    connection: PoolConnection<Any>,
    from_pool: Instant,
    used: Instant,
}

/// When one that comes back is lent again.
#[derive(Clone, Copy)]
enum Order {
    /// To the next who asks.
    First,
    /// After all others.
    Last,
}

/// A connection on loan. It is the pool's again when this is dropped, unless it is [kept](Lent::keep).
#[derive(Debug)]
pub(crate) struct Lent {
    connection: PoolConnection<Any>,
    from_pool: Instant,
    of: Arc<Shared>,
    /// Given back after the connection: see the order of the fields.
    _place: OwnedSemaphorePermit,
}

impl Connections {
    /// Those of a pool that was opened in this runtime.
    pub(crate) fn new(pool: AnyPool, dialect: Dialect, probe: Arc<WriteProbe>) -> Self {
        let places = Arc::new(Semaphore::new(pool.options().get_max_connections() as usize));
        let (at_hand, runtime) = (Mutex::default(), Handle::current());
        Self { shared: Arc::new(Shared { pool, places, at_hand, runtime, dialect, probe }) }
    }

    /// How many there are at most.
    pub(crate) fn most(&self) -> usize {
        self.shared.pool.options().get_max_connections() as usize
    }

    /// Lends one, to those who ask in their order.
    ///
    /// # Errors
    /// [`sqlx::Error::PoolTimedOut`] when there is none in time, and what is wrong with a new one.
    pub(crate) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let shared = &self.shared;
        let place = Arc::clone(&shared.places).try_acquire_owned().ok();
        let at_hand = place.as_ref().and_then(|_| shared.at_hand());
        let place = match (place, at_hand) {
            (Some(place), Some(connection)) => return Ok(connection.lent(shared, place)),
            (place, _) => place,
        };
        let patience = shared.pool.options().get_acquire_timeout();
        // Large, and rare: it is not to be part of the future of every transaction.
        let waiting = Box::pin(tokio::time::timeout(patience, self.wait(place)));
        waiting.await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    async fn wait(&self, place: Option<OwnedSemaphorePermit>) -> Result<Lent, sqlx::Error> {
        let shared = &self.shared;
        let place = match place {
            Some(place) => place,
            None => Arc::clone(&shared.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?,
        };
        let connection = match shared.at_hand() {
            Some(connection) => connection,
            None => AtHand::new(shared.pool.acquire().await?),
        };
        Ok(connection.lent(shared, place))
    }

    /// Closes all, after those in use have come back.
    pub(crate) async fn close(&self) {
        let closed = self.shared.pool.close();
        // From now on, none is kept.
        let at_hand = std::mem::take(&mut *self.shared.lock());
        drop(at_hand);
        closed.await;
    }
}

impl Shared {
    /// The next one, if it can be trusted.
    fn at_hand(&self) -> Option<AtHand> {
        let last = self.lock().pop()?;
        // Dropped without the lock.
        self.trusts(&last).then_some(last)
    }

    fn trusts(&self, connection: &AtHand) -> bool {
        let trust = match self.dialect {
            Dialect::Sqlite => POOL_CHECK_INTERVAL,
            Dialect::Mysql => PING_INTERVAL,
        };
        let is_outdated = self.probe.outdates(connection.from_pool.elapsed());
        connection.used.elapsed() < trust && !is_outdated && !self.pool.is_closed()
    }

    fn keep(&self, connection: AtHand, order: Order) {
        if connection.from_pool.elapsed() > POOL_CHECK_INTERVAL || !self.trusts(&connection) {
            return;
        }
        let mut at_hand = self.lock();
        // Closing empties it under this lock.
        if self.pool.is_closed() {
            return;
        }
        let old: Vec<_> = at_hand.extract_if(.., |other| !self.trusts(other)).collect();
        match order {
            Order::First => at_hand.push(connection),
            Order::Last => at_hand.insert(0, connection),
        }
        drop(at_hand);
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AtHand>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection goes back to its pool in a task, which a runtime that has ended drops at once.
impl Drop for Shared {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.at_hand.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl AtHand {
    fn new(connection: PoolConnection<Any>) -> Self {
        let now = Instant::now();
        Self { connection, from_pool: now, used: now }
    }

    fn lent(self, of: &Arc<Shared>, place: OwnedSemaphorePermit) -> Lent {
        let Self { connection, from_pool, .. } = self;
        Lent { connection, from_pool, of: Arc::clone(of), _place: place }
    }
}

impl Lent {
    /// Keeps it at hand: what was asked of it was answered to the end, and no transaction is open.
    pub(crate) fn keep(self) {
        self.keep_for(Order::First);
    }

    /// Gives back one that read, maybe not to the end: what SQLite's thread does not go on with holds nobody up, and what it does is over when it is
    /// lent again.
    pub(crate) fn put_aside(self) {
        if self.of.dialect == Dialect::Sqlite {
            self.keep_for(Order::Last);
        }
    }

    fn keep_for(self, order: Order) {
        let Self { connection, from_pool, of, _place } = self;
        of.keep(AtHand { connection, from_pool, used: Instant::now() }, order);
    }

    /// Closes it: nobody knows what it would do next.
    pub(crate) fn close(mut self) {
        self.close_when_dropped();
    }

    /// Has it closed whatever happens, rather than given back.
    pub(crate) fn close_when_dropped(&mut self) {
        self.connection.close_on_drop();
    }
}

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
