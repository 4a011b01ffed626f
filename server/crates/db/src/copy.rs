//! Copying everything from one database to another, which may be of the other kind: for who outgrows SQLite, or moves to another server.
//!
//! Nobody may serve from either meanwhile. Until the copy is complete, no program starts on it: its list of migrations has one that is
//! not finished.
//!
//! The numbers that a database gives out itself go on after the greatest that is there, so one of a row that is gone may come again. Nothing
//! keeps such a number: what an erased person wrote is gone with them, and revocations are read by their time.

use std::num::TryFromIntError;

use futures::TryStreamExt as _;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::migrate::Migrate as _;
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _, query, query_with,
};

use crate::connection::Connection;
use crate::database::{Database, Reader};
use crate::dialect::Dialect;
use crate::error::{DbError, OpenError};
use crate::migrate::{self, APPLIED, COPYING_VERSION, has_applied};
use crate::replicas;
use crate::settings::DatabaseSettings;

/// The table to which others refer, so it is copied before them.
const REFERRED_TO: &str = "members";
/// How many rows one statement inserts.
const STATEMENT_ROWS: usize = 64;
/// How many rows, and how many bytes, one transaction inserts at most; a larger row goes alone. A statement stays below the smallest
/// packet that a server must take (4 MiB).
const MAX_TRANSACTION_ROWS: usize = 2_048;
const BYTES: usize = 2 << 20;

crate::statements! {
    MARK = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, 'copy', FALSE, ?, 0)";
    UNMARK = "DELETE FROM _sqlx_migrations WHERE version = ?";
}

/// Why a database cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both are the same place.
    #[error("both are the same database: give another one to copy to")]
    SamePlace,
    /// The one to copy from cannot be opened.
    #[error("the database to copy from cannot be used")]
    From(#[source] OpenError),
    /// There is nothing of this program.
    #[error("there is no database of Daemun to copy from")]
    Missing,
    /// One of them was made by another version.
    #[error(
        "the schema of one of the databases is not the one of this version: start this version on it once, and stop it again; or give a new one to copy to"
    )]
    OtherVersion,
    /// Somebody serves from one of them.
    #[error(
        "a program (version {version}) serves from one of the two databases, or was killed a moment ago: stop all of them first, or what they write meanwhile would be missing"
    )]
    InUse {
        /// Its version.
        version: String,
    },
    /// The one to copy to cannot be opened or made.
    #[error("the database to copy to cannot be used")]
    To(#[source] OpenError),
    /// It has rows.
    #[error("the database to copy to is not empty: its table {table} has rows. Give a new one")]
    NotEmpty {
        /// The first such table.
        table: &'static str,
    },
    /// It has another number of rows than the table that was copied.
    #[error(
        "the table {table} has {from} rows, and its copy {to}: remove the copy, and begin again while no program serves"
    )]
    Rows {
        /// The table.
        table: &'static str,
        /// How many there are.
        from: u64,
        /// How many were copied.
        to: u64,
    },
    /// A statement failed.
    #[error("the copy is not complete: remove it, and begin again")]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// A copy under way.
#[derive(Debug)]
pub struct DatabaseCopy {
    from: Database,
    to: Database,
    tables: Vec<&'static str>,
}

impl DatabaseCopy {
    /// Opens both, makes the schema of the copy, and looks whether `tables` can be copied: all that the parts of the program declare.
    ///
    /// # Errors
    /// Everything that [`CopyError`] lists but the last two. Nothing was changed then in a database that has a schema already.
    pub async fn begin(
        from: &DatabaseSettings,
        to: &DatabaseSettings,
        tables: impl IntoIterator<Item = &'static str>,
    ) -> Result<Self, CopyError> {
        if from.url == to.url {
            return Err(CopyError::SamePlace);
        }
        let mut tables: Vec<_> = tables.into_iter().collect();
        tables.sort_by_key(|table| (*table != REFERRED_TO, *table));
        if from.url.file().is_some_and(|file| !file.exists()) {
            return Err(CopyError::Missing);
        }
        Database::check(from).await.map_err(CopyError::From)?;
        let from = Database::connect(from).await.map_err(CopyError::From)?;
        if !has_applied(&mut *from.read().await?, from.dialect()).await.map_err(CopyError::From)? {
            return Err(CopyError::Missing);
        }
        Database::check(to).await.map_err(CopyError::To)?;
        let to = Database::connect(to).await.map_err(CopyError::To)?;
        let is_made = has_applied(&mut *to.read().await?, to.dialect()).await.map_err(CopyError::To)?;
        let copy = Self { from, to, tables };
        // Before anything changes there: it may be in use, and not the one that was meant.
        if is_made {
            copy.check().await?;
        }
        migrate::run(&copy.to).await.map_err(CopyError::To)?;
        copy.check().await?;
        copy.mark().await?;
        Ok(copy)
    }

    async fn check(&self) -> Result<(), CopyError> {
        self.is_at_rest().await?;
        if applied(&self.from).await? != applied(&self.to).await? {
            return Err(CopyError::OtherVersion);
        }
        let mut reader = unbounded(&self.to).await?;
        for table in &self.tables {
            if count(&mut reader, table).await? > 0 {
                return Err(CopyError::NotEmpty { table });
            }
        }
        Ok(())
    }

    /// Whether nobody serves from either. One that came and left in between is not seen.
    async fn is_at_rest(&self) -> Result<(), CopyError> {
        for database in [&self.from, &self.to] {
            let now = database.clock().await?;
            if let Some(replica) = replicas::beating(&mut *database.read().await?, now).await?.pop() {
                return Err(CopyError::InUse { version: replica.version });
            }
        }
        Ok(())
    }

    async fn mark(&self) -> Result<(), CopyError> {
        let mut tx = self.to.begin().await?;
        query(MARK).bind(COPYING_VERSION).bind(Vec::new()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// The tables, in the order in which they have to be copied.
    pub fn tables(&self) -> &[&'static str] {
        &self.tables
    }

    /// Copies the rows of a table, and returns how many.
    ///
    /// # Errors
    /// [`CopyError::Rows`] and [`CopyError::Db`].
    pub async fn copy(&self, table: &'static str) -> Result<u64, CopyError> {
        let columns = columns(&self.to, table).await?;
        let mut rows = Rows { to: &self.to, table, columns: &columns, waiting: Vec::new(), bytes: 0 };
        let mut reader = unbounded(&self.from).await?;
        let all = AssertSqlSafe(format!("SELECT {} FROM {table}", columns.join(", ")));
        let mut read = query(all).fetch(&mut *reader);
        while let Some(row) = read.try_next().await? {
            rows.add(row).await?;
        }
        drop(read);
        rows.write().await?;
        let from = count(&mut reader, table).await?;
        let to = count(&mut *unbounded(&self.to).await?, table).await?;
        if from != to {
            return Err(CopyError::Rows { table, from, to });
        }
        Ok(to)
    }

    /// Makes a copy of which every table was copied one that programs start on.
    ///
    /// # Errors
    /// [`CopyError::InUse`] when somebody serves by now, as after a restart by somebody who watches over the program: rows may have changed
    /// since they were copied. [`CopyError::Db`] when a database does not answer.
    pub async fn finish(self) -> Result<(), CopyError> {
        self.is_at_rest().await?;
        let mut tx = self.to.begin().await?;
        query(UNMARK).bind(COPYING_VERSION).execute(&mut *tx).await?;
        tx.commit().await?;
        self.from.close().await;
        self.to.close().await;
        Ok(())
    }
}

/// The numbers of the migrations that ran.
async fn applied(database: &Database) -> Result<Vec<i64>, CopyError> {
    let mut reader = database.read().await?;
    let applied = reader.list_applied_migrations(APPLIED).await;
    let applied = applied.map_err(|error| DbError::Internal(sqlx::Error::Migrate(Box::new(error))))?;
    Ok(applied.iter().map(|migration| migration.version).collect())
}

/// A connection for reading whose statements may take as long as a large table needs.
async fn unbounded(database: &Database) -> Result<Reader, CopyError> {
    let mut reader = database.read().await?;
    if let Some(unbounded) = database.dialect().unbounded_statements() {
        sqlx::raw_sql(unbounded).execute(&mut *reader).await?;
    }
    Ok(reader)
}

async fn count(reader: &mut Connection, table: &str) -> Result<u64, CopyError> {
    let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let rows: i64 = query(count).fetch_one(reader).await?.try_get(0)?;
    let negative = |_: TryFromIntError| DbError::Unreadable { column: "COUNT(*)" };
    Ok(u64::try_from(rows).map_err(negative)?)
}

/// The columns of a table. Both databases have the same, perhaps in another order.
async fn columns(database: &Database, table: &str) -> Result<Vec<String>, CopyError> {
    let sql = match database.dialect() {
        Dialect::Sqlite => "SELECT name FROM pragma_table_info(?) ORDER BY cid",
        Dialect::Mysql => {
            "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position"
        }
    };
    let mut reader = database.read().await?;
    let rows = query(sql).bind(table.to_owned()).fetch_all(&mut *reader).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Rows on their way to a table.
struct Rows<'a> {
    to: &'a Database,
    table: &'static str,
    columns: &'a [String],
    waiting: Vec<AnyRow>,
    bytes: usize,
}

impl Rows<'_> {
    async fn add(&mut self, row: AnyRow) -> Result<(), CopyError> {
        let size = size(&row)?;
        if self.waiting.len() >= MAX_TRANSACTION_ROWS
            || (!self.waiting.is_empty() && self.bytes + size > BYTES)
        {
            self.write().await?;
        }
        self.bytes += size;
        self.waiting.push(row);
        Ok(())
    }

    /// Inserts those that wait, in one transaction. Statements with as many rows as possible, of which there are two for each table.
    async fn write(&mut self) -> Result<(), CopyError> {
        let mut tx = self.to.begin().await?;
        let (many, rest) = self.waiting.as_chunks::<STATEMENT_ROWS>();
        for rows in many.iter().map(<[AnyRow; STATEMENT_ROWS]>::as_slice).chain(rest.chunks(1)) {
            let values = self.values(rows)?;
            query_with(AssertSqlSafe(self.insert(rows.len())), values).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        self.waiting.clear();
        self.bytes = 0;
        Ok(())
    }

    fn insert(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.table,
            self.columns.join(", "),
            vec![row; rows].join(", ")
        )
    }

    fn values(&self, rows: &[AnyRow]) -> Result<AnyArguments, CopyError> {
        let mut values = AnyArguments::default();
        for row in rows {
            for index in 0..self.columns.len() {
                add(&mut values, row, index)?;
            }
        }
        Ok(values)
    }
}

/// Adds a value of a row. There are only texts, integers and blobs.
fn add(values: &mut AnyArguments, row: &AnyRow, index: usize) -> Result<(), sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    let added = match raw.type_info().name() {
        _ if raw.is_null() => values.add(None::<String>),
        "TEXT" => values.add(row.try_get::<String, _>(index)?),
        "BLOB" => values.add(row.try_get::<Vec<u8>, _>(index)?),
        _ => values.add(row.try_get::<i64, _>(index)?),
    };
    added.map_err(sqlx::Error::Encode)
}

/// About how many bytes a row has.
fn size(row: &AnyRow) -> Result<usize, sqlx::Error> {
    row.columns().iter().try_fold(0, |sum, column| {
        let raw = row.try_get_raw(column.ordinal())?;
        Ok(sum
            + match raw.type_info().name() {
                _ if raw.is_null() => 1,
                "TEXT" => row.try_get::<&str, _>(column.ordinal())?.len(),
                "BLOB" => row.try_get::<&[u8], _>(column.ordinal())?.len(),
                _ => size_of::<i64>(),
            })
    })
}
