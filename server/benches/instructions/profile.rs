//! The top of a profile of one path: `make profile ADDRESS=/oauth2/token`.

use std::time::Duration;

use crate::callgrind::{Counts, Owner};
use crate::scene::Scene;
use crate::steps::Step;

const TOP: usize = 40;

pub fn print(steps: &[Step]) {
    let (mut counted, mut timed) = (Scene::open(true), Scene::open(false));
    let mut files = Vec::new();
    for step in steps {
        counted.warm_up(*step);
        files.push(counted.counted(*step));
    }
    // All is written by then.
    let folder = counted.end();
    for (step, file) in steps.iter().zip(files) {
        let counts = Counts::read(&file);
        let kernel = kernel_share(&mut timed, *step);
        let share = |count: u64| 100.0 * as_float(count) / as_float(counts.total());
        println!("\n{} ({}): {:.0} instructions", step.name(), step.address(), each(counts.total(), *step));
        println!("  kernel {:.0} % of the time; of the rest, by instructions:", 100.0 * kernel);
        for owner in Owner::ALL {
            println!("  {:<10} {:>5.1} %", owner.name(), share(counts.of(owner)));
        }
        for (owner, place, count) in counts.top(TOP) {
            let file = place.file.rsplit('/').next().unwrap_or_default();
            println!("  {:>5.1} %  {:<9}  {}  ({file})", share(count), owner.name(), place.function);
        }
    }
    drop(folder);
    timed.end();
}

/// Which share of its processor time the program spends in the kernel.
fn kernel_share(timed: &mut Scene, step: Step) -> f64 {
    timed.warm_up(step);
    let process = timed.process();
    let (user, kernel) = times(process);
    // The system counts in hundredths of a second. Some paths need something new each time, of which there is not so much.
    let rounds = if matches!(step, Step::SessionFirst | Step::Refresh) { 1 } else { 20 };
    for _ in 0..rounds {
        timed.asked(step);
    }
    let after = times(process);
    let (user, kernel) = (after.0.saturating_sub(user), after.1.saturating_sub(kernel));
    kernel.as_secs_f64() / (user + kernel).as_secs_f64().max(0.001)
}

/// Processor time of a process, outside of the kernel and in it.
fn times(process: u32) -> (Duration, Duration) {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |at: usize| Duration::from_millis(fields[at].parse::<u64>().unwrap() * 10);
    (ticks(11), ticks(12))
}

/// Instructions of one request.
pub fn each(total: u64, step: Step) -> f64 {
    as_float(total) / as_float(u64::try_from(step.times()).unwrap())
}

#[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
const fn as_float(count: u64) -> f64 {
    count as f64
}
