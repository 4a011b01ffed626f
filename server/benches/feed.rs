//! A page of the feed over HTTP, beside the bare statements of a page: `scripts/bench feed`.
//!
//! The program runs as it is released, on one core, and wrk asks from the other. The bare statements are asked by the same driver
//! on that core, by as many at once.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

#[expect(dead_code, reason = "the other benches use more of it")]
mod bench;
#[expect(dead_code, reason = "the other benches use more of it")]
mod planted;

use std::process::Command;
use std::time::{Duration, Instant};

use bench::{MEASURED, Server, daemun, free_port, middle, pinned, program, rounds};
use db::{Database, DatabaseUrl, query};
use kernel::{Clock as _, SystemClock};
use names::MemberId;
use planted::Person;
use testkit::TestDatabase;

/// Who asks at once.
const BUSY: u32 = 8;
const POSTS: i64 = 800;
const BARE: &str = "bare";

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == BARE) {
        // As the program is asked: on its core, by itself.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        println!("{}", runtime.block_on(bare(&arguments[at + 1], &arguments[at + 2])));
        return;
    }
    println!("{:<10} {:<24} {:>9} {:>12} {:>10} {:>10}", "", "", "req/s", "of the bare", "p50", "p99");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}/data/daemun.db", folder.path().display());
    measure(&runtime, "SQLite", &sqlite, folder.path());
    if let Some(database) = runtime.block_on(TestDatabase::empty_mysql()) {
        let folder = tempfile::tempdir().unwrap();
        measure(&runtime, "MariaDB", &database.expose(), folder.path());
    }
}

fn measure(runtime: &tokio::runtime::Runtime, name: &str, url: &str, folder: &std::path::Path) {
    let command = pinned(MEASURED, program());
    let server: Server = daemun(command, folder, free_port(), &[("DAEMUN_DATABASE__URL", url)]);
    let (cookie, member) = runtime.block_on(plant(url));
    let mut rates: Vec<f64> = (0..rounds()).map(|_| bare_rate(url, &member)).collect();
    rates.sort_by(f64::total_cmp);
    let bare = rates[rates.len() / 2];
    println!("{name:<10} {:<24} {bare:>9.0}", "bare statements");
    let fields = [format!("Cookie: {cookie}")];
    for (what, path) in [("API", "/api/activity/feed"), ("page", "/feed")] {
        let figures =
            middle((0..rounds()).map(|_| server.measure(server.port, path, &fields, BUSY)).collect());
        assert!(!figures.refused, "{what}: not every answer was a success");
        let (share, rate) = (figures.rate / bare, figures.rate);
        println!(
            "{name:<10} {what:<24} {rate:>9.0} {share:>12.2} {:>10} {:>10}",
            figures.median, figures.late
        );
    }
}

fn bare_rate(url: &str, member: &str) -> f64 {
    let this = std::env::current_exe().unwrap();
    let mut command: Command = pinned(MEASURED, this.to_str().unwrap());
    let output = command.args([BARE, url, member]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.trim().parse().unwrap_or_else(|_| panic!("{said} {}", String::from_utf8_lossy(&output.stderr)))
}

/// Asks for a page by its statements alone; gives how many pages a second.
async fn bare(url: &str, member: &str) -> f64 {
    let db = Database::open(&DatabaseUrl::parse(url).unwrap()).await.unwrap();
    let span = Duration::from_secs(
        std::env::var("SPAN").ok().and_then(|span| span.trim_end_matches('s').parse().ok()).unwrap_or(10),
    );
    let began = Instant::now();
    let asking: Vec<_> = (0..BUSY)
        .map(|_| {
            let (db, member) = (db.clone(), member.to_owned());
            tokio::spawn(async move {
                let mut count = 0_u32;
                while began.elapsed() < span {
                    page(&db, &member).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut all = 0;
    for one in asking {
        all += one.await.unwrap();
    }
    f64::from(all) / began.elapsed().as_secs_f64()
}

/// Who reads, whom to look up, the posts, and who wrote them.
async fn page(db: &Database, member: &str) {
    let mut reader = db.read().await.unwrap();
    let person = query(statement(db, |text| text.contains("FROM people WHERE member_id = ?")));
    let person = person.bind(member.to_owned()).fetch_one(&mut *reader).await.unwrap();
    let no: i64 = db::Row::get(&person, "no");
    let pulled = statement(db, |text| text.contains("f.delivery = 1 ORDER BY a.last_post"));
    let mut pulled = query(pulled);
    for _ in 0..2 {
        pulled = pulled.bind(vec![0xff; 16]).bind(vec![0; 16]);
    }
    pulled.bind(member.to_owned()).bind(1_i64).bind(24_i64).fetch_all(&mut *reader).await.unwrap();
    let mut page = query(statement(db, |text| text.starts_with("SELECT c.id")));
    for _ in 0..3 {
        page = page.bind(no).bind(vec![0xff; 16]).bind(vec![0; 16]).bind(21_i64);
    }
    let page = page.bind(21_i64).bind(no).bind(no).bind(no);
    let rows = page.fetch_all(&mut *reader).await.unwrap();
    assert_eq!(rows.len(), 21);
    let author = query("SELECT id, nickname, greeting, status FROM members WHERE id = ?");
    author.bind(AUTHOR.to_owned()).fetch_one(&mut *reader).await.unwrap();
}

const AUTHOR: &str = "01923456-789a-7000-8000-000000000001";

fn statement(db: &Database, is_it: impl Fn(&str) -> bool) -> &'static str {
    let fixed = activity::STORAGE.statements.iter().flat_map(|of_table| of_table.iter().copied());
    fixed.chain((activity::STORAGE.per_dialect)(db.dialect())).find(|text| is_it(text)).unwrap()
}

/// Somebody who is signed in and has a feed; gives their cookie, and their id.
async fn plant(url: &str) -> (String, String) {
    let db = Database::open(&DatabaseUrl::parse(url).unwrap()).await.unwrap();
    let (reader, now) = (Person::new(), SystemClock.now());
    let author = MemberId::parse(AUTHOR).unwrap();
    let mut tx = db.begin().await.unwrap();
    planted::people(&mut tx, std::slice::from_ref(&reader), now).await;
    planted::insert(&mut tx, "members (id, nickname, greeting, status, created_at, updated_at)", 1, |_| {
        format!("('{AUTHOR}', '김민지', '안녕하세요!', 'active', 0, 0)")
    })
    .await;
    planted::feed(&mut tx, reader.member, author, POSTS, now).await;
    tx.commit().await.unwrap();
    (reader.cookie(), reader.member.to_string())
}
