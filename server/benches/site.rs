//! Pages and sessions on one core: `scripts/bench site`.
//!
//! The program runs as it is released; wrk asks from the other core. `live` is the operators' answer, which has no layers
//! of ours: what HTTP server and kernel take. What a request costs beyond that is ours.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

mod bench;

use std::path::Path;
use std::time::Duration;

use bench::{Figures, MEASURED, daemun, free_port, middle, pinned, rounds};
use db::{Database, DatabaseUrl, query};
use kernel::NewId as _;
use kernel::{Clock as _, OpaqueToken, OsRandomness, SystemClock};
use names::{MemberId, SessionId};
use sqlx::AssertSqlSafe;

/// Connections at once.
const BUSY: u32 = 64;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let operators = free_port();
    let command = pinned(MEASURED, env!("CARGO_BIN_EXE_daemun"));
    let site = daemun(command, folder.path(), operators, &[]);
    let signed_in = tokio::runtime::Runtime::new().unwrap().block_on(sign_in(folder.path()));
    let cookie = [format!("Cookie: daemun={signed_in}")];
    let measure = |port: u16, path: &str, fields: &[String]| {
        middle((0..rounds()).map(|_| site.measure(port, path, fields, BUSY)).collect())
    };
    let live = measure(operators, "/health/live", &[]);
    let bare = live.cpu_micros;
    println!("{:<32} {:>9} {:>10} {:>12} {:>10} {:>10}", "", "req/s", "µs CPU", "ours", "p50", "p99");
    line("live: server and kernel alone", &live, bare);
    for (name, path, fields) in [
        ("session read, nobody", "/api/auth/session", &[][..]),
        ("session read, from memory", "/api/auth/session", &cookie),
        ("login page", "/oauth/login", &[]),
        ("main page", "/", &[]),
        ("main page, signed in", "/", &cookie),
        ("keys for services", "/oauth2/jwks", &[]),
    ] {
        line(name, &measure(site.port, path, fields), bare);
    }
}

fn line(name: &str, figures: &Figures, bare: f64) {
    assert!(!figures.refused, "{name}: not every answer was a success");
    let ours = format!("{:.0} %", 100.0 * (figures.cpu_micros - bare).max(0.0) / figures.cpu_micros);
    let Figures { rate, cpu_micros, median, late, .. } = figures;
    println!("{name:<32} {rate:>9.0} {cpu_micros:>10.1} {ours:>12} {median:>10} {late:>10}");
}

/// Somebody who is signed in, without a provider: gives what their cookie holds.
async fn sign_in(folder: &Path) -> String {
    let url = format!("sqlite:{}/data/daemun.db", folder.display());
    let db = Database::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let member = MemberId::new(&SystemClock, &OsRandomness);
    let (session, handle) = (SessionId::new(&SystemClock, &OsRandomness), OpaqueToken::new(&OsRandomness));
    let now = SystemClock.now();
    let end = now.plus(Duration::from_hours(240));
    let mut tx = db.begin().await.unwrap();
    for sql in [
        format!(
            "INSERT INTO members (id, nickname, greeting, status, created_at, updated_at) \
             VALUES ('{member}', '김민지', '안녕하세요!', 'active', 0, 0)"
        ),
        format!(
            "INSERT INTO sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, \
             ends_at, user_agent, network, rotated_at) \
             VALUES ('{session}', ?, '{member}', 'kakao', {now}, {now}, {end}, {end}, '', '', {now})",
            now = now.millis(),
            end = end.millis()
        ),
    ] {
        let handle = handle.hash().as_bytes().to_vec();
        let statement = if sql.contains('?') {
            query(AssertSqlSafe(sql)).bind(handle)
        } else {
            query(AssertSqlSafe(sql))
        };
        statement.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    handle.text()
}
