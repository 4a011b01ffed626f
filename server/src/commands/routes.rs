//! `daemun routes`.

use std::io::{self, Write};
use std::process::ExitCode;

use gateway::RouteRow;
use web::RouteEntry;

use super::output::{failure, written};
use crate::compose;
use crate::config::{self, Sources};
use crate::gateway::routes;

/// Prints the route table.
pub(super) fn run(sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(loaded) => loaded.config,
        Err(error) => return failure(&error.to_string()),
    };
    let gateway = match routes::table(&config) {
        Ok(table) => table,
        Err(error) => return failure(&error.to_string()),
    };
    let own = compose::table_by(&config);
    match written(print(&mut io::stdout().lock(), &own, &gateway.lines())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn print(out: &mut impl Write, own: &[RouteEntry], gateway: &[RouteRow]) -> io::Result<()> {
    for RouteEntry { method, path, guard, .. } in own {
        writeln!(out, "{method:<20} {path:<34} {guard}")?;
    }
    for line in gateway {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
