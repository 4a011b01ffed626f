//! The process that is counted: the program as it is served, on one thread, without what it does beside requests.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use db::Database;
use kernel::{Context, HashingCost, OsRandomness};
use server::accounts::AccountPorts;
use server::base::Base;
use server::compose::{PublicListener, compose};
use server::config::{self, Build, Config, Sources};
use server::erasure::EveryPart;
use server::event_bus::EventBus;
use server::gateway::routes;
use server::http::assets::Assets;
use server::parts::list::{PARTS, parts_on};
use server::services::{Found, Services};
use server::{log, master_key, provider_settings, telemetry};
use testkit::HandClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::PublicOrigin;
use web::headers::SecurityHeaders;
use web::listener::{Answer, ConnectionLimits};

/// What is said over the control connection.
pub mod said {
    /// To the program: count from now on.
    pub const COUNT: u8 = b'c';
    /// By the program: it counts.
    pub const COUNTS: u8 = b'r';
    /// To the program: that was all.
    pub const ENOUGH: u8 = b'e';
    /// To the program: end.
    pub const END: u8 = b'x';
}

/// Serves what is in `folder` until the one who listens at `control` has had enough.
pub fn serve(folder: &str, control: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut control = runtime.block_on(open(Path::new(folder), control));
    // Requests between two counts are answered as well: those with which one warms up.
    while runtime.block_on(control.read_u8()).unwrap() == said::COUNT {
        what_callgrind_counts(&runtime, &mut control);
    }
}

/// What is done meanwhile is counted: callgrind begins at zero where this is entered, and writes down what it has where it is left. It
/// knows it by its whole name.
#[inline(never)]
fn what_callgrind_counts(runtime: &Runtime, control: &mut TcpStream) {
    runtime.block_on(until_enough(control));
}

async fn until_enough(control: &mut TcpStream) {
    control.write_u8(said::COUNTS).await.unwrap();
    assert_eq!(control.read_u8().await.unwrap(), said::ENOUGH);
}

async fn open(folder: &Path, control: &str) -> TcpStream {
    log::init(log::LogFormat::Json, "info");
    let config = configuration(folder);
    let (services, root_parts) = services(&config, folder).await;
    let root = compose(root_parts, &services);
    let live = Router::new().route("/health/live", get(|| async { "live\n" }));
    let ports = [listen(&config, root).await, listen(&config, live).await];
    let mut control = TcpStream::connect(control).await.unwrap();
    for port in ports {
        control.write_u16(port).await.unwrap();
    }
    control
}

/// The configuration of the folder.
pub fn configuration(folder: &Path) -> Config {
    let sources = Sources {
        file: Some(folder.join("daemun.toml")),
        explicit: true,
        environment: Vec::new(),
        build: Build::Development,
    };
    config::load(&sources).unwrap().config
}

async fn services(config: &Config, folder: &Path) -> (Services, PublicListener) {
    let context = Context { clock: Arc::new(HandClock::default()), randomness: Arc::new(OsRandomness) };
    let ring = master_key::ring(&config.master_keys, &config.data_dir, &*context.randomness).unwrap();
    let db = Database::open(&config.database).await.unwrap();
    let base = Base::new(db, Arc::new(ring), context);
    telemetry::init_metrics();
    let accounts = AccountPorts {
        elsewhere: Arc::new(EveryPart),
        tasks: TaskTracker::new(),
        hashing: HashingCost::negligible(),
    };
    let providers = provider_settings::from(config).unwrap();
    let bus = Arc::new(EventBus::open(config, &base).unwrap().status());
    let routes = routes::table(config).unwrap();
    let found = Found { providers, routes, accounts, bus, reseal_steps: PARTS.len() };
    let services = Services::new(config, base, found).unwrap();
    // They are read once. Time stands still, so that what was read stays new.
    let end = CancellationToken::new();
    let followed = TaskTracker::new();
    services.tokens.start(&end, &followed).await.unwrap();
    end.cancel();
    followed.close();
    followed.wait().await;
    let listener = PublicListener {
        parts: parts_on(config),
        origin: PublicOrigin::of(&config.public_url),
        assets: Assets::load(&folder.join("site")).unwrap(),
        time_zone: config.site.time_zone.clone(),
        proxies: config.limits.trusted_proxies(),
        limits: config.limits.requests,
        security: SecurityHeaders::new(config.https.hsts.clone()),
        development: None,
        tasks: TaskTracker::new(),
    };
    (services, listener)
}

/// Serves on a port of its own, which this gives.
async fn listen(config: &Config, answers: impl Answer) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections: ConnectionLimits = config.limits.connections;
    let proxies = config.limits.trusted_proxies();
    tokio::spawn(web::listener::serve(listener, answers, connections, proxies, CancellationToken::new()));
    port
}
