//! Bare loops: what a path cannot do without, alone on the measured core, in a process of its own.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use db::{Database, DatabaseUrl, LentTransaction, Row as _, query};
use kernel::HashingCost;

use crate::bench::{MEASURED, cpu_of, pinned};

/// How long a loop runs at least.
const SPAN: Duration = Duration::from_secs(3);

/// Microseconds of the core for one round of the loop `what`.
pub fn micros(what: &str, with: &str) -> f64 {
    let mut command = pinned(MEASURED, std::env::current_exe().unwrap());
    let output = command.args(["bare", what, with]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// Runs a loop and prints what a round took.
pub fn run(what: &str, with: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match what {
        "read" => runtime.block_on(read(with)),
        "sign-in" => runtime.block_on(sign_in(with)),
        "argon2" => argon2(),
        _ => panic!("no loop is called {what}"),
    }
}

/// One indexed read by the driver, of another session each time.
async fn read(url: &str) {
    const FIND: &str = "SELECT id, member_id, provider, created_at, last_seen_at, expires_at FROM sessions WHERE handle_hash = ?";
    let db = Database::connect(&DatabaseUrl::parse(url).unwrap()).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let rows = query("SELECT handle_hash FROM sessions LIMIT 50000").fetch_all(&mut *reader).await.unwrap();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    drop(reader);
    let mut rounds = Rounds::begin();
    for hash in hashes.iter().cycle() {
        let mut reader = db.read().await.unwrap();
        query(FIND).bind(hash.clone()).fetch_one(&mut *reader).await.unwrap();
        if rounds.enough() {
            return;
        }
    }
}

/// One RS256 signature, two commits of a row, and one exchange with a service on this port.
async fn sign_in(port: &str) {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite:{}/bare.db", folder.path().display())).unwrap();
    let db = Database::open(&url).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    query("CREATE TABLE bench_rows (id INTEGER PRIMARY KEY)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let (key, random) = (KeyPair::generate(KeySize::Rsa2048).unwrap(), SystemRandom::new());
    let mut signature = vec![0; key.public_modulus_len()];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut rounds = Rounds::begin();
    for number in 0_i64.. {
        key.sign(&RSA_PKCS1_SHA256, &random, &number.to_be_bytes(), &mut signature).unwrap();
        for statement in ["INSERT INTO bench_rows (id) VALUES (?)", "DELETE FROM bench_rows WHERE id = ?"] {
            let write = async |mut tx: LentTransaction| {
                query(statement).bind(number).execute(&mut **tx).await?;
                Ok::<_, db::DbError>(tx.commit(()))
            };
            db.transact(write).await.unwrap();
        }
        client.get(format!("http://127.0.0.1:{port}/")).send().await.unwrap().bytes().await.unwrap();
        if rounds.enough() {
            return;
        }
    }
}

/// One password, at the cost of the default, always in the same memory.
fn argon2() {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = hasher();
    let mut memory = vec![Block::default(); argon2.params().block_count()];
    let (password, salt) = (b"password", b"sixteen bytes 16");
    let mut rounds = Rounds::begin();
    while !rounds.enough() {
        argon2.hash_password_into_with_memory(password, salt, &mut output, &mut memory[..]).unwrap();
    }
}

/// Argon2id at the cost of the default.
pub fn hasher() -> Argon2<'static> {
    let cost = HashingCost::LEAST;
    let params = Params::new(cost.kibibytes(), cost.passes(), 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// How many rounds a loop has made.
struct Rounds {
    began: Instant,
    cpu: Duration,
    count: u32,
}

impl Rounds {
    fn begin() -> Self {
        Self { began: Instant::now(), cpu: cpu_of(std::process::id()), count: 0 }
    }

    /// Whether that was enough; prints what a round took then.
    fn enough(&mut self) -> bool {
        self.count += 1;
        if self.began.elapsed() < SPAN {
            return false;
        }
        let took = cpu_of(std::process::id()).saturating_sub(self.cpu);
        println!("{}", took.as_secs_f64() * 1e6 / f64::from(self.count));
        true
    }
}
