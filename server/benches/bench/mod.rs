//! What measurements by wrk have in common: processes on cores of their own, and what they cost.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use shares::{Sampling, Shares};

pub mod shares;

/// The core of what is measured.
pub const MEASURED: &str = "0";
/// The core of what is around it.
pub const AROUND: &str = "1";
const WARM_UP: &str = "2s";

/// A process that answers on a port.
pub struct Server {
    pub child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One measurement.
pub struct Figures {
    /// Requests in a second.
    pub rate: f64,
    /// Processor time of one request.
    pub cpu_micros: f64,
    /// How long half of them took.
    pub median: String,
    /// How long all but one in a hundred took.
    pub late: String,
    /// Whether any answer was no success.
    pub refused: bool,
    /// Whose the processor time is, where that is asked for.
    pub shares: Option<Shares>,
}

impl Server {
    /// The processor time that it has taken so far.
    ///
    /// # Panics
    /// When it has ended.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// Asks at a port of the process for `path`, with these header fields and over so many connections, first to warm up.
    ///
    /// # Panics
    /// When connections break.
    pub fn measure(&self, port: u16, path: &str, fields: &[String], connections: u32) -> Figures {
        let url = format!("http://127.0.0.1:{port}{path}");
        let sampling = Sampling::of(self);
        wrk(&url, fields, connections, WARM_UP);
        let shares = sampling.map(Sampling::end);
        let (cpu, began) = (self.cpu(), Instant::now());
        let said = wrk(&url, fields, connections, &std::env::var("SPAN").unwrap_or("10s".into()));
        let (cpu, took) = (self.cpu().saturating_sub(cpu), began.elapsed());
        assert!(!said.contains("Socket errors"), "{path}: {said}");
        let rate: f64 = word_after(&said, "Requests/sec:").parse().unwrap();
        Figures {
            rate,
            cpu_micros: cpu.as_secs_f64() * 1e6 / (rate * took.as_secs_f64()),
            median: word_after(&said, " 50%"),
            late: word_after(&said, " 99%"),
            refused: said.contains("Non-2xx"),
            shares,
        }
    }
}

/// Of several rounds, the one in the middle.
pub fn middle(mut all: Vec<Figures>) -> Figures {
    all.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    all.swap_remove(all.len() / 2)
}

/// How many rounds are asked for.
pub fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

fn wrk(url: &str, fields: &[String], connections: u32, span: &str) -> String {
    let mut command = pinned(AROUND, "wrk");
    command.args(["--latency", "-t1", "-d", span, "-c", &connections.to_string()]);
    for field in fields {
        command.args(["-H", field]);
    }
    let output = command.arg(url).output().unwrap();
    assert!(output.status.success(), "wrk is missing or failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn word_after(text: &str, name: &str) -> String {
    let rest = text.split_once(name).unwrap_or_else(|| panic!("no {name} in {text}")).1;
    rest.split_whitespace().next().unwrap().to_owned()
}

/// A command on one core.
pub fn pinned(core: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// The program that is measured: the file that `DAEMUN_PROGRAM` names, such as the release, or the one that cargo built with this bench.
pub fn program() -> OsString {
    std::env::var_os("DAEMUN_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_daemun").into())
}

/// Adds a figure to the file that `FIGURES` names, from which `scripts/bench table` makes its document.
pub fn note(row: &str, figure: &str, value: f64) {
    let Some(file) = std::env::var_os("FIGURES") else { return };
    let mut rows = File::options().create(true).append(true).open(file).unwrap();
    writeln!(rows, "{row}\t{figure}\t{value}").unwrap();
}

impl Figures {
    /// Adds them to the file that `FIGURES` names.
    pub fn note(&self, row: &str) {
        note(row, "rate", self.rate);
        note(row, "cpu", self.cpu_micros);
        if let Some(shares) = &self.shares {
            shares.note(row);
        }
    }
}

/// The processor time of a process so far, all its threads together.
pub fn cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // utime and stime, in hundredths of a second on every Linux that we run on (proc(5)).
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Starts a command that will answer on `port`.
pub fn started(mut command: Command, port: u16, said: &Path) -> Server {
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut server = Server { child, port };
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let runs = server.child.try_wait().unwrap().is_none();
        let said = || std::fs::read_to_string(said).unwrap_or_default();
        assert!(runs && began.elapsed() < Duration::from_secs(30), "{command:?} does not answer: {}", said());
        std::thread::yield_now();
    }
    server
}

/// Starts the program as it is released, without debug assertions and simulators: `command` is its name, on whatever
/// core. Its log is `daemun.log` in its folder. Its pages have no style, unless `LEPTOS_SITE_ROOT` names the site.
pub fn daemun(mut command: Command, folder: &Path, operations: u16, settings: &[(&str, &str)]) -> Server {
    std::fs::create_dir_all(folder.join("site/pkg")).unwrap();
    std::fs::write(folder.join("site/pkg/daemun.css"), "a{}").unwrap();
    let (port, log) = (free_port(), folder.join("daemun.log"));
    command
        // Whatever else is called DAEMUN_… here is none of its keys.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir(folder)
        .env("LEPTOS_SITE_ROOT", std::env::var_os("LEPTOS_SITE_ROOT").unwrap_or(folder.join("site").into()))
        .env("DAEMUN_LISTEN", format!("127.0.0.1:{port}"))
        .env("DAEMUN_OPS_LISTEN", format!("127.0.0.1:{operations}"))
        .env("DAEMUN_PUBLIC_URL", format!("http://localhost:{port}"))
        .env("DAEMUN_LOG__FORMAT", "json")
        .envs(settings.iter().copied())
        .stderr(File::create(&log).unwrap());
    let server = started(command, port, &log);
    // It listens before its database is ready.
    while !std::fs::read_to_string(&log).unwrap().contains("daemun is open") {
        std::thread::yield_now();
    }
    server
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
