//! Whose the processor time of a process is, by samples of perf.

use std::process::{Child, Command, Stdio};

use super::{Server, note};

/// How often a second, and not in step with the system's clock.
const EACH_SECOND: &str = "1999";

/// Our crates, as the names of functions begin.
const OURS: [&str; 21] = [
    "activity",
    "admin",
    "app",
    "audit",
    "authorization",
    "contract",
    "daemun",
    "db",
    "events",
    "gateway",
    "jobs",
    "kernel",
    "limits",
    "members",
    "names",
    "providers",
    "server",
    "sessions",
    "tokens",
    "web",
    "webhooks",
];
const CRYPTO: [&str; 8] = ["aws_lc", "sha2::", "sha256", "argon2", "blake2", "rustls", "hmac", "subtle::"];
const MEMORY: [&str; 8] = ["mi_", "_mi_", "memcpy", "memmove", "__mem", "malloc", "cfree", "alloc::"];

/// Samples that are being taken.
pub struct Sampling {
    perf: Child,
    samples: tempfile::NamedTempFile,
}

impl Sampling {
    /// Of all threads of this process, where the benches keep rows and perf is there.
    pub fn of(server: &Server) -> Option<Self> {
        std::env::var_os("FIGURES")?;
        let samples = tempfile::NamedTempFile::new().unwrap();
        let mut perf = Command::new("perf");
        perf.args(["record", "--quiet", "-e", "cpu-clock", "-F", EACH_SECOND, "-p"]);
        perf.arg(server.child.id().to_string()).arg("-o").arg(samples.path());
        let perf = perf.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        Some(Self { perf, samples })
    }

    /// Ends it, and counts.
    pub fn end(mut self) -> Shares {
        // perf writes the rest at this signal.
        Command::new("kill").args(["-INT", &self.perf.id().to_string()]).status().unwrap();
        self.perf.wait().unwrap();
        let mut report = Command::new("perf");
        report.args([
            "report",
            "--stdio",
            "--no-children",
            "--percentage",
            "relative",
            "-F",
            "overhead,sym",
            "-i",
        ]);
        let report = report.arg(self.samples.path()).output().unwrap();
        Shares::read(&String::from_utf8_lossy(&report.stdout))
    }
}

/// Percent of the processor time.
#[derive(Default)]
pub struct Shares {
    kernel: f64,
    crypto: f64,
    memory: f64,
    ours: f64,
    libraries: f64,
}

impl Shares {
    fn read(report: &str) -> Self {
        let mut shares = Self::default();
        for line in report.lines() {
            // "    12.30%  [k] tcp_sendmsg"
            let Some((share, symbol)) = line.trim().split_once("%  [") else { continue };
            let (Ok(share), Some((kind, name))) = (share.parse::<f64>(), symbol.split_once("] ")) else {
                continue;
            };
            *shares.whose(kind, name.trim()) += share;
        }
        shares
    }

    fn whose(&mut self, kind: &str, name: &str) -> &mut f64 {
        // `<gateway::Route as core::fmt::Debug>::fmt` is ours as well.
        let named = name.trim_start_matches(['<', '&']);
        let owner = named.split("::").next().unwrap_or_default();
        if kind == "k" {
            &mut self.kernel
        } else if CRYPTO.iter().any(|crypto| name.contains(crypto)) {
            &mut self.crypto
        } else if MEMORY.iter().any(|memory| named.starts_with(memory)) {
            &mut self.memory
        } else if named.contains("::") && OURS.contains(&owner) {
            &mut self.ours
        } else {
            &mut self.libraries
        }
    }

    /// Adds them to the file that `FIGURES` names.
    pub fn note(&self, row: &str) {
        let Self { kernel, crypto, memory, ours, libraries } = self;
        let all = [
            ("kernel", kernel),
            ("crypto", crypto),
            ("memory", memory),
            ("ours", ours),
            ("libraries", libraries),
        ];
        for (whose, share) in all {
            note(row, whose, *share);
        }
    }
}
