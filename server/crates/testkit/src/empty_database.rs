//! Databases without a table, and how their values are read.

use std::io::Write as _;
use std::path::Path;
use std::sync::Once;

use db::{Connection, DatabaseUrl};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, ValueRef as _};

const MYSQL: &str = "DAEMUN_TEST_MYSQL_URL";

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
pub(crate) async fn create_mysql() -> Option<(DatabaseUrl, Connection)> {
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

/// The URL of a SQLite database in `file`.
pub(crate) fn sqlite_url(file: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{}", file.display())).unwrap()
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
