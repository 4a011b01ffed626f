//! What a sign-in with a passkey costs on one core: `scripts/bench passkeys`. Beside it, in the same run, a sign-in with a password at its
//! full cost, and a bare loop of what no sign-in with a passkey can do without: one verification of P-256 by the library, and two commits.
//! What counts is the time that the threads of this process had on the core, so that others on the machine change nothing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where a test would, and prints"
)]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/accounts/mails.rs"]
mod mails;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/accounts/people.rs"]
mod people;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/accounts/ports.rs"]
mod ports;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/accounts/rows.rs"]
mod rows;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/accounts/stage.rs"]
mod stage;

use std::num::NonZeroU32;
use std::time::Duration;

use db::{LentTransaction, query};
use kernel::{OpaqueToken, OsRandomness};
use limits::Quota;
use members::{
    AccountSettings, LimitSettings, Nickname, PasskeyAnswer, PasskeySettings, PasskeySignIn,
    PasskeySignInError, PasswordSignInError,
};
use people::context;
use stage::{HONG, PASSWORD, Stage};
use testkit::TestDatabase;
use testkit::authenticator::Authenticator;
use url::Url;
use webauthn_rs::prelude::{
    Credential, PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};

const ORIGIN: &str = "http://localhost:3000";
const FROM: &str = "203.0.113.9";

/// How many sign-ins of a kind are measured together, and how often.
const PASSKEYS: u32 = 500;
const PASSWORDS: u32 = 10;
const ROUNDS: usize = 5;

/// The goals: so many sign-ins with a passkey in the time of one with a password, and so much of the bare loop.
const OF_PASSWORDS: f64 = 20.0;
const OF_BARE: f64 = 0.6;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut bench = Bench::new().await;
        let (mut by_passkey, mut by_password, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        // The first round is for warming up.
        for round in 0..=ROUNDS {
            let took = [bench.passkeys().await, bench.passwords().await, bench.bare().await];
            if round > 0 {
                by_passkey.push(took[0]);
                by_password.push(took[1]);
                bare.push(took[2]);
            }
        }
        let [by_passkey, by_password, bare] = [by_passkey, by_password, bare].map(median);
        let (passwords, of_bare) = (by_password / by_passkey, bare / by_passkey);
        println!("sign-in with a passkey {by_passkey:.0} µs, with a password {by_password:.0} µs, bare {bare:.0} µs");
        println!("passkeys for one password {passwords:.1} (goal: {OF_PASSWORDS})");
        println!("of the bare loop {of_bare:.2} (goal: {OF_BARE})");
    });
}

fn median(mut took: Vec<f64>) -> f64 {
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

/// What all threads of this process have had of the core until now, in nanoseconds.
fn on_core() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let of_task = |task: std::io::Result<std::fs::DirEntry>| {
        let said = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap_or_default();
        said.split(' ').next().and_then(|spent| spent.parse::<u64>().ok()).unwrap_or_default()
    };
    tasks.map(of_task).sum()
}

/// Microseconds on the core since `began`, for each of `count`.
fn each(began: u64, count: u32) -> f64 {
    let spent = Duration::from_nanos(on_core().saturating_sub(began));
    spent.as_secs_f64() * 1e6 / f64::from(count)
}

/// A member with a passkey, and one with a password.
struct Bench {
    stage: Stage,
    key: Authenticator,
    library: Webauthn,
    credential: Credential,
}

impl Bench {
    async fn new() -> Self {
        let origin = Url::parse(ORIGIN).unwrap();
        let passkeys = PasskeySettings {
            rp_id: "localhost".to_owned(),
            name: "localhost".to_owned(),
            origins: vec![origin.clone()],
            sign_up: true,
        };
        // Limits are not what is measured.
        let plenty = Quota::new(NonZeroU32::MAX, Duration::from_nanos(1));
        let limits = LimitSettings {
            passwords_by_network: plenty,
            passwords_by_account: plenty,
            passwords_by_account_and_network: plenty,
            ceremonies_by_network: plenty,
            ..LimitSettings::default()
        };
        let settings = AccountSettings { passkeys: Some(passkeys), limits, ..AccountSettings::default() };
        let stage = Stage::on(TestDatabase::sqlite().await, settings).await;
        stage.member(HONG).await;
        let mut tx = stage.database.begin().await.unwrap();
        query("CREATE TABLE bench_rows (id INTEGER PRIMARY KEY)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut key = Authenticator::new(ORIGIN);
        sign_up(&stage, &mut key).await;
        let library = WebauthnBuilder::new("localhost", &origin).unwrap().build().unwrap();
        let credential = registered(&library, &mut key);
        Self { stage, key, library, credential }
    }

    /// Asked, signed, looked at, let in: two commits each. What the device does is not measured.
    async fn passkeys(&mut self) -> f64 {
        let sign_ins = self.stage.members.passkey_sign_in.clone().unwrap();
        let browsers: Vec<_> = (0..PASSKEYS).map(|_| OpaqueToken::new(&OsRandomness).hash()).collect();
        let mut asked = Vec::new();
        let began = on_core();
        for browser in &browsers {
            asked.push(sign_ins.ask(*browser, &context(FROM)).await.unwrap());
        }
        let asking = each(began, PASSKEYS);
        let mut answers = Vec::new();
        for (asked, browser) in asked.into_iter().zip(browsers) {
            let says = self.key.asked(&asked.options);
            let credential = self.key.sign(&says);
            answers.push(PasskeyAnswer { ceremony: asked.ceremony, credential, browser: Some(browser) });
        }
        let began = on_core();
        for answer in answers {
            self.let_in(&sign_ins, answer).await;
        }
        asking + each(began, PASSKEYS)
    }

    async fn let_in(&self, sign_ins: &PasskeySignIn, answer: PasskeyAnswer) {
        let proven = sign_ins.prove(answer, &context(FROM)).await.unwrap();
        let sign_in = async |mut tx: LentTransaction| {
            sign_ins.sign_in_by_passkey(&mut tx, &proven, &context(FROM)).await?;
            Ok::<_, PasskeySignInError>(tx.commit(()))
        };
        self.stage.database.transact(sign_in).await.unwrap();
    }

    async fn passwords(&self) -> f64 {
        let sign_ins = &self.stage.members.password_sign_in;
        let began = on_core();
        for _ in 0..PASSWORDS {
            let authenticated = sign_ins.authenticate(HONG, PASSWORD, &context(FROM)).await.unwrap();
            let sign_in = async |mut tx: LentTransaction| {
                sign_ins.sign_in_by_password(&mut tx, &authenticated, &context(FROM)).await?;
                Ok::<_, PasswordSignInError>(tx.commit(()))
            };
            self.stage.database.transact(sign_in).await.unwrap();
        }
        each(began, PASSWORDS)
    }

    /// One verification by the library, and two commits of one row each.
    async fn bare(&mut self) -> f64 {
        let mut answers = Vec::new();
        for _ in 0..PASSKEYS {
            let (asked, state) = self.library.start_discoverable_authentication().unwrap();
            let says = self.key.asked(&serde_json::to_value(&asked.public_key).unwrap());
            let answer: PublicKeyCredential = serde_json::from_value(self.key.sign(&says)).unwrap();
            answers.push((answer, state));
        }
        let began = on_core();
        for (number, (answer, state)) in (0_i64..).zip(answers) {
            self.library
                .finish_discoverable_authentication_v2(&answer, state, self.credential.clone())
                .unwrap();
            for statement in ["INSERT INTO bench_rows (id) VALUES (?)", "DELETE FROM bench_rows WHERE id = ?"]
            {
                let write = async |mut tx: LentTransaction| {
                    query(statement).bind(number).execute(&mut **tx).await?;
                    Ok::<_, db::DbError>(tx.commit(()))
                };
                self.stage.database.transact(write).await.unwrap();
            }
        }
        each(began, PASSKEYS)
    }
}

/// Makes a member with this passkey.
async fn sign_up(stage: &Stage, key: &mut Authenticator) {
    let sign_ups = stage.members.passkey_sign_ups.clone().unwrap();
    let browser = OpaqueToken::new(&OsRandomness).hash();
    let asked = sign_ups.ask(&Nickname::parse("하늘").unwrap(), browser, &context(FROM)).await.unwrap();
    let says = key.asked(&asked.options);
    let answer =
        PasskeyAnswer { ceremony: asked.ceremony, credential: key.make(&says), browser: Some(browser) };
    let proven = sign_ups.prove(answer, &context(FROM)).await.unwrap();
    let mut tx = stage.database.begin().await.unwrap();
    drop(sign_ups.sign_up_by_passkey(&mut tx, &proven, &context(FROM)).await.unwrap());
    tx.commit().await.unwrap();
}

/// The same key as the library knows it by itself.
fn registered(library: &Webauthn, key: &mut Authenticator) -> Credential {
    let owner = webauthn_rs::prelude::Uuid::from_slice(&key.handle).unwrap();
    let (asked, state) = library.start_passkey_registration(owner, "하늘", "하늘", None).unwrap();
    let says = key.asked(&serde_json::to_value(&asked.public_key).unwrap());
    let answer: RegisterPublicKeyCredential = serde_json::from_value(key.make(&says)).unwrap();
    Credential::from(library.finish_passkey_registration(&answer, &state).unwrap())
}
