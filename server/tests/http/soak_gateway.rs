//! The gateway under mixed load, while its routes are read again and its replicas die.

#![allow(clippy::print_stdout, reason = "a long run says what it saw")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use db::DatabaseUrl;
use kernel::SystemClock;
use reqwest::{Client, RequestBuilder};
use testkit::TestDatabase;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, dice};
use crate::echo::{BITS, SLOW};
use crate::token_actor::TokenActor;

const REPLICAS: usize = 2;
const UPLOAD: usize = 64 * 1024;

/// What is asked.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Bearer,
    Cookie,
    Upload,
    Public,
    Stream,
    Page,
    Malformed,
    Nobody,
}

const KINDS: [Kind; 8] = [
    Kind::Bearer,
    Kind::Cookie,
    Kind::Upload,
    Kind::Public,
    Kind::Stream,
    Kind::Page,
    Kind::Malformed,
    Kind::Nobody,
];

/// The replicas as something that balances load before them sees them.
struct Balanced {
    cluster: Cluster,
    /// Whether a replica is known to be away, and how often it died.
    away: [AtomicBool; REPLICAS],
    deaths: [AtomicUsize; REPLICAS],
    clients: [RwLock<Client>; REPLICAS],
    bearer: RwLock<String>,
    cookie: String,
    answered: AtomicUsize,
    cut: AtomicUsize,
}

fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Balanced {
    async fn request(&self, replica: usize, kind: Kind) -> RequestBuilder {
        let address = self.cluster.places[replica].address();
        let client = self.clients[replica].read().await.clone();
        let get =
            |path: &str| client.get(format!("http://{address}{path}")).header("accept", "application/json");
        let bearer = self.bearer.read().await.clone();
        match kind {
            Kind::Bearer => get("/service/a").header("authorization", bearer),
            Kind::Cookie => get("/service/b").header("cookie", &self.cookie),
            Kind::Upload => client
                .post(format!("http://{address}/service/c"))
                .header("authorization", bearer)
                .body(vec![b'x'; UPLOAD]),
            Kind::Public => get("/open/d"),
            Kind::Stream => get(&format!("/open{SLOW}")),
            Kind::Page => get("/oauth/login"),
            Kind::Malformed => get("/service/e").header("authorization", "Bearer a.b.c"),
            Kind::Nobody => get("/service/f"),
        }
    }

    /// Asks once, and says whether the answer came whole.
    ///
    /// # Panics
    /// When it is not the right one.
    async fn ask(&self, replica: usize, kind: Kind) -> Result<(), reqwest::Error> {
        let answer = self.request(replica, kind).await.send().await?;
        let status = answer.status().as_u16();
        let body = answer.text().await?;
        let right = match kind {
            Kind::Malformed | Kind::Nobody => status == 401,
            Kind::Stream => status == 200 && body.len() == BITS * 10,
            Kind::Upload => status == 200 && body.contains(&format!("\"size\":{UPLOAD}")),
            Kind::Bearer | Kind::Cookie | Kind::Public | Kind::Page => status == 200,
        };
        assert!(right, "{kind:?} at replica {replica}: {status} {body}");
        self.answered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Asks as a balancer does: a replica that is away is passed over, and one that died meanwhile is left for another.
    async fn ask_somewhere(&self, kind: Kind) {
        let first = dice(REPLICAS);
        let replica = if self.away[first].load(Ordering::SeqCst) { (first + 1) % REPLICAS } else { first };
        let deaths = self.deaths[replica].load(Ordering::SeqCst);
        if let Err(error) = self.ask(replica, kind).await {
            let died = self.deaths[replica].load(Ordering::SeqCst) != deaths
                || self.away[replica].load(Ordering::SeqCst);
            assert!(died, "{kind:?} at replica {replica}, which lives: {error:?}");
            self.cut.fetch_add(1, Ordering::Relaxed);
            let other = (replica + 1) % REPLICAS;
            self.ask(other, kind).await.unwrap_or_else(|error| panic!("{kind:?} at the other: {error:?}"));
        }
    }

    async fn replace(&self, replica: usize) {
        self.away[replica].store(true, Ordering::SeqCst);
        self.deaths[replica].fetch_add(1, Ordering::SeqCst);
        self.cluster.replace(replica).await;
        // Connections to the dead one are worth nothing.
        *self.clients[replica].write().await = client();
        self.away[replica].store(false, Ordering::SeqCst);
    }
}

/// Mixed load for `span`; the routes change every `reload`, and one of two replicas is killed every `calm`.
async fn nothing_fails(span: Duration, reload: Duration, calm: Duration) {
    let Some(database) = TestDatabase::empty_mysql().await else { return };
    let cluster = Cluster::start(REPLICAS, &database.expose(), &[("DAEMUN_TOKENS__ACCESS_TTL", "20s")]).await;
    cluster.reload(&[("open", "public = true")]).await;
    let url = DatabaseUrl::parse(&database.expose()).unwrap();
    let issuer = cluster.places[0].url().origin().ascii_serialization();
    let actor = TokenActor::new(&url, &issuer, Arc::new(SystemClock)).await;
    let app = actor.sign_in("read").await;
    let balanced = Arc::new(Balanced {
        cookie: cluster.sign_in().await,
        cluster,
        away: Default::default(),
        deaths: Default::default(),
        clients: [RwLock::new(client()), RwLock::new(client())],
        bearer: RwLock::new(app.bearer),
        answered: AtomicUsize::new(0),
        cut: AtomicUsize::new(0),
    });
    let (over, mut load) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for worker in 0..KINDS.len() * 2 {
        let (balanced, over) = (Arc::clone(&balanced), Arc::clone(&over));
        load.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                balanced.ask_somewhere(KINDS[worker % KINDS.len()]).await;
                tokio::time::sleep(Duration::from_millis(u64::try_from(dice(40)).unwrap())).await;
            }
        });
    }
    let began = Instant::now();
    let (mut reloads, mut kills) = (0, 0);
    while began.elapsed() < span {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(failed) = load.try_join_next() {
            failed.unwrap();
        }
        if began.elapsed() > reload * (reloads + 1) {
            reloads += 1;
            *balanced.bearer.write().await = actor.sign_in("read").await.bearer;
            let extra = format!("extra-{reloads}");
            balanced.cluster.reload(&[("open", "public = true"), (&extra, "scope = \"read\"")]).await;
        }
        if began.elapsed() > calm * (kills + 1) {
            kills += 1;
            balanced.replace(kills as usize % REPLICAS).await;
        }
    }
    over.store(true, Ordering::Relaxed);
    load.join_all().await;
    println!(
        "{} answers, {reloads} reloads, {kills} kills, {} cut with a killed process, none failed",
        balanced.answered.load(Ordering::Relaxed),
        balanced.cut.load(Ordering::Relaxed),
    );
    assert!(reloads > 0 && kills > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reloads_and_kills_fail_nothing_but_what_was_in_flight_there() {
    nothing_fails(Duration::from_secs(8), Duration::from_secs(1), Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "ten minutes: scripts/soak"]
async fn soak_gate_mixed_load_with_reloads_and_kills() {
    nothing_fails(Duration::from_mins(10), Duration::from_secs(10), Duration::from_secs(30)).await;
}
