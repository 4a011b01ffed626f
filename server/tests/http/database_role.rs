//! The program with a database role that has what the documentation grants, and nothing else (S-OPS-4).

use db::{DatabaseUrl, query};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use testkit::TestDatabase;

use crate::app::App;

/// The statements of the documentation that make the role.
fn documented() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/database.md")).unwrap();
    let block = text.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    block
        .split(';')
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

#[tokio::test]
async fn s_ops_4_the_documented_role_is_enough_and_reads_nothing_else() {
    let Some(server) = TestDatabase::empty_mysql().await else { return };
    let Some(other) = TestDatabase::mysql().await else { return };
    let (DatabaseUrl::Mysql(server), DatabaseUrl::Mysql(other)) = (server, other.url().clone()) else {
        panic!("MariaDB expected")
    };
    let (name, others) = (server.path().trim_start_matches('/'), other.path().trim_start_matches('/'));
    // Names of users are shorter than those of databases, and shared by all tests.
    let user = name.replace("daemun_", "role_");
    let mut administrator = db::Connection::connect(server.as_str()).await.unwrap();
    for statement in documented() {
        let statement = statement
            .replace("daemun.*", &format!("{name}.*"))
            .replace("'daemun'@", &format!("'{user}'@"))
            .replace("'10.0.0.%'", "'%'");
        if !statement.starts_with("CREATE DATABASE") {
            administrator
                .execute(AssertSqlSafe(statement.clone()))
                .await
                .unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }
    let mut url = server.clone();
    url.set_username(&user).unwrap();
    url.set_password(Some("a-long-random-password")).unwrap();
    let unused = TestDatabase::sqlite().await;
    let app = App::launch(DatabaseUrl::Mysql(url.clone()), unused, crate::app::configuration(&[]), 7).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    assert!(app.is_signed_in(&browser).await, "it migrates and serves");
    app.clean().await;
    browser.submit("/api/auth/signout", &[]).await;
    app.stop().await;

    let mut role = db::Connection::connect(url.as_str()).await.unwrap();
    query("SELECT COUNT(*) FROM members").fetch_one(&mut role).await.unwrap();
    for forbidden in [
        format!("SELECT COUNT(*) FROM {others}.members"),
        "SELECT COUNT(*) FROM mysql.global_priv".to_owned(),
        "SELECT LOAD_FILE('/etc/passwd') INTO OUTFILE '/tmp/never'".to_owned(),
        format!("DROP DATABASE {others}"),
        "CREATE DATABASE never".to_owned(),
        "CREATE USER never".to_owned(),
        format!("GRANT SELECT ON {name}.* TO CURRENT_USER"),
        "SET GLOBAL max_connections = 1".to_owned(),
        format!("CREATE TRIGGER {name}.never BEFORE INSERT ON {name}.members FOR EACH ROW SET @x = 1"),
    ] {
        let refused = role.execute(AssertSqlSafe(forbidden.clone())).await;
        let error = refused.map(|_| ()).expect_err(&forbidden).to_string();
        assert!(error.contains("denied") || error.contains("Access"), "{forbidden}: {error}");
    }
    role.close().await.unwrap();
    administrator.execute(AssertSqlSafe(format!("DROP USER '{user}'@'%'"))).await.unwrap();
    administrator.close().await.unwrap();
}
