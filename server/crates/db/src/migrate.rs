//! Bringing the schema up to date. The migrations of both dialects are in `migrations/`, the same schema twice.
//!
//! # Who migrates
//! Replicas may start together on an empty database. One of them migrates, the others wait for it. The lock of the
//! driver's migrator cannot be relied on: it asks for an endless wait in MySQL's way, which MariaDB answers with NULL, and
//! does not look at the answer; for SQLite it takes none. So it is switched off. On MySQL a named lock is taken here, which
//! goes with its connection; on SQLite all migrations are one transaction.
//!
//! # Which programs a schema is good for
//! A migration is named `NNNN_expand_…` when the program before it can go on with what it makes, else `NNNN_contract_…`. So
//! replicas of two versions serve side by side, and one of the older version that is started again finds on the newer schema
//! migrations that it does not know, and goes on if their names say that they only expand.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::{Connection as _, query, query_scalar};

use crate::connection::Connection;
use crate::database::Database;
use crate::dialect::Dialect;
use crate::error::{DbError, OpenError};
use crate::settings::DatabaseSettings;

static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
static MYSQL: Migrator = sqlx::migrate!("../../../migrations/mysql");

/// Where the driver's migrator keeps what was applied.
pub(crate) const APPLIED: &str = "_sqlx_migrations";
/// The number of a migration that there is, unfinished, while everything is copied to the database.
pub(crate) const COPYING_VERSION: i64 = 9_000_000_000_000;
/// How the description of a migration begins that older programs can live with: its file's name without the number.
const EXPAND: &str = "expand ";
const DESCRIPTION: &str = "SELECT description FROM _sqlx_migrations WHERE version = ?";
/// How long a replica waits for the one that migrates: large tables take their time.
const LOCK_TIMEOUT: Duration = Duration::from_mins(10);
/// How long the server is asked to wait for the lock at a time. It answers between, so that what cuts silent connections
/// has no reason to.
const LOCK_POLL_SECONDS: i64 = 5;

/// Locks are those of the whole server, so the database's name is in it. The name of a lock may be 64 characters long; MySQL
/// 9.6 and newer have no MD5.
const TAKE_LOCK: &str = "SELECT CAST(GET_LOCK(CONCAT('daemun.', SHA2(DATABASE(), 224)), ?) AS SIGNED)";
const GIVE_LOCK: &str = "SELECT CAST(RELEASE_LOCK(CONCAT('daemun.', SHA2(DATABASE(), 224))) AS SIGNED)";

impl Database {
    /// Opens the database, makes it where it is missing (SQLite), and brings its schema up to date.
    ///
    /// # Errors
    /// Everything that [`OpenError`] lists; each text says what to do.
    pub async fn open(settings: impl Into<DatabaseSettings>) -> Result<Self, OpenError> {
        let database = Self::connect(settings).await?;
        match run(&database).await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    /// Opens the database and compares its schema with this program's without changing it, for `daemun check`: what this
    /// accepts, [`Database::open`] accepts.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn check(settings: impl Into<DatabaseSettings>) -> Result<(), OpenError> {
        let database = Self::connect(settings).await?;
        let checked = check(&database).await;
        database.close().await;
        checked
    }
}

/// Applies what is missing. Replicas that start together wait for each other.
pub(crate) async fn run(database: &Database) -> Result<(), OpenError> {
    match database.dialect() {
        Dialect::Sqlite => in_one_transaction(database).await,
        Dialect::Mysql => under_the_lock(database).await,
    }
}

/// Whether [`run`] would work, as far as it can be told without changing anything.
async fn check(database: &Database) -> Result<(), OpenError> {
    // A file that cannot be written, or a server that is read-only for us.
    drop(database.begin().await.map_err(refused)?);
    let mut reader = database.read().await.map_err(refused)?;
    let migrator = migrator(database.dialect());
    if !has_applied(&mut reader, database.dialect()).await? {
        return Ok(());
    }
    if let Some(version) = reader.dirty_version(APPLIED).await.map_err(|error| of(error, &migrator))? {
        return Err(of(MigrateError::Dirty(version), &migrator));
    }
    for applied in reader.list_applied_migrations(APPLIED).await.map_err(|error| of(error, &migrator))? {
        let known = migrator.iter().find(|known| known.version == applied.version);
        if known.is_some_and(|known| known.checksum != applied.checksum) {
            return Err(OpenError::Changed(applied.version));
        }
    }
    fits(&mut reader, &migrator).await
}

/// Whether any migration ran here.
pub(crate) async fn has_applied(connection: &mut Connection, dialect: Dialect) -> Result<bool, OpenError> {
    let sql = match dialect {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
        Dialect::Mysql => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
        }
    };
    let tables: i64 = query_scalar(sql).bind(APPLIED).fetch_one(connection).await.map_err(executing)?;
    Ok(tables > 0)
}

/// Whether this program can serve on a schema to which others may have added: all that it does not know must only expand.
async fn fits(connection: &mut Connection, migrator: &Migrator) -> Result<(), OpenError> {
    let newest = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    let applied = connection.list_applied_migrations(APPLIED).await.map_err(|error| of(error, migrator))?;
    for unknown in applied.iter().filter(|applied| !migrator.version_exists(applied.version)) {
        let version = unknown.version;
        if version == COPYING_VERSION {
            return Err(OpenError::HalfCopied);
        }
        let described = query_scalar::<_, String>(DESCRIPTION).bind(version).fetch_one(&mut *connection);
        if version <= newest || !described.await.map_err(executing)?.starts_with(EXPAND) {
            return Err(of(MigrateError::VersionMissing(version), migrator));
        }
        tracing::info!(version, "the schema was expanded by a newer program");
    }
    Ok(())
}

fn migrator(dialect: Dialect) -> Migrator {
    let migrations = match dialect {
        Dialect::Sqlite => &SQLITE.migrations,
        Dialect::Mysql => &MYSQL.migrations,
    };
    // What it does not know is looked at by `fits`.
    Migrator {
        migrations: Cow::Borrowed(&**migrations),
        locking: false,
        ignore_missing: true,
        ..Migrator::DEFAULT
    }
}

async fn apply(connection: &mut Connection, dialect: Dialect) -> Result<(), OpenError> {
    let migrator = migrator(dialect);
    if has_applied(connection, dialect).await? {
        fits(connection, &migrator).await?;
    }
    migrator.run_direct(None, connection, false).await.map_err(|error| of(error, &migrator))
}

/// The writer's lock of the file is the lock, and a process that dies leaves nothing half done.
async fn in_one_transaction(database: &Database) -> Result<(), OpenError> {
    let began = Instant::now();
    let mut connection = database.lend().await.map_err(|error| refused(error.into()))?;
    // The driver's own, of which its migrations make savepoints.
    let mut tx = loop {
        match connection.begin_with(database.dialect().begin()).await.map_err(DbError::from) {
            Ok(tx) => break tx,
            Err(error) if error.is_busy() && began.elapsed() < LOCK_TIMEOUT => {
                tracing::info!("another program writes to the database; waiting for it");
            }
            Err(error) if error.is_busy() => return Err(OpenError::Waited(LOCK_TIMEOUT.as_secs())),
            Err(error) => return Err(refused(error)),
        }
    };
    apply(&mut tx, database.dialect()).await?;
    tx.commit().await.map_err(|error| refused(error.into()))
}

async fn under_the_lock(database: &Database) -> Result<(), OpenError> {
    let mut connection = database.lend().await.map_err(executing)?;
    // Whatever happens: a connection that may hold the lock does not go back to the pool.
    connection.close_when_dropped();
    // To change a large table takes its time.
    if let Some(unbounded) = database.dialect().unbounded_statements() {
        sqlx::raw_sql(unbounded).execute(&mut *connection).await.map_err(executing)?;
    }
    let began = Instant::now();
    let mut told = false;
    // 1: it is ours. 0: somebody else has it. NULL: the server could not say, as when it is short of memory.
    while take_lock(&mut connection).await? != Some(1) {
        if began.elapsed() >= LOCK_TIMEOUT {
            return Err(OpenError::Waited(LOCK_TIMEOUT.as_secs()));
        }
        if !told {
            tracing::info!("another replica migrates the database; waiting for it");
            told = true;
        }
    }
    apply(&mut connection, database.dialect()).await?;
    query(GIVE_LOCK).execute(&mut *connection).await.map_err(executing)?;
    Ok(())
}

async fn take_lock(connection: &mut Connection) -> Result<Option<i64>, OpenError> {
    let asked = Instant::now();
    let taken = query_scalar::<_, Option<i64>>(TAKE_LOCK).bind(LOCK_POLL_SECONDS).fetch_one(connection).await;
    let taken = taken.map_err(executing)?;
    if taken.is_none() && asked.elapsed() < Duration::from_secs(1) {
        // An answer that came at once would come as fast the next time.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(taken)
}

fn of(error: MigrateError, migrator: &Migrator) -> OpenError {
    let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    match error {
        MigrateError::VersionMissing(version) if version > known => OpenError::Newer { version, known },
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            OpenError::Changed(version)
        }
        MigrateError::Dirty(COPYING_VERSION) => OpenError::HalfCopied,
        MigrateError::Dirty(version) => OpenError::Unfinished(version),
        other => OpenError::Migrate(Box::new(other)),
    }
}

fn executing(error: sqlx::Error) -> OpenError {
    OpenError::Migrate(Box::new(MigrateError::Execute(error)))
}

fn refused(error: DbError) -> OpenError {
    OpenError::Refused(error)
}
