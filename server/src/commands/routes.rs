//! `daemun routes`.

use std::io::{self, Write};
use std::process::ExitCode;

use web::{PublicOrigin, RouteEntry};

use super::{failure, load};
use crate::compose;
use crate::config::Sources;

/// Prints the route table.
pub(super) fn run(sources: &Sources) -> ExitCode {
    let config = match load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    match print(&mut io::stdout().lock(), &compose::table(&PublicOrigin::of(&config.public_url))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn print(out: &mut impl Write, table: &[RouteEntry]) -> io::Result<()> {
    for RouteEntry { method, path, guard } in table {
        writeln!(out, "{method:<6} {path:<34} {guard}")?;
    }
    Ok(())
}
