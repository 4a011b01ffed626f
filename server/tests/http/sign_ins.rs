//! Two hundred people sign in by password in one moment: some come in, the others are told when to come back, and
//! neither memory nor anybody else feels it (S-ACC-5).

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

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

use crate::process::Place;

const AT_ONCE: u8 = 200;
/// For what is no hash: connections, buffers, the allocator.
const SLACK: u64 = 48 << 20;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s_acc_5_two_hundred_sign_ins_at_once_stay_within_their_memory() {
    let mut place = Place::new();
    place.set("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1");
    let process = place.start().await;
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/auth/login", place.address());
    let (all, mut people) = (Arc::new(Barrier::new(usize::from(AT_ONCE))), JoinSet::new());
    let before = memory(process.id(), "VmRSS");
    for number in 0..AT_ONCE {
        people.spawn(sign_in(client.clone(), url.clone(), number, Arc::clone(&all)));
    }
    let over = Arc::new(AtomicBool::new(false));
    let looking = std::thread::spawn({
        let (address, over) = (place.operations(), Arc::clone(&over));
        move || slowest_look(&address, &over)
    });
    let mut statuses = BTreeMap::<u16, usize>::new();
    while let Some(done) = people.join_next().await {
        *statuses.entry(done.unwrap()).or_default() += 1;
    }
    over.store(true, Ordering::Relaxed);
    let slowest = looking.join().unwrap();
    // One core is left to others.
    let cores = u64::try_from(std::thread::available_parallelism().unwrap().get() - 1).unwrap().max(1);
    let (grown, cap) = (memory(process.id(), "VmHWM") - before, cores * (19 << 20) + SLACK);
    println!("{statuses:?}; memory grew by {} MiB of {}; health {slowest:?}", grown >> 20, cap >> 20);
    assert!(grown < cap, "{} MiB", grown >> 20);
    assert!(statuses.contains_key(&401) && statuses.contains_key(&503), "{statuses:?}");
    process.stop().await;
}
