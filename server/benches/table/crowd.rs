//! Requests that differ, sent once each over a few connections at a time.

use std::time::Instant;

use crate::bench::{Server, note};
use crate::wire::Wire;

const BUSY: usize = 64;

/// What a request took.
pub struct Took {
    /// Processor time of the program.
    pub cpu_micros: f64,
    /// Requests in a second.
    pub rate: f64,
}

impl Took {
    /// Prints it, and adds it to the file that `FIGURES` names.
    pub fn note(&self, name: &str) {
        println!("{name:<50} {:>8.1} µs {:>9.0}/s", self.cpu_micros, self.rate);
        note(name, "cpu", self.cpu_micros);
        note(name, "rate", self.rate);
    }
}

/// Sends every request, each of which succeeds.
pub fn asks(server: &Server, requests: &[String]) -> Took {
    measured(server, requests.len(), || {
        std::thread::scope(|scope| {
            for part in requests.chunks(requests.len().div_ceil(BUSY)) {
                scope.spawn(move || {
                    let mut wire = Wire::to(server.port);
                    for request in part {
                        let reply = wire.ask(request);
                        assert_eq!(reply.status, 200, "{}", reply.head);
                    }
                });
            }
        });
    })
}

/// What one of so many things took that happen in `work`.
pub fn measured(server: &Server, count: usize, work: impl FnOnce()) -> Took {
    let (cpu, began) = (server.cpu(), Instant::now());
    work();
    let (cpu, wall) = (server.cpu().saturating_sub(cpu), began.elapsed());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = count as f64;
    Took { cpu_micros: cpu.as_secs_f64() * 1e6 / count, rate: count / wall.as_secs_f64() }
}
