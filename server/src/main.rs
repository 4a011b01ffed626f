//! `daemun`: reads the command line and hands over.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::commands::run(std::env::args_os())
}
