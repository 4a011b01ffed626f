//! A database of its own for each test.

use std::io::Write as _;
use std::ops::Deref;
use std::path::Path;
use std::sync::Once;

use db::{Connection, Database, DatabaseUrl, Dialect};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Executor as _, Row as _, ValueRef as _};
use tempfile::TempDir;

use crate::template;

const MYSQL: &str = "DAEMUN_TEST_MYSQL_URL";

/// A new database with all migrations, as a copy of one that was migrated. SQLite in a folder that goes away with it, or a database
/// on the MariaDB server that `make test` starts (its whole data folder goes away at the end).
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    url: DatabaseUrl,
    _folder: Option<TempDir>,
}

/// The URL of the MariaDB server that tests may use.
fn mysql_server() -> Option<String> {
    static SAY: Once = Once::new();
    let server = std::env::var(MYSQL).ok();
    if server.is_none() {
        // Straight to the terminal: what a test prints is shown only if it fails.
        SAY.call_once(|| {
            let text =
                format!("{MYSQL} is not set: only SQLite is tried. `make test` tries MariaDB as well.\n");
            std::io::stderr().write_all(text.as_bytes()).unwrap();
        });
    }
    server
}

/// A new, empty database on the MariaDB server, and a connection in it.
async fn create_mysql() -> Option<(DatabaseUrl, Connection)> {
    let server = mysql_server()?;
    let mut name = [0; 8];
    kernel::Randomness::fill(&kernel::OsRandomness, &mut name);
    let name = format!("daemun_{:016x}", u64::from_ne_bytes(name));
    sqlx::any::install_default_drivers();
    let mut connection = Connection::connect(&server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}; USE {name}"))).await.unwrap();
    let url = DatabaseUrl::parse(&format!("{}/{name}", server.trim_end_matches('/'))).unwrap();
    Some((url, connection))
}

pub(crate) fn sqlite_url(file: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{}", file.display())).unwrap()
}

impl TestDatabase {
    pub(crate) const fn of(database: Database, url: DatabaseUrl, folder: Option<TempDir>) -> Self {
        Self { database, url, _folder: folder }
    }

    /// A SQLite database.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("daemun.db");
        template::write_sqlite(&file).await;
        let url = sqlite_url(&file);
        Self { database: Database::open(&url).await.unwrap(), url, _folder: Some(folder) }
    }

    /// A database on the MariaDB server; `None` where there is no server, which is said once.
    pub async fn mysql() -> Option<Self> {
        let (url, mut connection) = create_mysql().await?;
        template::fill_mysql(&mut connection).await;
        connection.close().await.unwrap();
        Some(Self { database: Database::open(&url).await.unwrap(), url, _folder: None })
    }

    /// One of each kind: the same test must pass on both. Without a MariaDB server both are SQLite, which is said once.
    pub async fn both() -> [Self; 2] {
        let second = match Self::mysql().await {
            Some(mysql) => mysql,
            None => Self::sqlite().await,
        };
        [Self::sqlite().await, second]
    }

    /// The URL of a database on the MariaDB server that has no table yet; `None` where there is no server, which is said
    /// once.
    pub async fn empty_mysql() -> Option<DatabaseUrl> {
        let (url, connection) = create_mysql().await?;
        connection.close().await.unwrap();
        Some(url)
    }

    /// Where it is, to open it a second time as another replica would.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Prepares each statement, which fails on a spelling that this database does not know.
    pub async fn prepare(&self, statements: &[&'static str]) {
        let mut connection = self.database.read().await.unwrap();
        for statement in statements {
            let prepared = (&mut *connection).prepare(sqlx::SqlStr::from_static(statement)).await;
            prepared.unwrap_or_else(|error| panic!("{:?}: {statement}: {error}", self.database.dialect()));
        }
    }

    /// Everything in every table as one text, to search for what must not be there.
    pub async fn dump(&self) -> String {
        let mut dump = String::new();
        for (table, row) in self.rows().await {
            dump.push_str(&table);
            for index in 0..row.len() {
                dump.push('|');
                dump.push_str(&String::from_utf8_lossy(&value(&row, index)));
            }
            dump.push('\n');
        }
        dump
    }

    /// The same value by value, as it is there, each with `table.column`: bytes that are no text stay what they are.
    pub async fn cells(&self) -> Vec<(String, Vec<u8>)> {
        let mut cells = Vec::new();
        for (table, row) in self.rows().await {
            for (index, column) in row.columns().iter().enumerate() {
                cells.push((format!("{table}.{}", column.name()), value(&row, index)));
            }
        }
        cells
    }

    /// All rows, each with its table.
    async fn rows(&self) -> Vec<(String, AnyRow)> {
        let mut connection = self.database.read().await.unwrap();
        let tables = match self.database.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
            Dialect::Mysql => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() ORDER BY table_name"
            }
        };
        let tables = sqlx::query_scalar::<_, String>(tables).fetch_all(&mut *connection).await.unwrap();
        let mut rows = Vec::new();
        for table in tables.iter().filter(|name| !name.starts_with("_sqlx") && !name.starts_with("sqlite")) {
            let all = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
            let found = all.fetch_all(&mut *connection).await.unwrap();
            rows.extend(found.into_iter().map(|row| (table.clone(), row)));
        }
        rows
    }
}

/// A value as bytes; a number as its digits, NULL as nothing.
pub(crate) fn value(row: &AnyRow, index: usize) -> Vec<u8> {
    if row.try_get_raw(index).unwrap().is_null() {
        return Vec::new();
    }
    row.try_get::<String, _>(index)
        .map(String::into_bytes)
        .or_else(|_| row.try_get::<i64, _>(index).map(|number| number.to_string().into_bytes()))
        .or_else(|_| row.try_get::<Vec<u8>, _>(index))
        .unwrap()
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}
