//! Three replicas behind nginx, with three Kafka brokers, under everything that people and apps do, while parts of the cluster die,
//! stop, and are cut off.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kernel::SystemClock;
use reqwest::header::AUTHORIZATION;
use testkit::{Brokers, TestDatabase};
use tokio::process::{Child, Command};
use tokio::sync::RwLock;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::cluster::{Cluster, dice};
use crate::database_link::DatabaseLink;
use crate::process::{Place, free_port};
use crate::soak_clients::{App, Browser, Seen};
use crate::soak_log::log_is_what_was_committed;
use crate::soak_people::{People, Person, all_is_told_once};
use crate::token_actor::TokenActor;

const REPLICAS: usize = 3;
const BROKERS: u32 = 3;
const BROWSERS: usize = 10;
const APPS: usize = 10;
const STOPPED: Duration = Duration::from_secs(15);
/// How long one piece of work of a person may take, through all that happens.
const TIMEOUT: Duration = Duration::from_mins(5);
/// How long somebody waits for one answer.
const ONE_ANSWER: Duration = Duration::from_secs(5);
const NGINX: &str = include_str!("../../../scripts/cluster.nginx.conf");

/// What happens to the cluster.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// A replica is killed, and started again.
    Kill,
    /// A replica is halted.
    Stop,
    /// Every connection to the database ends, wherever it is in a transaction.
    CutDatabase,
    /// The database is halted.
    StopDatabase,
    /// A broker is killed, and started again.
    KillBroker,
    /// A broker is halted.
    StopBroker,
}

const TROUBLES: [Trouble; 6] = [
    Trouble::Kill,
    Trouble::Stop,
    Trouble::CutDatabase,
    Trouble::StopDatabase,
    Trouble::KillBroker,
    Trouble::StopBroker,
];

/// The replicas, nginx before them, and the way to their database.
struct Stage {
    cluster: Cluster,
    brokers: Brokers,
    link: DatabaseLink,
    people: Arc<People>,
    over: AtomicBool,
    /// Those that look how fast an end is known hold this for reading; trouble that hinders it, for writing.
    database: RwLock<()>,
    /// Held for writing by the trouble of each replica.
    replicas: [RwLock<()>; REPLICAS],
    /// How often a replica was asked a second after the end of a sign-in.
    ends_seen: AtomicUsize,
    /// How often a key that is in use was looked for at a replica.
    keys_seen: AtomicUsize,
    _nginx: Child,
    _folder: tempfile::TempDir,
}

fn nginx(folder: &Path, port: u16, places: &[Place]) -> Child {
    let server = |place: &Place| format!("server {} max_fails=1 fail_timeout=2s;", place.address());
    let servers: Vec<_> = places.iter().map(server).collect();
    let config = NGINX
        .replace("@FOLDER@", folder.to_str().unwrap())
        .replace("@PORT@", &port.to_string())
        .replace("@SERVERS@", &servers.join("\n    "));
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&file).arg("-e").arg(folder.join("nginx.log"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

impl Stage {
    async fn start(database: &str) -> Self {
        let link = DatabaseLink::to(database).await;
        let public = free_port();
        let places: Vec<_> = (0..REPLICAS).map(|_| Place::new()).collect();
        let brokers = Brokers::start(BROKERS, false, "").await;
        let addresses = brokers.text("bootstrap");
        let settings = [
            ("DAEMUN_EVENTS__BUS", "kafka"),
            ("DAEMUN_KAFKA__BROKERS", &addresses),
            ("DAEMUN_TOKENS__ACCESS_TTL", "20s"),
            ("DAEMUN_TOKENS__ROTATE_AFTER", "2m"),
            ("DAEMUN_TOKENS__PUBLISH_AHEAD", "1m"),
            ("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let nginx = nginx(folder.path(), public, &places);
        let cluster = Cluster::start_behind(public, places, &link.url(database), &settings).await;
        let mut people = People::new(format!("http://127.0.0.1:{public}"), TIMEOUT);
        people.client = reqwest::Client::builder().no_proxy().timeout(ONE_ANSWER).build().unwrap();
        people.lost = 10;
        let page = people.client.get(format!("{}/oauth/login", people.url)).send().await;
        assert_eq!(page.unwrap().status(), 200);
        Self {
            cluster,
            brokers,
            link,
            people: Arc::new(people),
            over: AtomicBool::new(false),
            database: RwLock::default(),
            replicas: Default::default(),
            ends_seen: AtomicUsize::new(0),
            keys_seen: AtomicUsize::new(0),
            _nginx: nginx,
            _folder: folder,
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    async fn make(&self, trouble: Trouble) {
        let replica = dice(REPLICAS);
        match trouble {
            Trouble::Kill => {
                let _gone = self.replicas[replica].write().await;
                self.cluster.kill(replica).await;
                tokio::time::sleep(Duration::from_millis(u64::try_from(dice(5_000)).unwrap())).await;
                self.cluster.revive(replica).await;
            }
            Trouble::Stop => {
                let _still = self.replicas[replica].write().await;
                self.cluster.signal(replica, "-STOP").await;
                tokio::time::sleep(STOPPED).await;
                self.cluster.signal(replica, "-CONT").await;
            }
            Trouble::CutDatabase => {
                let _cut = self.database.write().await;
                self.link.cut();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Trouble::StopDatabase => {
                let _still = self.database.write().await;
                self.link.halt(true);
                tokio::time::sleep(STOPPED).await;
                self.link.halt(false);
                // What waited is done first.
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            Trouble::KillBroker => {
                let broker = (1 + dice(BROKERS as usize)).to_string();
                self.brokers.script("kill", &[&broker]).await;
                tokio::time::sleep(Duration::from_millis(u64::try_from(dice(5_000)).unwrap())).await;
                self.brokers.script("start", &[]).await;
            }
            Trouble::StopBroker => {
                let broker = 1 + dice(BROKERS as usize);
                self.brokers.signal(broker, "-STOP");
                tokio::time::sleep(STOPPED).await;
                self.brokers.signal(broker, "-CONT");
            }
        }
    }

    /// No replica shows a JWKS that lacks a key with which another one signs.
    async fn keys_are_shown(&self, seen: &Seen) {
        for replica in 0..REPLICAS {
            let Ok(_works) = self.replicas[replica].try_read() else { continue };
            let wanted = seen.keys_in_use();
            let request = self.cluster.get(replica, "/oauth2/jwks", "").send();
            let Ok(Ok(answer)) = tokio::time::timeout(ONE_ANSWER, request).await else { continue };
            if answer.status() != 200 {
                continue;
            }
            let Ok(keys) = answer.text().await else { continue };
            for key in &wanted {
                assert!(keys.contains(key), "replica {replica} lacks {key}: {keys}");
            }
            self.keys_seen.fetch_add(wanted.len(), Ordering::Relaxed);
        }
    }

    /// Whether `replica` takes a bearer token now.
    async fn takes(&self, replica: usize, bearer: &str) -> Option<u16> {
        let request = self.cluster.get(replica, "/service/ended", "").header(AUTHORIZATION, bearer);
        let answer = tokio::time::timeout(ONE_ANSWER, request.send()).await.ok()?.ok()?;
        Some(answer.status().as_u16())
    }

    /// A sign-in is ended. A second later no replica takes its token, as long as the replica and the database work.
    async fn end_is_known(&self, actor: &TokenActor) {
        let Ok(_up) = self.database.try_read() else { return };
        let signed_in = actor.sign_in("read").await;
        for replica in 0..REPLICAS {
            if let Ok(_works) = self.replicas[replica].try_read() {
                // It may be in each cache.
                self.takes(replica, &signed_in.bearer).await;
            }
        }
        actor.end(signed_in.session).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        for replica in 0..REPLICAS {
            let Ok(_works) = self.replicas[replica].try_read() else { continue };
            if let Some(status) = self.takes(replica, &signed_in.bearer).await {
                assert!([401, 503].contains(&status), "replica {replica}: {status} a second after the end");
                self.ends_seen.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// People come and live until the end; gives how many.
async fn people_come(stage: Arc<Stage>, first: usize) -> usize {
    let (mut living, mut number) = (JoinSet::new(), first);
    while !stage.is_over() {
        while living.len() >= 4 {
            living.join_next().await.unwrap().unwrap();
        }
        let person = Person::new(&stage.people, number);
        living.spawn(async move { person.live().await });
        number += 1;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    while let Some(lived) = living.join_next().await {
        lived.unwrap();
    }
    number - first
}

/// Trouble every `pace` for `span`.
async fn nobody_notices(span: Duration, pace: Duration) {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let stage = Arc::new(Stage::start(&database.expose()).await);
    let seen = Arc::new(Seen::default());
    // Before the trouble begins: browsers, and people with an app.
    let mut load = JoinSet::new();
    for _ in 0..BROWSERS {
        let cookie = stage.cluster.sign_in().await;
        let browser = Browser { people: Arc::clone(&stage.people), cookie, seen: Arc::clone(&seen) };
        let stage = Arc::clone(&stage);
        load.spawn(async move { browser.live(|| stage.is_over()).await });
    }
    let mut settling = JoinSet::new();
    for number in 0..APPS {
        let person = Person::new(&stage.people, number);
        settling.spawn(async move {
            person.live().await;
            person
        });
    }
    for person in settling.join_all().await {
        let (seen, stage) = (Arc::clone(&seen), Arc::clone(&stage));
        load.spawn(async move { App::new(person, seen).live(|| stage.is_over()).await });
    }
    let issuer = stage.cluster.places[0].url().origin().ascii_serialization();
    let actor = TokenActor::new(&database, &issuer, Arc::new(SystemClock)).await;
    let ending = Arc::clone(&stage);
    load.spawn(async move {
        while !ending.is_over() {
            ending.end_is_known(&actor).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let (looking, keys) = (Arc::clone(&stage), Arc::clone(&seen));
    load.spawn(async move {
        while !looking.is_over() {
            looking.keys_are_shown(&keys).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let newcomers = tokio::spawn(people_come(Arc::clone(&stage), APPS));

    let (began, mut troubles, mut left) = (Instant::now(), 0, Vec::new());
    let mut pace = tokio::time::interval(pace);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while began.elapsed() < span {
        pace.tick().await;
        // Each kind once, in any order, and again.
        if left.is_empty() {
            left.extend(TROUBLES);
        }
        let trouble = left.swap_remove(dice(left.len()));
        println!("{:>4} s: {trouble:?}", began.elapsed().as_secs());
        stage.make(trouble).await;
        troubles += 1;
        if let Some(failed) = load.try_join_next() {
            failed.unwrap();
        }
    }
    stage.over.store(true, Ordering::Relaxed);
    let lived = newcomers.await.unwrap();
    load.join_all().await;
    println!(
        "{} troubles; {seen}; {} looks a second after an end, {} for a key; load {}",
        troubles,
        stage.ends_seen.load(Ordering::Relaxed),
        stage.keys_seen.load(Ordering::Relaxed),
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
    assert_eq!(seen.forced_logouts.load(Ordering::Relaxed), 0);
    // The one who signs in by a provider, in every browser.
    all_is_told_once(&database, &stage.people, APPS + lived, 1).await;
    log_is_what_was_committed(&database, &stage.brokers).await;
    assert!(stage.keys_seen.load(Ordering::Relaxed) > 0);
    assert!(stage.ends_seen.load(Ordering::Relaxed) > 0 && seen.answered.load(Ordering::Relaxed) > 0);
}

/// So many minutes as `DAEMUN_SOAK_MINUTES` says; half an hour by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "half an hour: scripts/soak cluster"]
async fn soak_cluster_through_kills_stops_and_cuts() {
    let minutes = std::env::var("DAEMUN_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    nobody_notices(Duration::from_mins(minutes.unwrap_or(30)), Duration::from_secs(20)).await;
}
