//! Rows of `docs/performance.md` that no other bench has: first reads and growth, whole sign-ins beside bare loops of what they cannot do
//! without, and memory. `scripts/bench table` runs this, one row after the other.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

mod bare;
#[path = "../bench/mod.rs"]
#[expect(dead_code, reason = "the other benches use more of it")]
mod bench;
mod crowd;
mod memory;
#[path = "../planted/mod.rs"]
#[expect(dead_code, reason = "the bench of the feed uses more of it")]
mod planted;
#[path = "../../tests/http/provider_actor.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod provider_actor;
mod reads;
mod routes;
mod sign_ins;
#[path = "../planted/surroundings.rs"]
mod surroundings;
#[path = "../instructions/wire.rs"]
#[expect(dead_code, reason = "the bench of instructions uses more of it")]
mod wire;

use std::path::Path;

use bench::{MEASURED, Server, free_port, pinned, program};

/// The address of programs here, whatever port they listen on.
const ORIGIN: &str = "http://localhost:3000";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["reads"] => reads::measure(),
        ["routes"] => routes::measure(),
        ["sign-ins"] => sign_ins::measure(),
        ["memory"] => memory::measure(),
        ["bare", what, with] => bare::run(what, with),
        _ => panic!("reads, routes, sign-ins or memory; not {arguments:?}"),
    }
}

/// The program on the measured core, with this configuration.
fn started(folder: &Path, toml: &str) -> Server {
    std::fs::write(folder.join("daemun.toml"), toml).unwrap();
    let settings = [("DAEMUN_PUBLIC_URL", ORIGIN)];
    bench::daemun(pinned(MEASURED, program()), folder, free_port(), &settings)
}

/// The database of a program in this folder.
fn database(folder: &Path) -> db::DatabaseUrl {
    db::DatabaseUrl::parse(&format!("sqlite:{}/data/daemun.db", folder.display())).unwrap()
}

/// A route of the gateway to a service on this port.
fn route(path: &str, port: u16, more: &str) -> String {
    format!(
        "[[gateway.routes]]\npath = \"{path}/{{*rest}}\"\nupstream = [\"http://127.0.0.1:{port}\"]\n\
         methods = [\"GET\"]\n{more}\n"
    )
}
