//! The signing key that most programs of a test process begin with. Making one takes longer than a usual test, so the first program
//! makes it, and those after it find its row in their database.

use std::sync::OnceLock;

use db::{Row as _, query};
use server::config::Config;
use testkit::TestDatabase;
use tokens::KeyKind;

static MADE: OnceLock<Row> = OnceLock::new();

/// A row of `signing_keys`. It is sealed with the master key that a program makes for itself, which is the same for all programs whose
/// randomness begins at the same seed.
struct Row {
    kid: String,
    kind: String,
    sealed: Vec<u8>,
    published_at: i64,
    active_from: i64,
}

/// Whether a program with these settings makes its own master key, and a signing key of the usual kind.
pub fn is_usual(config: &Config) -> bool {
    config.master_keys.is_empty() && config.tokens.key_kind == KeyKind::default()
}

/// Writes the key into a database that has none, if it is made.
pub async fn lend(database: &TestDatabase) {
    let Some(row) = MADE.get() else { return };
    let mut tx = database.begin().await.unwrap();
    // A database may be without tables on purpose.
    let there = query("SELECT COUNT(*) FROM signing_keys").fetch_one(&mut *tx).await;
    if !there.is_ok_and(|row| row.get::<i64, _>(0) == 0) {
        return;
    }
    query("INSERT INTO signing_keys (kid, generation, kind, sealed, published_at, active_from) VALUES (?, 1, ?, ?, ?, ?)")
        .bind(&*row.kid)
        .bind(&*row.kind)
        .bind(&*row.sealed)
        .bind(row.published_at)
        .bind(row.active_from)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Keeps the key that a program has made.
pub async fn keep(database: &TestDatabase) {
    if MADE.get().is_some() {
        return;
    }
    let sql = "SELECT kid, kind, sealed, published_at, active_from FROM signing_keys WHERE generation = 1";
    let mut reader = database.read().await.unwrap();
    let Some(row) = query(sql).fetch_optional(&mut *reader).await.unwrap() else { return };
    MADE.get_or_init(|| Row {
        kid: row.get("kid"),
        kind: row.get("kind"),
        sealed: row.get("sealed"),
        published_at: row.get("published_at"),
        active_from: row.get("active_from"),
    });
}
