//! What feeds cost, in this part alone: `scripts/bench feed`.
//!
//! Pages and lists, however much there is; spreading, alongside the bare statement; what other writes feel of it; and how long a
//! post takes to its last follower, with relay, consumer and worker as the program runs them. On SQLite and on MariaDB. `ROWS` is
//! how many follow the one whom most follow. `scripts/bench feed read` measures only the first part, `spread` the second, `deliver`
//! the last two.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where a test would, and prints")]

mod deliver;
mod plant;
mod read;
mod rows;
mod spread;
mod stage;

use std::time::Duration;

use testkit::TestDatabase;

use crate::stage::Stage;

fn main() {
    let most = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        measure("SQLite", TestDatabase::sqlite().await, most).await;
        match TestDatabase::mysql().await {
            Some(database) => measure("MariaDB", database, most).await,
            None => println!("MariaDB: none is there"),
        }
    });
}

async fn measure(name: &str, database: TestDatabase, most: i64) {
    let stage = Stage::new(database);
    let planted = plant::plant(&stage, most).await;
    println!("\n{name}: {} people, {} posts, {} follow one of them", planted.people, planted.posts, most);
    if is_asked("read") {
        read::measure(&stage, &planted).await;
    }
    if is_asked("spread") || is_asked("deliver") {
        let rate = spread::measure(&stage, &planted).await;
        if is_asked("deliver") {
            deliver::measure(&stage, &planted, rate).await;
        }
    }
}

/// Whether this part is measured: where none is named, all are.
fn is_asked(part: &str) -> bool {
    let mut parts = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    parts.peek().is_none() || parts.any(|named| named == part)
}

/// Of durations, the one that this share is not longer than.
pub fn quantile(durations: &mut [Duration], share: f64) -> Duration {
    durations.sort_unstable();
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a place"
    )]
    let place = ((durations.len() as f64 * share) as usize).min(durations.len().saturating_sub(1));
    durations.get(place).copied().unwrap_or_default()
}

/// In milliseconds.
pub fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// How many times as long.
pub fn times(one: Duration, other: Duration) -> String {
    format!("{:.2}", one.as_secs_f64() / other.as_secs_f64().max(1e-9))
}
