//! Pages and sessions on one core: `scripts/bench site`.
//!
//! The program runs as it is released; wrk asks from the other core. `live` is the operators' answer, which has no layers
//! of ours: what HTTP server and kernel take, and so the limit of everything here. `of live` is its processor time by that of a
//! request.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

mod bench;
#[expect(dead_code, reason = "the bench of the feed uses more of it")]
mod planted;

use bench::{Figures, MEASURED, daemun, free_port, middle, pinned, program, rounds};
use db::DatabaseUrl;

/// Connections at once.
const BUSY: u32 = 64;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let operators = free_port();
    let command = pinned(MEASURED, program());
    let site = daemun(command, folder.path(), operators, &[]);
    let database = DatabaseUrl::parse(&format!("sqlite:{}/data/daemun.db", folder.path().display())).unwrap();
    let signed_in = tokio::runtime::Runtime::new().unwrap().block_on(planted::signed_in(&database));
    let cookie = [format!("Cookie: {signed_in}")];
    // Who opens a page under another host is sent to the public address.
    let host = format!("Host: localhost:{}", site.port);
    let page = [&*host, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
    let page = page.map(str::to_owned);
    let packed = [&page[..], &["Accept-Encoding: gzip, deflate, br, zstd".to_owned()]].concat();
    let packed_signed_in = [&packed[..], &cookie].concat();
    let measure = |port: u16, path: &str, fields: &[String]| {
        middle((0..rounds()).map(|_| site.measure(port, path, fields, BUSY)).collect())
    };
    let live = measure(operators, "/health/live", &[]);
    let bare = live.cpu_micros;
    println!("{:<34} {:>9} {:>10} {:>12} {:>10} {:>10}", "", "req/s", "µs CPU", "of live", "p50", "p99");
    line("live: server and kernel alone", &live, bare);
    for (name, path, fields) in [
        ("session read, nobody", "/api/auth/session", &[][..]),
        ("session read, from memory", "/api/auth/session", &cookie),
        ("login page", "/oauth/login", &page),
        ("login page, compressed", "/oauth/login", &packed),
        ("main page", "/", &page),
        ("main page, signed in, compressed", "/", &packed_signed_in),
        ("keys for services", "/oauth2/jwks", &[]),
    ] {
        line(name, &measure(site.port, path, fields), bare);
    }
}

fn line(name: &str, figures: &Figures, bare: f64) {
    assert!(!figures.refused, "{name}: not every answer was a success");
    let of_live = bare / figures.cpu_micros;
    figures.note(name);
    let Figures { rate, cpu_micros, median, late, .. } = figures;
    println!("{name:<34} {rate:>9.0} {cpu_micros:>10.1} {of_live:>12.2} {median:>10} {late:>10}");
}
