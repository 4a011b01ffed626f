//! What a migrated database looks like: found out once by each test program, and copied for each of its tests. A copy is made in
//! a tenth of the time that the migrations take, since they build tables that later ones change or drop.

use std::fmt::Write as _;
use std::path::Path;

use db::{Connection, Database};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::OnceCell;

use crate::empty_database::{create_mysql, sqlite_url, value};

static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
static MYSQL: OnceCell<String> = OnceCell::const_new();

/// Writes a migrated SQLite database to `file`.
pub(crate) async fn write_sqlite(file: &Path) {
    let template = SQLITE.get_or_init(async || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.db");
        // Who closes last puts the log into the file.
        Database::open(&sqlite_url(&file)).await.unwrap().close().await;
        assert!(!folder.path().join("template.db-wal").exists(), "the file alone is the whole database");
        std::fs::read(file).unwrap()
    });
    std::fs::write(file, template.await).unwrap();
}

/// Gives the empty database that `connection` is in the tables that the migrations make, and the rows in them.
pub(crate) async fn fill_mysql(connection: &mut Connection) {
    let template = MYSQL.get_or_init(async || {
        let (url, empty) = create_mysql().await.unwrap();
        empty.close().await.unwrap();
        let database = Database::open(&url).await.unwrap();
        let statements = statements(&mut database.read().await.unwrap()).await;
        database.close().await;
        statements
    });
    connection.execute(AssertSqlSafe(template.await.as_str())).await.unwrap();
}

/// What makes the tables and rows that this MySQL database has.
async fn statements(connection: &mut Connection) -> String {
    // A table may refer to one that comes after it.
    let mut statements = "SET SESSION foreign_key_checks = 0;\n".to_owned();
    let schema = sqlx::query_scalar("SELECT CAST(DATABASE() AS CHAR)").fetch_one(&mut *connection);
    let schema: String = schema.await.unwrap();
    let tables = sqlx::query_scalar(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()",
    );
    let tables: Vec<String> = tables.fetch_all(&mut *connection).await.unwrap();
    for table in tables {
        let made = sqlx::raw_sql(AssertSqlSafe(format!("SHOW CREATE TABLE {table}")));
        let made = value(&made.fetch_one(&mut *connection).await.unwrap(), 1);
        writeln!(statements, "{};", String::from_utf8(made).unwrap()).unwrap();
        let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
        let rows: i64 = count.fetch_one(&mut *connection).await.unwrap();
        if rows > 0 {
            writeln!(statements, "INSERT INTO {table} SELECT * FROM {schema}.{table};").unwrap();
        }
    }
    statements.push_str("SET SESSION foreign_key_checks = 1;\n");
    statements
}
