//! A database as an older version of the program left it, to try what becomes of its rows.

use std::borrow::Cow;
use std::path::Path;

use db::{Database, DatabaseUrl};
use sqlx::AnyConnection;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::empty_database::sqlite_url;

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../migrations");

/// A database with the first migrations only.
pub struct OldDatabase {
    connection: AnyConnection,
    url: DatabaseUrl,
    folder: Option<TempDir>,
}

impl OldDatabase {
    /// One of each kind, with the migrations up to this version. Without a MariaDB server both are SQLite.
    pub async fn both(version: i64) -> [Self; 2] {
        let second = match Self::mysql(version).await {
            Some(mysql) => mysql,
            None => Self::sqlite(version).await,
        };
        [Self::sqlite(version).await, second]
    }

    async fn sqlite(version: i64) -> Self {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("daemun.db");
        let url = sqlite_url(&file);
        let connection = connect(&format!("sqlite://{}?mode=rwc", file.display())).await;
        Self { connection, url, folder: Some(folder) }.migrated("sqlite", version).await
    }

    async fn mysql(version: i64) -> Option<Self> {
        let url = TestDatabase::empty_mysql().await?;
        let connection = connect(&url.expose()).await;
        Some(Self { connection, url, folder: None }.migrated("mysql", version).await)
    }

    async fn migrated(mut self, dialect: &str, version: i64) -> Self {
        let all = Migrator::new(Path::new(MIGRATIONS).join(dialect)).await.unwrap();
        let first = all.iter().filter(|migration| migration.version <= version).cloned().collect();
        let first = Migrator { migrations: Cow::Owned(first), locking: false, ..Migrator::DEFAULT };
        first.run(&mut self.connection).await.unwrap();
        self
    }

    /// Where it is.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Runs a statement.
    pub async fn execute(&mut self, statement: sqlx::query::Query<'_, sqlx::Any, sqlx::any::AnyArguments>) {
        (&mut self.connection).execute(statement).await.unwrap();
    }

    /// Opens it as the program of today does.
    pub async fn upgrade(self) -> TestDatabase {
        self.connection.close().await.unwrap();
        TestDatabase::of(Database::open(&self.url).await.unwrap(), self.url, self.folder)
    }
}

async fn connect(url: &str) -> AnyConnection {
    AnyConnection::connect(url).await.unwrap()
}
