//! A program that consumes is killed in the middle of its work, or stands still: another one takes over, and each event has one
//! effect.

#![allow(clippy::print_stdout, reason = "the program says what it is at")]

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use db::{Database, DatabaseUrl, Transaction};
use events::{
    Consumer, ConsumerName, ConsumerRunner, ConsumerSettings, HandleError, KafkaBus, KafkaSettings, Received,
    Relay, RelaySettings, Topic,
};
use kernel::SystemClock;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;

use crate::consumers::{Notes, effects};
use crate::kafka::cluster::Cluster;
use crate::outbox::drain;
use crate::scene::{Scene, note};

const MEMBERS: u128 = 5;
const EVENTS: usize = 60;
const TIMEOUT: Duration = Duration::from_mins(1);
/// What the program is told, in its environment.
const TOLD: [&str; 3] =
    ["DAEMUN_KILLED_CONSUMER_URL", "DAEMUN_KILLED_CONSUMER_BROKERS", "DAEMUN_KILLED_CONSUMER_PREFIX"];

/// As [`Notes`], but slow, and it says what it is at.
struct Slow(Arc<Notes>);

#[async_trait]
impl Consumer for Slow {
    fn name(&self) -> ConsumerName {
        self.0.name()
    }

    fn topics(&self) -> &[Topic] {
        self.0.topics()
    }

    async fn handle(&self, tx: &mut Transaction, received: &Received) -> Result<(), HandleError> {
        self.0.handle(tx, received).await?;
        println!("at {}", note(&received.event));
        tokio::time::sleep(Duration::from_millis(8)).await;
        Ok(())
    }
}

/// The broker gives up soon on a member that says nothing.
fn impatient(mut settings: KafkaSettings) -> KafkaSettings {
    for property in ["max.poll.interval.ms", "session.timeout.ms"] {
        settings.librdkafka.insert(property.to_owned(), "2000".to_owned());
    }
    settings
}

async fn runner(settings: KafkaSettings, db: Database, consumer: Arc<dyn Consumer>) -> ConsumerRunner {
    let bus = KafkaBus::new(impatient(settings), db.clone(), Arc::new(SystemClock)).unwrap();
    let settings = ConsumerSettings { batch: 7, ..ConsumerSettings::default() };
    ConsumerRunner::start(consumer, &bus, db, Arc::new(SystemClock), settings).await.unwrap()
}

#[tokio::test]
#[ignore = "the program that the tests below start, kill and stop"]
async fn the_consumer() {
    let [url, brokers, prefix] = TOLD.map(|name| std::env::var(name).unwrap());
    let db = Database::open(&DatabaseUrl::parse(&url).unwrap()).await.unwrap();
    let settings = KafkaSettings { brokers, prefix, ..Cluster::shared().unwrap().settings() };
    let mut runner = runner(settings, db, Arc::new(Slow(Notes::named("notes")))).await;
    let asked = || tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    while asked().await.unwrap().is_some() {
        runner.round(&CancellationToken::new()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        println!("between rounds");
    }
}

/// The program, which works a round for each line that it is sent, and what it says.
struct Program {
    child: Child,
    asked: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(cluster: &Cluster, scene: &Scene) -> Self {
        let url = match scene.db.url() {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Mysql(url) => url.to_string(),
        };
        let told = [url, cluster.brokers(), cluster.prefix().to_owned()];
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kafka::kills::the_consumer", "--ignored", "--nocapture"])
            .envs(TOLD.into_iter().zip(told))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let asked = child.stdin.take().unwrap();
        Self { child, asked, lines }
    }

    /// Asks for so many rounds.
    async fn ask(&mut self, rounds: usize) {
        self.asked.write_all("\n".repeat(rounds).as_bytes()).await.unwrap();
    }

    /// Lets it work until a round had something in it, and no longer: then it is in no transaction.
    async fn works_once(&mut self) {
        let mut has_worked = false;
        while !has_worked {
            self.ask(1).await;
            loop {
                let line = tokio::time::timeout(TIMEOUT, self.lines.next_line()).await.unwrap().unwrap();
                let line = line.expect("it ended by itself");
                has_worked |= line.contains("at ");
                if line.contains("between rounds") {
                    break;
                }
            }
        }
    }

    /// Waits until it said this so often.
    async fn says(&mut self, wanted: &str, times: usize) {
        let mut heard = 0;
        while heard < times {
            let line = tokio::time::timeout(TIMEOUT, self.lines.next_line()).await.unwrap().unwrap();
            heard += usize::from(line.expect("it ended by itself").contains(wanted));
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

/// Publishes what is to be processed.
async fn publish(cluster: &Cluster, scene: &Scene) -> Vec<String> {
    let notes = (0..EVENTS).map(|number| format!("{}:{number:03}", number as u128 % MEMBERS));
    let notes: Vec<_> = notes.collect();
    for (number, note) in notes.iter().enumerate() {
        scene.commit(&[scene.login(number as u128 % MEMBERS, note)]).await;
    }
    let relay =
        Relay::new(scene.db.clone(), cluster.bus(scene), scene.clock.clone(), RelaySettings::default());
    assert_eq!(drain(&relay).await.published as usize, EVENTS);
    notes
}

/// Another one processes the rest, until everything had its effect.
async fn finish(cluster: &Cluster, scene: &Scene) {
    let mut heir = runner(cluster.settings(), scene.db.clone(), Notes::named("notes")).await;
    let (begun, end) = (Instant::now(), CancellationToken::new());
    while effects(scene).await.len() < EVENTS {
        heir.round(&end).await.unwrap();
        assert!(begun.elapsed() < TIMEOUT, "{} of {EVENTS}", effects(scene).await.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each once, and those of a member in their order.
async fn each_happened_once(scene: &Scene, mut notes: Vec<String>) {
    let mut told = effects(scene).await;
    // Stable sorts by member leave each member's events as they came.
    for list in [&mut told, &mut notes] {
        list.sort_by_key(|note| note[..1].to_owned());
    }
    assert_eq!(told, notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_3_a_consumer_that_is_killed_in_the_middle_of_a_batch_leaves_no_effect_twice_and_none_out() {
    let Some(cluster) = Cluster::shared() else { return };
    for scene in Scene::both().await {
        let cluster = cluster.another();
        let notes = publish(&cluster, &scene).await;
        let mut killed = Program::start(&cluster, &scene);
        // In its second or third transaction, with a batch in hand and more read ahead.
        killed.ask(1_000).await;
        killed.says("at ", 9).await;
        killed.child.kill().await.unwrap();
        let done = effects(&scene).await.len();
        assert!(done < EVENTS, "it was too quick");
        finish(&cluster, &scene).await;
        each_happened_once(&scene, notes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_evt_3_a_consumer_that_stands_still_for_longer_than_the_poll_interval_doubles_nothing_afterwards() {
    let Some(cluster) = Cluster::shared() else { return };
    for scene in Scene::both().await {
        let cluster = cluster.another();
        let notes = publish(&cluster, &scene).await;
        let mut halted = Program::start(&cluster, &scene);
        halted.works_once().await;
        halted.signal("-STOP");
        // Its session and its poll interval end meanwhile; what it has read ahead is another's to deal with.
        finish(&cluster, &scene).await;
        halted.signal("-CONT");
        halted.ask(1_000).await;
        halted.says("between rounds", 20).await;
        each_happened_once(&scene, notes).await;
        // It is a member again, like any other.
        scene.commit(&[scene.login(1, "1:later")]).await;
        let relay =
            Relay::new(scene.db.clone(), cluster.bus(&scene), scene.clock.clone(), RelaySettings::default());
        assert_eq!(drain(&relay).await.published, 1);
        halted.says("at 1:later", 1).await;
    }
}
