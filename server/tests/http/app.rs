//! The program, started inside the test with a clock that the test moves.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use db::{DatabaseUrl, Row as _, query};
use server::config::{self, Build, Config, ConfigError, Sources};
use server::environment::Environment;
use server::program::{self, Running};
use server::telemetry;
use simulators::{Endpoints, SimulatedProvider};
use testkit::{Answer, Browser, HandClock, SeededRandomness, TestDatabase, cheap_hashing};
use url::Url;

use crate::provider_actor::ProviderActor;
use crate::signing_key;

/// The three providers by their names in paths.
pub const PROVIDERS: [&str; 3] = ["google", "naver", "kakao"];

/// Our origin as browsers name it: the default `public_url`.
pub const ORIGIN: &str = "http://localhost:3000";

/// Where the randomness of a program begins, if it is not another replica.
const SEED: u64 = 7;

/// A running program.
pub struct App {
    running: Running,
    pub clock: Arc<HandClock>,
    pub database: TestDatabase,
    pub provider: ProviderActor,
    pub site: Url,
    public_url: Url,
    _folder: tempfile::TempDir,
}

impl App {
    /// On a SQLite database of its own.
    pub async fn start() -> Self {
        Self::start_on(TestDatabase::sqlite().await, &[]).await
    }

    /// One on each kind of database.
    pub async fn both() -> [Self; 2] {
        let [sqlite, mysql] = TestDatabase::both().await;
        [Self::start_on(sqlite, &[]).await, Self::start_on(mysql, &[]).await]
    }

    /// With settings as the environment would give them.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(TestDatabase::sqlite().await, settings).await
    }

    pub async fn start_on(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start_at(database.url().clone(), database, settings).await
    }

    /// With a way of its own to the database.
    pub async fn start_at(url: DatabaseUrl, database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Box::pin(Self::launch(url, database, configuration(settings), SEED)).await
    }

    /// With a configuration file that says what the environment cannot.
    pub async fn configured(toml: &str) -> Self {
        let database = TestDatabase::sqlite().await;
        Box::pin(Self::launch(database.url().clone(), database, configuration_of(toml, &[]).unwrap(), SEED))
            .await
    }

    /// [Configured](Self::configured), one on each kind of database.
    pub async fn both_configured(toml: &str) -> [Self; 2] {
        let [sqlite, mysql] = TestDatabase::both().await;
        let launch = async |database: TestDatabase| {
            let config = configuration_of(toml, &[]).unwrap();
            Box::pin(Self::launch(database.url().clone(), database, config, SEED)).await
        };
        [launch(sqlite).await, launch(mysql).await]
    }

    /// Another replica of a [configured](Self::configured) program: the same database, its own memory.
    pub async fn replica(&self, toml: &str) -> Self {
        let unused = TestDatabase::sqlite().await;
        let config = configuration_of(toml, &[]).unwrap();
        Box::pin(Self::launch(self.database.url().clone(), unused, config, 8)).await
    }

    pub async fn launch(url: DatabaseUrl, database: TestDatabase, mut config: Config, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        std::fs::write(folder.path().join("pkg/daemun.css"), "body{}").unwrap();
        std::fs::write(folder.path().join("favicon.svg"), "<svg/>").unwrap();
        config.data_dir = folder.path().join("data");
        config.database.url = url;
        let clock = Arc::new(HandClock::default());
        let environment = Environment {
            clock: Arc::clone(&clock) as _,
            randomness: Arc::new(SeededRandomness::new(seed)),
            hashing: cheap_hashing(),
            metrics: telemetry::init_metrics(),
            site: folder.path().to_owned(),
            movable_clock: None,
        };
        let is_usual = seed == SEED && signing_key::is_usual(&config);
        if is_usual {
            signing_key::lend(&database).await;
        }
        let running = program::start(&config, environment).await.unwrap();
        if is_usual {
            signing_key::keep(&database).await;
        }
        let site = Url::parse(&format!("http://{}", running.address)).unwrap();
        let provider = ProviderActor::new(running.simulators().unwrap().base_url());
        let public_url = config.public_url;
        Self { running, clock, database, provider, site, public_url, _folder: folder }
    }

    /// Somebody's browser.
    pub fn browser(&self) -> Browser {
        Browser::under(&self.site, &self.public_url)
    }

    /// Begins a login; gives the provider's address.
    pub async fn begin(&self, browser: &Browser, provider: &str, return_to: &str) -> String {
        let answer =
            browser.submit(&format!("/api/auth/signin/{provider}"), &[("return_to", return_to)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.location().to_owned()
    }

    /// Begins a login and agrees; gives the callback, not yet opened.
    pub async fn until_callback(&self, browser: &Browser, provider: &str, user: &str) -> String {
        let authorize = self.begin(browser, provider, "/me").await;
        self.provider.agree(&authorize, user).await
    }

    /// A whole login.
    pub async fn sign_in(&self, browser: &Browser, provider: &str, user: &str) -> Answer {
        let callback = self.until_callback(browser, provider, user).await;
        let answer = browser.visit(&callback).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"), "{}", answer.body);
        answer
    }

    /// Whether `browser` is signed in.
    pub async fn is_signed_in(&self, browser: &Browser) -> bool {
        !browser.fetch("/api/auth/session").await.json().is_null()
    }

    /// Waits until all that goes on behind requests is done: events published and dealt with, mails sent.
    pub async fn settled(&self) {
        const LEFT: &str = "SELECT (SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL) \
            + (SELECT COUNT(*) FROM bus_deliveries) \
            + (SELECT COUNT(*) FROM jobs WHERE kind = 'mail' AND state = 'waiting')";
        for _ in 0..1000 {
            let mut reader = self.database.read().await.unwrap();
            if query(LEFT).fetch_one(&mut *reader).await.unwrap().get::<i64, _>(0) == 0 {
                return;
            }
            drop(reader);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("something goes on and on");
    }

    /// Everything in the database but the audit log, in which refusals are written down later, whom limits refused, and the beats of replicas.
    pub async fn state(&self) -> String {
        const BY_THEMSELVES: [&str; 5] =
            ["audit_events|", "audit_hours|", "limit_refusals|", "replicas|", "leader_leases|"];
        let dump = self.database.dump().await;
        let stays = |line: &&str| !BY_THEMSELVES.iter().any(|table| line.starts_with(table));
        dump.lines().filter(stays).collect::<Vec<_>>().join("\n")
    }

    /// The accounts.
    pub fn members(&self) -> &members::Members {
        &self.running.cleaner().services.members
    }

    /// What operators see of the program, and do with it.
    pub fn operators_view(&self) -> Arc<admin::Operations> {
        Arc::clone(&self.running.cleaner().services.operations)
    }

    /// Disables accounts and enables them, as operators do.
    pub fn status(&self) -> &members::AccountStatus {
        &self.members().status
    }

    /// Gives members roles and takes them away, as operators do.
    pub fn roles(&self) -> &members::MemberRoles {
        &self.members().roles
    }

    /// Lets the audit log be written that waits in memory.
    pub async fn flush_audit(&self) {
        self.running.cleaner().services.audit.flush().await.unwrap();
    }

    /// Lets the cleaner do its round now.
    pub async fn clean(&self) {
        let end = tokio_util::sync::CancellationToken::new();
        self.running.cleaner().erase(&end).await.unwrap();
        assert_eq!(self.clean_tables().await, BTreeSet::new());
    }

    /// The part of the cleaner's round that deletes expired rows; gives the tables that could not be cleaned.
    pub async fn clean_tables(&self) -> BTreeSet<&'static str> {
        self.running.cleaner().round(&tokio_util::sync::CancellationToken::new()).await
    }

    pub fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// Where operators look.
    pub fn operations(&self) -> SocketAddr {
        self.running.operations
    }

    /// Takes over the routes of another file, as SIGHUP does.
    pub fn reload(&self, toml: &str) -> Result<(), String> {
        let config = configuration_of(toml, &[]).map_err(|error| error.to_string())?;
        self.running.reload_routes(&config).map_err(|error| error.to_string())
    }

    /// The origin of the simulated providers.
    pub fn simulators(&self) -> String {
        self.running.simulators().unwrap().base_url().origin().ascii_serialization()
    }

    /// What Google knows of us, as one of its clients.
    pub fn google(&self) -> Endpoints {
        self.running.simulators().unwrap().endpoints(SimulatedProvider::Google)
    }

    /// Somebody at the listener for operators.
    pub fn operators(&self) -> Browser {
        Browser::new(&Url::parse(&format!("http://{}", self.running.operations)).unwrap())
    }

    /// Ends it: a database server has room for so many connections only.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// A configuration on free ports.
pub fn configuration(settings: &[(&str, &str)]) -> Config {
    configuration_of("", settings).unwrap()
}

/// A configuration on free ports with more in its file.
pub fn configuration_of(toml: &str, settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), toml).unwrap();
    let base = [
        ("DAEMUN_LISTEN", "127.0.0.1:0"),
        ("DAEMUN_OPS_LISTEN", "127.0.0.1:0"),
        ("DAEMUN_SIMULATORS__LISTEN", "127.0.0.1:0"),
    ];
    let sources = Sources {
        file: Some(file.path().to_owned()),
        explicit: true,
        environment: base.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        build: Build::Development,
    };
    config::load(&sources).map(|loaded| loaded.config)
}
