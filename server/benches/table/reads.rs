//! Reads of sessions, the first of each and those after it, among few sessions and among a million.

use db::Database;
use kernel::{Clock as _, SystemClock};

use crate::bench::{Figures, Server, note};
use crate::planted::{self, Person};
use crate::wire::get;
use crate::{ORIGIN, bare, crowd, database, route, started, surroundings};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// Rows in a transaction: the program waits for each.
const AT_ONCE: usize = 20_000;
const BUSY: u32 = 64;
const READ: &str = "/api/auth/session";

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = surroundings::service();
    let folder = tempfile::tempdir().unwrap();
    let server = started(folder.path(), &route("/checked", service, "scope = \"read\""));
    let db = runtime.block_on(Database::open(&database(folder.path()))).unwrap();
    let mut people = Vec::new();
    for sessions in [FEW, MANY] {
        let known = people.len();
        runtime.block_on(grow(&db, &mut people, sessions));
        first_reads(&server, &people[known..], &format!("session read, first time of each, {sessions}"));
        let cookie = [format!("Cookie: {}", people[0].cookie()), host()];
        for (name, path) in [("session read, from memory", READ), ("gateway, a cookie", "/checked/1")] {
            line(&format!("{name}, {sessions}"), &server.measure(server.port, path, &cookie, BUSY));
        }
        let url = database(folder.path()).expose();
        let bare = bare::micros("read", &url);
        println!("{:<50} {bare:>8.1} µs", format!("one indexed read, bare, {sessions}"));
        note(&format!("one indexed read, bare, {sessions}"), "cpu", bare);
    }
}

fn line(name: &str, figures: &Figures) {
    assert!(!figures.refused, "{name}: not every answer was a success");
    println!("{name:<50} {:>8.1} µs {:>9.0}/s", figures.cpu_micros, figures.rate);
    figures.note(name);
}

fn host() -> String {
    format!("Host: {}", ORIGIN.trim_start_matches("http://"))
}

/// Signs people in until there are so many.
async fn grow(db: &Database, people: &mut Vec<Person>, sessions: usize) {
    while people.len() < sessions {
        let new = AT_ONCE.min(sessions - people.len());
        let new: Vec<_> = std::iter::repeat_with(Person::new).take(new).collect();
        let mut tx = db.begin().await.unwrap();
        planted::people(&mut tx, &new, SystemClock.now()).await;
        tx.commit().await.unwrap();
        people.extend(new);
    }
}

/// Reads so many sessions that were not read before, spread over all that are new: neighbours would share pages of the index.
fn first_reads(server: &Server, people: &[Person], name: &str) {
    let of = |person: &Person| get(READ, &[("Cookie", &person.cookie())]);
    let requests: Vec<_> = people.iter().step_by(people.len() / FEW).map(of).collect();
    let (warm_up, measured) = requests.split_at(FEW / 10);
    crowd::asks(server, warm_up);
    crowd::asks(server, measured).note(name);
}
