//! Two hundred sign-ins by password at once, and how long a look at the program's health takes meanwhile:
//! `scripts/bench rush`. Passwords are hashed on every core but one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where a test would")]
#![expect(clippy::panic, reason = "a bench stops where a test would")]

#[expect(dead_code, reason = "the other benches use more of it")]
mod bench;
#[path = "../tests/http/rush.rs"]
mod rush;

use std::process::Command;

use bench::{daemun, free_port, rounds};
use rush::Rush;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("{:<28} {:>12} {:>12} {:>14}", "", "memory", "of", "slowest look");
    for _ in 0..rounds() {
        let (folder, operations) = (tempfile::tempdir().unwrap(), free_port());
        let command = Command::new(env!("CARGO_BIN_EXE_daemun"));
        let settings = [("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1")];
        let server = daemun(command, folder.path(), operations, &settings);
        let address = |port| format!("127.0.0.1:{port}");
        let seen = runtime.block_on(Rush::of(server.child.id(), &address(server.port), &address(operations)));
        println!(
            "{:<28} {:>8} MiB {:>8} MiB {:>11.1} ms",
            format!("{:?}", seen.statuses),
            seen.grown >> 20,
            Rush::cap() >> 20,
            seen.slowest_look.as_secs_f64() * 1e3
        );
    }
}
