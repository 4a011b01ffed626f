//! One program of several that share a database.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Clock, MasterKeyId, Timestamp};

use crate::connection::Connection;
use crate::database::Database;
use crate::dialect::Dialect;
use crate::error::DbError;
use crate::replicas::leader_lease::LeaderLease;
use crate::replicas::replica_id::ReplicaId;
use crate::replicas::replica_row::ReplicaRow;
use crate::replicas::store::{self, LeaseRequest};

/// How often a replica says that it is there.
pub const BEAT_INTERVAL: Duration = Duration::from_secs(2);
/// How far the clock of a replica may be from the database's. From here on tokens of one replica begin to look wrong to
/// others, which allow ten seconds (S-OPS-7).
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(2);
/// For so long after a beat a replica has its leases: three beats, so that one that is late costs nothing. After a kill
/// somebody else has them a beat later, within ten seconds.
const LEASE: Duration = Duration::from_secs(6);
/// A replica that was silent for so long counts as gone.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the row of a replica that died is kept, so that operators can see what happened.
const RETENTION: Duration = Duration::from_hours(1);

/// The replicas on the database that are there at `now`, by id.
///
/// # Errors
/// When the database refuses, or has no such table yet.
pub async fn beating(connection: &mut Connection, now: Timestamp) -> Result<Vec<ReplicaRow>, DbError> {
    // A clock that is behind must not hide its replica.
    store::beating(connection, now.minus(SILENCE_TIMEOUT.saturating_mul(4))).await
}

/// Those at `now` that seal with another master key than `newest`, or are of a release that does not tell: what they store meanwhile
/// would stay sealed with theirs.
///
/// # Errors
/// When the database refuses, or has no such table yet.
pub async fn sealing_otherwise(
    connection: &mut Connection,
    now: Timestamp,
    newest: MasterKeyId,
) -> Result<Vec<ReplicaRow>, DbError> {
    let newest = newest.to_string();
    let mut replicas = beating(connection, now).await?;
    replicas.retain(|replica| replica.newest_key.as_ref() != Some(&newest));
    Ok(replicas)
}

/// A replica with what it does for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownReplica {
    /// The replica.
    pub replica: ReplicaRow,
    /// Whether it was heard lately; one that died is known for an hour more.
    pub is_beating: bool,
    /// The names of the leader leases that it has.
    pub leases: Vec<String>,
}

/// The replicas that are there at `now` or died within the hour, in the order in which they started.
///
/// # Errors
/// When the database refuses.
pub async fn known(connection: &mut Connection, now: Timestamp) -> Result<Vec<KnownReplica>, DbError> {
    let leases = store::leases(connection).await?;
    let since = now.minus(SILENCE_TIMEOUT.saturating_mul(4));
    let of = |replica: ReplicaRow| {
        let held = leases.iter().filter(|lease| lease.holder == replica.id && lease.expires_at > now);
        KnownReplica {
            is_beating: replica.beat_at >= since,
            leases: held.map(|lease| lease.name.clone()).collect(),
            replica,
        }
    };
    Ok(store::known(connection).await?.into_iter().map(of).collect())
}

/// This program among those on its database. Cheap to clone.
#[derive(Clone)]
pub struct Replica {
    db: Database,
    clock: Arc<dyn Clock>,
    id: ReplicaId,
    version: &'static str,
    started_at: Timestamp,
    newest_key: Option<MasterKeyId>,
    leases: Arc<Mutex<Vec<LeaderLease>>>,
}

impl Replica {
    /// A replica that nobody knows of before its first [beat](Self::beat).
    pub fn new(db: Database, clock: Arc<dyn Clock>, id: ReplicaId, version: &'static str) -> Self {
        let started_at = clock.now();
        Self { db, clock, id, version, started_at, newest_key: None, leases: Arc::default() }
    }

    /// The same, telling the others with which master key it seals.
    #[must_use]
    pub fn sealing_with(self, newest_key: MasterKeyId) -> Self {
        Self { newest_key: Some(newest_key), ..self }
    }

    /// The id that this process chose at its start, under which its beats are stored.
    pub const fn id(&self) -> &ReplicaId {
        &self.id
    }

    /// The lease of this name, which this replica tries to have from its next beat on.
    pub fn lease(&self, name: &'static str) -> LeaderLease {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = leases.iter().find(|lease| lease.name() == name) {
            return known.clone();
        }
        let lease = LeaderLease::new(name, Arc::clone(&self.clock));
        leases.push(lease.clone());
        // One order for all, so that replicas which want the same wait for each other in one direction only.
        leases.sort_unstable_by_key(LeaderLease::name);
        lease
    }

    /// Says that it is there, renews the leases that it has, and takes those that nobody has.
    ///
    /// # Errors
    /// When the database refuses. The leases stay as they are until their time is over.
    pub async fn beat(&self) -> Result<(), DbError> {
        let clock_ahead = self.db.clock_offset(&*self.clock).await?;
        let leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let beat = Beat { leases: &leases, clock_ahead, now: self.clock.now() };
        let held = match self.db.dialect() {
            Dialect::Sqlite => {
                let mut tx = self.db.begin().await?;
                let held = self.write(&mut tx, &beat).await?;
                tx.commit().await?;
                held
            }
            // In no transaction of ours: a replica that is stopped in between would hold the rows, and nobody could take over.
            Dialect::Mysql => self.write(&mut *self.db.read().await?, &beat).await?,
        };
        let until = beat.now.plus(LEASE);
        for (lease, held) in leases.iter().zip(held) {
            lease.note(held.then_some(until));
        }
        let mut reader = self.db.read().await?;
        let others = store::beating(&mut reader, beat.now.minus(SILENCE_TIMEOUT)).await?;
        metrics::gauge!("daemun_replicas").set(f64::from(u32::try_from(others.len()).unwrap_or(u32::MAX)));
        Ok(())
    }

    /// Gives up its leases and its place, so that others take over at once.
    ///
    /// # Errors
    /// When the database refuses; then others take over when the leases end.
    pub async fn leave(&self) -> Result<(), DbError> {
        for lease in self.leases.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            lease.note(None);
        }
        let mut tx = self.db.begin().await?;
        store::leave(&mut tx, &self.id).await?;
        tx.commit().await
    }

    /// Writes the beat; answers for each lease whether this replica has it.
    async fn write(&self, connection: &mut Connection, beat: &Beat<'_>) -> Result<Vec<bool>, DbError> {
        let Beat { leases, clock_ahead, now } = *beat;
        let row = ReplicaRow {
            id: self.id.to_string(),
            version: self.version.to_owned(),
            started_at: self.started_at,
            beat_at: now,
            clock_ahead,
            newest_key: self.newest_key.map(|key| key.to_string()),
        };
        store::beat(connection, &row, now.plus(RETENTION)).await?;
        // Looking first, since most beats of most replicas can take nothing. The statement that takes decides all the same.
        let known = store::leases(connection).await?;
        let mut held = Vec::with_capacity(leases.len());
        for lease in leases {
            let request = LeaseRequest { lease: lease.name(), holder: &self.id, now, until: now.plus(LEASE) };
            held.push(match known.iter().find(|row| row.name == lease.name()) {
                None => store::add_lease(connection, request).await?,
                Some(row) if row.holder == self.id.as_str() || row.expires_at <= now => {
                    store::take_lease(connection, request).await?
                }
                Some(_) => false,
            });
        }
        Ok(held)
    }
}

/// What one beat says.
struct Beat<'a> {
    leases: &'a [LeaderLease],
    clock_ahead: i64,
    now: Timestamp,
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replica({} {})", self.id, self.version)
    }
}
