//! The gateway with one route and with a thousand: what a request takes, and what a route takes of the memory.

use std::fmt::Write as _;

use crate::bench::{Figures, note};
use crate::memory::own_bytes;
use crate::{ORIGIN, route, started, surroundings};

const BUSY: u32 = 64;
const MANY: usize = 1_000;

pub fn measure() {
    let service = surroundings::service();
    let mut held = Vec::new();
    for routes in [1, MANY] {
        let mut toml = String::new();
        for number in 0..routes {
            let path = format!("/service{number}/of/many");
            write!(toml, "{}", route(&path, service, "public = true")).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let server = started(folder.path(), &toml);
        held.push(own_bytes(&server));
        // The last one that is written.
        let path = format!("/service{}/of/many/1", routes - 1);
        let host = format!("Host: {}", ORIGIN.trim_start_matches("http://"));
        let figures: Figures = server.measure(server.port, &path, &[host], BUSY);
        assert!(!figures.refused, "{path}: not every answer was a success");
        let name = format!("gateway, public route, of {routes}");
        println!("{name:<50} {:>8.1} µs {:>9.0}/s", figures.cpu_micros, figures.rate);
        figures.note(&name);
    }
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let each = (held[1].saturating_sub(held[0])) as f64 / (MANY - 1) as f64;
    println!("{:<50} {each:>8.0} bytes", "a route");
    note("a route", "bytes", each);
}
