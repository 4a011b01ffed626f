//! `daemun`: reads the command line and hands over.

use std::process::ExitCode;

/// A request through the gateway makes and drops a few dozen small pieces; the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::commands::run(std::env::args_os())
}
