//! What a client waits for most: the code grant and the refresh grant on one core, beside openssl's RSA-2048 signature on the same
//! core in the same run: `scripts/bench grants`.
//!
//! The program runs as it is released, on SQLite and on MariaDB, with 100 registered clients and families and with 100,000 (`ROWS`
//! changes that); those who ask, and MariaDB, are on the other core. Each grant without an ID token makes one signature, with one
//! two, so a ratio of 1 (of 0.5) would mean that everything but signing is free.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where a test would")]
#![expect(clippy::panic, reason = "a bench stops where a test would")]

#[expect(dead_code, reason = "the other benches use more of it")]
mod bench;
#[path = "grants/clients.rs"]
mod clients;
#[path = "grants/plant.rs"]
mod plant;
#[expect(dead_code, reason = "the bench of the feed uses more of it")]
mod planted;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use bench::shares::Sampling;
use bench::{MEASURED, Server, daemun, free_port, note, pinned, program, rounds};
use clients::{Asker, Request};
use plant::Planted;
use testkit::TestDatabase;

/// How many requests are measured together.
const REQUESTS: usize = 2_000;

fn main() {
    let most: usize = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!(
        "{:<9} {:>8}  {:<24} {:>9} {:>9} {:>14} {:>16}",
        "", "clients", "grant", "a second", "µs CPU", "of RSA-2048", "by CPU alone"
    );
    let sizes = BTreeSet::from([most.min(100), most]);
    for &rows in &sizes {
        runtime.block_on(async {
            Stage::new("SQLite", TestDatabase::sqlite().await, rows).await.measure().await;
        });
    }
    for &rows in &sizes {
        let Some(database) = runtime.block_on(TestDatabase::mysql()) else { return };
        runtime.block_on(async {
            Stage::new("MariaDB", database, rows).await.measure().await;
        });
    }
}

/// The program, and what is in its database.
struct Stage {
    name: &'static str,
    rows: usize,
    planted: Planted,
    asker: Asker,
    server: Server,
    _folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl Stage {
    async fn new(name: &'static str, database: TestDatabase, rows: usize) -> Self {
        let planted = Planted::in_database(&database, rows).await;
        let folder = tempfile::tempdir().unwrap();
        let url = database.url().expose();
        let settings = [("DAEMUN_DATABASE__URL", url.as_str()), ("DAEMUN_LOG__FILTER", "info")];
        let command = pinned(MEASURED, program());
        let server = daemun(command, folder.path(), free_port(), &settings);
        let asker = Asker::new(server.port);
        Self { name, rows, planted, asker, server, _folder: folder, _database: database }
    }

    async fn measure(&mut self) {
        self.asker.knows(&self.planted.clients).await;
        for (scope, with) in [("read", ""), ("openid read", ", with an ID token")] {
            let (mut codes, mut refreshes) = (Vec::new(), Vec::new());
            let rsa = signatures_a_second();
            for round in 0..=rounds() {
                let requests = self.asker.codes(&self.planted, scope, REQUESTS).await;
                let by_codes = self.timed(&requests).await;
                // The first is for warming up, and for samples.
                let sampling = if round == 0 { Sampling::of(&self.server) } else { None };
                let by_refreshes = self.refreshed(scope).await;
                if let Some(sampling) = sampling {
                    sampling.end().note(&self.row(&format!("refresh{with}")));
                }
                if round > 0 {
                    codes.push(by_codes);
                    refreshes.push(by_refreshes);
                }
            }
            self.line(&format!("code{with}"), codes, rsa);
            self.line(&format!("refresh{with}"), refreshes, rsa);
        }
    }

    /// Refreshes so often, each family once at a time.
    async fn refreshed(&mut self, scope: &str) -> Took {
        let (mut took, mut left) = (Took::default(), REQUESTS);
        while left > 0 {
            let requests = self.planted.refreshes(scope, left);
            let part = self.timed(&requests).await;
            took = Took { wall: took.wall + part.wall, cpu: took.cpu + part.cpu };
            left -= requests.len();
        }
        took
    }

    /// Sends all, and keeps what came of refreshes for the next time.
    async fn timed(&mut self, requests: &[Request]) -> Took {
        let (cpu, began) = (self.server.cpu(), Instant::now());
        let answers = self.asker.send(requests).await;
        let took = Took { wall: began.elapsed(), cpu: self.server.cpu().saturating_sub(cpu) };
        self.planted.keep(&answers);
        took
    }

    /// As it is noted.
    fn row(&self, grant: &str) -> String {
        format!("{grant}, {}, {}", self.name, self.rows)
    }

    fn line(&self, grant: &str, mut took: Vec<Took>, rsa: f64) {
        took.sort_by_key(|took| took.wall);
        let Took { wall, cpu } = took.swap_remove(took.len() / 2);
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let each = |span: Duration| span.as_secs_f64() / REQUESTS as f64;
        let (rate, cpu) = (1.0 / each(wall), each(cpu));
        let row = self.row(grant);
        note(&row, "rate", rate);
        note(&row, "cpu", cpu * 1e6);
        note(&row, "limit", 1e6 / rsa);
        println!(
            "{:<9} {:>8}  {grant:<24} {rate:>9.0} {:>9.0} {:>14.2} {:>16.2}",
            self.name,
            self.rows,
            cpu * 1e6,
            rate / rsa,
            1.0 / cpu / rsa
        );
    }
}

/// How long so many requests took together.
#[derive(Default)]
struct Took {
    wall: Duration,
    /// Of the program alone.
    cpu: Duration,
}

/// How often openssl signs in a second, on the core of what is measured.
fn signatures_a_second() -> f64 {
    let mut speed: Command = pinned(MEASURED, "openssl");
    let output = speed.args(["speed", "-mr", "-seconds", "3", "rsa2048"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line =
        said.lines().find(|line| line.starts_with("+F2")).unwrap_or_else(|| panic!("openssl says {said}"));
    line.split(':').nth(3).unwrap().parse().unwrap()
}
