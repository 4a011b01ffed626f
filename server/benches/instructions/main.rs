//! Instructions of one request on each hot path: `scripts/bench instructions`.
//!
//! The program is composed as it is served, without what it does beside requests, on a listener of its own and on one thread;
//! time stands still for it. It runs under callgrind, which counts what all its threads do while a path is asked for, and nothing
//! else. The callers, the providers and the service behind the gateway are in this process, which is not counted. Instructions do not
//! depend on how busy the machine is, so `docs/instructions.md` holds them, and this fails when they have moved. What the kernel
//! does is not in them; `make profile` tells its share.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would"
)]

mod around;
mod callgrind;
#[path = "../planted/mod.rs"]
#[expect(dead_code, reason = "the other benches use more of it")]
mod planted;
mod profile;
#[path = "../../tests/http/provider_actor.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod provider_actor;
mod scene;
mod serve;
mod steps;
#[path = "../planted/surroundings.rs"]
mod surroundings;
mod table;
#[path = "../../tests/http/token_actor.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod token_actor;
mod wire;

use std::process::ExitCode;

use steps::Step;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", folder, control] => {
            serve::serve(folder, control);
            ExitCode::SUCCESS
        }
        [] => table::hold(),
        [wanted] => {
            profile::print(&Step::named(wanted));
            ExitCode::SUCCESS
        }
        _ => panic!("nothing, or the name or address of a path; not {arguments:?}"),
    }
}
