//! A database of its own for each test.

use std::ops::Deref;

use db::{Database, DatabaseUrl, Dialect};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Executor as _, Row as _};
use tempfile::TempDir;

use crate::empty_database::{create_mysql, sqlite_url, value};
use crate::template;

/// A new database with all migrations, as a copy of one that was migrated. SQLite in a folder that goes away with it, or a database
/// on the MariaDB server that `make test` starts (its whole data folder goes away at the end).
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    url: DatabaseUrl,
    _folder: Option<TempDir>,
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

    /// Has MariaDB count these tables, so that its plans are for what is in them now; those of SQLite are the same whatever is.
    pub async fn analyse(&self, tables: &[&str]) {
        if self.database.dialect() == Dialect::Sqlite {
            return;
        }
        let mut connection = self.database.read().await.unwrap();
        for table in tables {
            let analyse = sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE TABLE {table}")));
            (&mut *connection).execute(analyse).await.unwrap();
        }
    }

    /// How the database goes about a statement with these values, in its own words.
    pub async fn plan(&self, statement: &str, values: &[&str]) -> String {
        let explain = match self.database.dialect() {
            Dialect::Sqlite => "EXPLAIN QUERY PLAN",
            Dialect::Mysql => "EXPLAIN FORMAT=JSON",
        };
        let mut connection = self.database.read().await.unwrap();
        let explained = sqlx::query(AssertSqlSafe(format!("{explain} {statement}")));
        let explained = values.iter().fold(explained, |all, value| match value.parse::<i64>() {
            Ok(number) => all.bind(number),
            Err(_) => all.bind((*value).to_owned()),
        });
        let rows = explained.fetch_all(&mut *connection).await.unwrap();
        let last = |row: &AnyRow| String::from_utf8_lossy(&value(row, row.len() - 1)).into_owned();
        rows.iter().map(last).collect::<Vec<_>>().join("\n")
    }

    /// Whether a plan looks at all rows of a table, or sorts them.
    pub fn reads_all(plan: &str) -> bool {
        // In the words of SQLite, of MariaDB, and of MySQL.
        ["SCAN", "TEMP B-TREE FOR ORDER", "\"ALL\"", "\"access_type\": \"table\""]
            .iter()
            .any(|words| plan.contains(words))
    }

    /// A number that `sql` asks for.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let mut reader = self.database.read().await.unwrap();
        db::query(sql).fetch_one(&mut *reader).await.unwrap().get(0)
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

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}
