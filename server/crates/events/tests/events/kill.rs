//! `kill -9`: a program that appends, relays and consumes is killed again and again; nothing is lost, nothing doubled.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DatabaseUrl, Row as _, query};
use events::{ConsumerRunner, ConsumerSettings, InProcessBus, Relay, RelaySettings, UserLogin, outbox};
use kernel::id::Uuid;
use kernel::{BackOff, OsRandomness, Randomness as _, ShiftedClock};
use names::{MemberId, SignInMethod};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::scene::Scene;

const URL: &str = "DAEMUN_KILLED_PROGRAM_URL";
const LIVES: u32 = 20;
const MEMBERS: u128 = 5;
const FACTS: &str = "CREATE TABLE facts (n BIGINT NOT NULL PRIMARY KEY, member BIGINT NOT NULL)";

#[tokio::test]
async fn s_evt_2_killed_at_random_moments_it_loses_nothing_and_doubles_nothing() {
    for scene in Scene::both().await {
        scene.execute(FACTS).await;
        for _ in 0..LIVES {
            live_and_be_killed(scene.db.url()).await;
        }
        // Whatever the dead held is free after this.
        let clock = Arc::new(ShiftedClock::default());
        clock.advance(Duration::from_hours(1));
        finish(&scene, clock).await;
        for member in 0..MEMBERS {
            let committed = facts(&scene, member).await;
            let told: Vec<String> = effects(&scene).await;
            let told: Vec<_> =
                told.into_iter().filter(|note| note.starts_with(&format!("{member}:"))).collect();
            assert_eq!(told, committed, "each committed fact is told once, in order, and no other is");
        }
        let total = scene.count("SELECT COUNT(*) FROM facts").await;
        assert!(total > i64::from(LIVES), "only {total} facts: the program hardly lived");
    }
}

/// Starts the program, waits until it did a random number of things, and kills it.
async fn live_and_be_killed(url: &DatabaseUrl) {
    let url = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Mysql(url) => url.to_string(),
    };
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::the_program", "--ignored", "--nocapture"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut byte = [0];
    OsRandomness.fill(&mut byte);
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    for _ in 0..5 + byte[0] % 60 {
        assert!(lines.next_line().await.unwrap().is_some(), "the program ended by itself");
    }
    program.kill().await.unwrap();
}

/// The parts of the program, with spans so short that a killed one's work is soon taken over.
pub async fn parts(db: &Database, clock: Arc<ShiftedClock>) -> (Relay, ConsumerRunner) {
    let back_off = BackOff { least: Duration::from_millis(10), most: Duration::from_millis(100) };
    let bus = InProcessBus::new(db.clone(), clock.clone(), Duration::from_millis(300));
    let settings =
        ConsumerSettings { idle: Duration::from_millis(5), back_off, ..ConsumerSettings::default() };
    let runner = ConsumerRunner::start(Notes::named("notes"), &bus, db.clone(), clock.clone(), settings)
        .await
        .unwrap();
    let settings = RelaySettings {
        idle: Duration::from_millis(5),
        lease: Duration::from_millis(300),
        back_off,
        ..RelaySettings::default()
    };
    (Relay::new(db.clone(), Arc::new(bus), clock, settings), runner)
}

async fn finish(scene: &Scene, clock: Arc<ShiftedClock>) {
    let (relay, mut runner) = parts(&scene.db, clock).await;
    let end = CancellationToken::new();
    while scene.count("SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL").await > 0
        || scene.count("SELECT COUNT(*) FROM bus_deliveries").await > 0
    {
        relay.round().await.unwrap();
        runner.round(&end).await.unwrap();
    }
    assert_eq!(scene.count("SELECT COUNT(*) FROM bus_dead_letters").await, 0);
}

async fn facts(scene: &Scene, member: u128) -> Vec<String> {
    let mut reader = scene.db.read().await.unwrap();
    let rows = query("SELECT n FROM facts WHERE member = ? ORDER BY n")
        .bind(i64::try_from(member).unwrap())
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    rows.iter().map(|row| format!("{member}:{}", row.get::<i64, _>(0))).collect()
}

#[tokio::test]
#[ignore = "the program that the test above starts and kills"]
async fn the_program() {
    let db = Database::open(&DatabaseUrl::parse(&std::env::var(URL).unwrap()).unwrap()).await.unwrap();
    let (relay, runner) = parts(&db, Arc::new(ShiftedClock::default())).await;
    let end = CancellationToken::new();
    tokio::spawn(relay.run(end.clone()));
    tokio::spawn(runner.run(end.clone()));
    loop {
        commit_a_fact(&db).await;
        println!("committed");
    }
}

/// A fact and the event that tells it, in one transaction; every fifth is rolled back.
async fn commit_a_fact(db: &Database) {
    let clock = ShiftedClock::default();
    let mut tx = db.begin().await.unwrap();
    let last = query("SELECT COALESCE(MAX(n), 0) FROM facts").fetch_one(&mut *tx).await.unwrap();
    let n = last.get::<i64, _>(0) + 1;
    let mut byte = [0];
    OsRandomness.fill(&mut byte);
    let member = u128::from(byte[0]) % MEMBERS;
    query("INSERT INTO facts (n, member) VALUES (?, ?)")
        .bind(n)
        .bind(i64::try_from(member).unwrap())
        .execute(&mut *tx)
        .await
        .unwrap();
    let payload = UserLogin {
        uuid: MemberId::from_uuid(Uuid::from_u128(member)),
        email: None,
        login_method: SignInMethod::Password,
        ip_address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: format!("{member}:{n}"),
    };
    outbox::append(&mut tx, &events::Event::new(payload, &clock, &OsRandomness)).await.unwrap();
    if byte[0].is_multiple_of(5) {
        drop(tx);
    } else {
        tx.commit().await.unwrap();
    }
}
