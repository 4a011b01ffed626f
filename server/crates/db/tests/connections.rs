//! What an operator decides about connections, and servers that do not answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use db::{
    Connection, Database, DatabaseSettings, DatabaseUrl, DbError, LentTransaction, Row as _, Select, query,
};
use testkit::TestDatabase;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

/// A way to a server on which connections fall silent: nobody hangs up, and nothing arrives.
struct SilentWay {
    port: u16,
    /// Connections with a smaller number are silent.
    silent_below: Arc<AtomicU32>,
    opened: Arc<AtomicU32>,
}

impl SilentWay {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let way = Self {
            port: listener.local_addr().unwrap().port(),
            silent_below: Arc::default(),
            opened: Arc::default(),
        };
        let (silent_below, opened) = (Arc::clone(&way.silent_below), Arc::clone(&way.opened));
        tokio::spawn(async move {
            loop {
                let (here, _) = listener.accept().await.unwrap();
                let there = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let (from_client, to_client) = here.into_split();
                let (from_server, to_server) = there.into_split();
                for (from, to) in [(from_client, to_server), (from_server, to_client)] {
                    tokio::spawn(carry(from, to, number, Arc::clone(&silent_below)));
                }
            }
        });
        way
    }

    fn fall_silent(&self) {
        self.silent_below.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

async fn carry(
    from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    number: u32,
    silent_below: Arc<AtomicU32>,
) {
    let mut piece = [0; 8192];
    loop {
        from.readable().await.unwrap();
        if number < silent_below.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        match from.try_read(&mut piece) {
            Ok(0) => return,
            Ok(read) => {
                if to.write_all(&piece[..read]).await.is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

fn on_port(url: &DatabaseUrl, port: u16) -> DatabaseUrl {
    let DatabaseUrl::Mysql(mut url) = url.clone() else { panic!("a server") };
    url.set_port(Some(port)).unwrap();
    DatabaseUrl::Mysql(url)
}

fn port(url: &DatabaseUrl) -> u16 {
    let DatabaseUrl::Mysql(url) = url else { panic!("a server") };
    url.port().unwrap()
}

async fn answers(database: &Database) -> Result<i64, DbError> {
    let mut reader = database.read().await?;
    Ok(query("SELECT 1").fetch_one(&mut *reader).await?.try_get(0)?)
}

/// As when the machine of a server is gone: its connections would hang for a quarter of an hour.
#[tokio::test]
async fn connections_that_fell_silent_are_replaced_within_seconds() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let way = SilentWay::to(port(database.url())).await;
    let mut settings = DatabaseSettings::new(on_port(database.url(), way.port));
    (settings.connections, settings.connect_timeout) = (2, Duration::from_secs(2));
    let reached = Database::connect(&settings).await.unwrap();
    assert_eq!(answers(&reached).await.unwrap(), 1);
    way.fall_silent();
    let began = Instant::now();
    // Those who ask are not willing to wait forever.
    while !tokio::time::timeout(Duration::from_millis(500), answers(&reached))
        .await
        .is_ok_and(|one| one.is_ok())
    {
        assert!(began.elapsed() < Duration::from_secs(12), "it goes on with silent connections");
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_an_outage() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let mut settings = DatabaseSettings::from(database.url());
    settings.statement_timeout = Duration::from_millis(200);
    let hasty = Database::connect(&settings).await.unwrap();
    let mut reader = hasty.read().await.unwrap();
    let slow = "SELECT COUNT(*) FROM information_schema.collations a, information_schema.collations b, \
        information_schema.collations c, information_schema.collations d WHERE a.id + b.id + c.id + d.id < 0";
    let error = DbError::from(query(slow).execute(&mut *reader).await.unwrap_err());
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn who_gets_no_connection_in_time_is_told() {
    for database in TestDatabase::both().await {
        let mut settings = DatabaseSettings::from(database.url());
        (settings.connections, settings.connect_timeout) = (1, Duration::from_millis(500));
        let narrow = Database::connect(&settings).await.unwrap();
        let _only_one = narrow.read().await.unwrap();
        let began = Instant::now();
        let error = narrow.read().await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(2));
    }
}

async fn number(connection: &mut Connection, sql: &'static str) -> i64 {
    query(sql).fetch_one(connection).await.unwrap().get(0)
}

/// How often this connection was pinged; the server counts that with other orders, which nobody gives here.
async fn pings(connection: &mut Connection) -> i64 {
    let pings = query("SHOW SESSION STATUS LIKE 'Com_admin_commands'").fetch_one(connection).await.unwrap();
    pings.get::<String, _>(1).parse().unwrap()
}

#[tokio::test]
async fn a_connection_that_did_well_a_moment_ago_is_lent_again_without_being_asked() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let asked = async |mut tx: LentTransaction| {
        let (connection, pings) = (number(&mut tx, CONNECTION).await, pings(&mut tx).await);
        Ok::<_, DbError>(tx.commit((connection, pings)))
    };
    let (mut before, mut at_once) = (database.transact(asked).await.unwrap(), 0);
    for _ in 0..200 {
        let began = Instant::now();
        assert!(database.find(query("SELECT 1")).await.unwrap().is_some());
        database.execute_alone(|| query("DELETE FROM write_probes WHERE id = 'nothing'")).await.unwrap();
        let after = database.transact(asked).await.unwrap();
        // On a machine that stalls, it was not a moment ago.
        if began.elapsed() < Duration::from_millis(40) {
            assert_eq!(after, before, "the same connection, and nobody pinged");
            at_once += 1;
        }
        before = after;
    }
    assert!(at_once > 0, "it was always too slow");
    // Nobody says of this one that it did well.
    drop(database.read().await.unwrap());
    let began = Instant::now();
    while database.transact(asked).await.unwrap() == before {
        assert!(began.elapsed() < Duration::from_secs(5), "the pool asks it");
    }
}

const CONNECTION: &str = "SELECT CAST(CONNECTION_ID() AS SIGNED)";

#[tokio::test]
async fn a_connection_that_is_gone_meanwhile_is_replaced_and_nobody_hears_of_it() {
    let (Some(database), Some(other)) = (TestDatabase::mysql().await, TestDatabase::mysql().await) else {
        return;
    };
    let asked = async |mut tx: LentTransaction| {
        let connection = number(&mut tx, CONNECTION).await;
        Ok::<_, DbError>(tx.commit(connection))
    };
    let kill = async |connection: i64| {
        let mut operator = other.read().await.unwrap();
        let kill = format!("KILL CONNECTION {connection}");
        query(sqlx::AssertSqlSafe(kill)).execute(&mut *operator).await.unwrap();
    };
    let first = database.transact(asked).await.unwrap();
    kill(first).await;
    assert!(database.find(query("SELECT 1")).await.unwrap().is_some());
    let second = database.transact(asked).await.unwrap();
    assert_ne!(second, first);
    kill(second).await;
    let begun = async |mut tx: LentTransaction| {
        query("DELETE FROM write_probes WHERE id = 'nothing'").execute(&mut **tx).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    database.transact(begun).await.unwrap();
}

#[tokio::test]
async fn who_waits_gets_what_comes_back_and_nothing_is_open_in_it() {
    for database in TestDatabase::both().await {
        let mut settings = DatabaseSettings::from(database.url());
        settings.connections = 1;
        let narrow = Database::connect(&settings).await.unwrap();
        for ends in ["committed", "dropped"] {
            let mut tx = narrow.begin().await.unwrap();
            let insert = query("INSERT INTO write_probes (id, written) VALUES (?, 1)").bind(ends);
            insert.execute(&mut *tx).await.unwrap();
            let next = tokio::spawn({
                let narrow = narrow.clone();
                async move { number(&mut narrow.begin().await.unwrap(), COUNT).await }
            });
            tokio::task::yield_now().await;
            match ends {
                "committed" => tx.commit().await.unwrap(),
                _ => drop(tx),
            }
            assert_eq!(next.await.unwrap(), 1, "{ends}");
        }
    }
}

const COUNT: &str = "SELECT COUNT(*) FROM write_probes WHERE written = 1";

#[tokio::test]
async fn connections_at_hand_are_closed_with_all_others() {
    for database in TestDatabase::both().await {
        let closed = Database::connect(database.url()).await.unwrap();
        closed.begin().await.unwrap().commit().await.unwrap();
        assert!(closed.find(query("SELECT 1")).await.unwrap().is_some());
        tokio::time::timeout(Duration::from_secs(5), closed.close()).await.unwrap();
        assert!(matches!(closed.begin().await, Err(DbError::Unavailable(_))));
        assert!(matches!(closed.find(query("SELECT 1")).await, Err(DbError::Unavailable(_))));
    }
}

const WRITTEN: Select = Select::new("SELECT written FROM write_probes WHERE id = ?");
const IS_READ_ONLY: Select = Select::new("SELECT CAST(@@SESSION.transaction_read_only AS SIGNED)");
const IS_READ_ONLY_IN_MARIADB: Select = Select::new("SELECT CAST(@@SESSION.tx_read_only AS SIGNED)");

/// Gives the database one row to be read.
async fn count_to(database: &Database, number: i64) {
    let insert = async |mut tx: LentTransaction| {
        let insert = query("INSERT INTO write_probes (id, written) VALUES ('x', ?)").bind(number);
        insert.execute(&mut **tx).await?;
        Ok::<_, DbError>(tx.commit(()))
    };
    database.transact(insert).await.unwrap();
}

async fn stale(database: &Database) -> i64 {
    let mut reader = database.read_stale().await.unwrap();
    let row = reader.select(WRITTEN).bind("x".to_owned()).fetch_optional().await.unwrap();
    row.unwrap().get(0)
}

#[tokio::test]
async fn what_may_be_stale_is_read_elsewhere_and_here_while_that_is_away() {
    let (Some(here), Some(there)) = (TestDatabase::mysql().await, TestDatabase::mysql().await) else {
        return;
    };
    count_to(&here, 1).await;
    count_to(&there, 2).await;
    let mut settings = DatabaseSettings::from(here.url());
    settings.read_url = Some(there.url().clone());
    let database = Database::open(&settings).await.unwrap();
    assert_eq!(stale(&database).await, 2);
    let mut reader = database.read_stale().await.unwrap();
    let read_only = match reader.select(IS_READ_ONLY).fetch_optional().await {
        Ok(row) => row,
        Err(_) => reader.select(IS_READ_ONLY_IN_MARIADB).fetch_optional().await.unwrap(),
    };
    assert_eq!(read_only.unwrap().get::<i64, _>(0), 1, "the server would refuse a write, too");
    let mut transaction = database.begin().await.unwrap();
    let here =
        query("SELECT written FROM write_probes WHERE id = 'x'").fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(here.get::<i64, _>(0), 1, "what is written is read here");
    drop(transaction);
    settings.read_url = Some(on_port(there.url(), 1));
    settings.connect_timeout = Duration::from_secs(1);
    let alone = Database::open(&settings).await.unwrap();
    for _ in 0..3 {
        assert_eq!(stale(&alone).await, 1);
    }
}

#[tokio::test]
async fn without_another_place_what_may_be_stale_is_read_here() {
    for database in TestDatabase::both().await {
        count_to(&database, 1).await;
        assert_eq!(stale(&database).await, 1);
    }
}

/// What MySQL's own default for passwords asks for. MariaDB 10.11 has no such users.
#[tokio::test]
async fn caching_sha2_password_works_with_tls_and_is_told_of_without() {
    let Some(database) = TestDatabase::mysql().await else { return };
    let mut transaction = database.begin().await.unwrap();
    let version: String =
        query("SELECT CAST(VERSION() AS CHAR)").fetch_one(&mut *transaction).await.unwrap().get(0);
    if version.contains("MariaDB") {
        return;
    }
    let DatabaseUrl::Mysql(mut url) = database.url().clone() else { panic!("a server") };
    let (name, user) = (url.path()[1..].to_owned(), url.path()[1..].replace("daemun_", "sha2_"));
    for statement in [
        format!("CREATE USER '{user}'@'%' IDENTIFIED WITH caching_sha2_password BY 'Zk3vQ9xT'"),
        format!("GRANT ALL ON {name}.* TO '{user}'@'%'"),
    ] {
        query(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await.unwrap();
    }
    url.set_username(&user).unwrap();
    url.set_password(Some("Zk3vQ9xT")).unwrap();
    let url = DatabaseUrl::Mysql(url);
    // Once it came by TLS, the server knows it and would take it in the clear, too.
    let error = Database::connect(&url.with_tls("DISABLED", "").unwrap()).await.unwrap_err();
    assert!(matches!(error, db::OpenError::NeedsTls { .. }), "{error:?}");
    for mode in ["REQUIRED", "PREFERRED", "DISABLED"] {
        let reached = Database::connect(&url.with_tls(mode, "").unwrap()).await.unwrap();
        assert_eq!(answers(&reached).await.unwrap(), 1, "{mode}");
    }
}

/// The whole of what an operator is told.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn why_a_database_cannot_be_opened_is_told_and_soon() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    std::fs::write(&file, "this is no database\n".repeat(400)).unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite:{}", file.display())).unwrap();
    let began = Instant::now();
    let error = Database::connect(&DatabaseSettings::new(url)).await.unwrap_err();
    assert!(told(&error).contains("not a database"), "{}", told(&error));
    assert!(began.elapsed() < Duration::from_secs(3), "a try is enough");
    let Some(database) = TestDatabase::mysql().await else { return };
    let mut settings = DatabaseSettings::new(on_port(database.url(), 1));
    settings.connect_timeout = Duration::from_secs(1);
    let error = Database::connect(&settings).await.unwrap_err();
    assert!(told(&error).contains("refused"), "{}", told(&error));
}

#[tokio::test]
async fn the_file_of_sqlite_and_what_is_beside_it_are_for_the_programs_user_alone() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("data");
    let url = DatabaseUrl::parse(&format!("sqlite:{}", folder.join("daemun.db").display())).unwrap();
    let database = Database::connect(&DatabaseSettings::new(url)).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    query("CREATE TABLE kept (number INTEGER)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1, "with its log: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    database.close().await;
}

/// As in a program that ends its runtime first. The driver's pool would panic.
#[test]
fn a_database_may_outlive_the_runtime_that_it_was_used_in() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(async {
        let database = TestDatabase::sqlite().await;
        query("SELECT 1").fetch_one(&mut *database.read().await.unwrap()).await.unwrap();
        database
    });
    drop(runtime);
    drop(database);
}
