//! Two hundred people who sign in by password in one moment, and what a program and its neighbours feel of it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const AT_ONCE: u8 = 200;
/// For what is no hash: connections, buffers, the allocator.
const SLACK: u64 = 48 << 20;

/// What was seen of it.
pub struct Rush {
    /// How many got which answer.
    pub statuses: BTreeMap<u16, usize>,
    /// By how many bytes the memory grew at most.
    pub grown: u64,
    /// The slowest of the looks at the program's health.
    pub slowest_look: Duration,
}

impl Rush {
    /// Lets everybody in at once. The program believes `X-Forwarded-For` from here.
    pub async fn of(process: u32, address: &str, operations: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{address}/auth/login");
        let (all, mut people) = (Arc::new(Barrier::new(usize::from(AT_ONCE))), JoinSet::new());
        let before = memory(process, "VmRSS");
        for number in 0..AT_ONCE {
            people.spawn(sign_in(client.clone(), url.clone(), number, Arc::clone(&all)));
        }
        let over = Arc::new(AtomicBool::new(false));
        let looking = std::thread::spawn({
            let (address, over) = (operations.to_owned(), Arc::clone(&over));
            move || slowest_look(&address, &over)
        });
        let mut statuses = BTreeMap::<u16, usize>::new();
        while let Some(done) = people.join_next().await {
            *statuses.entry(done.unwrap()).or_default() += 1;
        }
        over.store(true, Ordering::Relaxed);
        let slowest_look = looking.join().unwrap();
        Self { statuses, grown: memory(process, "VmHWM") - before, slowest_look }
    }

    /// How much the memory may grow: a hash for each core but one, which is left to others, and some slack.
    pub fn cap() -> u64 {
        let cores = std::thread::available_parallelism().unwrap().get();
        u64::try_from(cores - 1).unwrap().max(1) * (19 << 20) + SLACK
    }
}

/// A figure of a process in bytes, as Linux tells it.
fn memory(process: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    let kibibytes: u64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes << 10
}

async fn sign_in(client: Client, url: String, number: u8, all: Arc<Barrier>) -> u16 {
    let wish = json!({"email": format!("person-{number}@example.com"), "password": "a password of theirs"});
    let request = client.post(url).header("x-forwarded-for", format!("10.0.{number}.1")).json(&wish);
    all.wait().await;
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let retry = answer.headers().get("retry-after");
    assert!(matches!(status, 401 | 429 | 503), "{status}");
    assert_eq!(retry.is_some(), status != 401, "{status}");
    status
}

/// Looks at the health until it is over: by a thread and a socket of its own, which wait for nothing in this process.
fn slowest_look(address: &str, over: &AtomicBool) -> Duration {
    let mut slowest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        slowest = slowest.max(began.elapsed());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        std::thread::sleep(Duration::from_millis(5));
    }
    slowest
}
