//! The running program: from a configuration to two listeners, and to an orderly end.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use admin::{Resealer, Work};
use db::Database;
use limits::LimitSync;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::PublicOrigin;
use web::headers::SecurityHeaders;
use web::listener::ConnectionLimits;

use crate::accounts::AccountPorts;
use crate::base::Base;
use crate::beats;
use crate::cleaner::Cleaner;
use crate::compose::{PublicListener, compose, openapi};
use crate::config::Config;
use crate::data_dir::prepare_data_dir;
use crate::environment::Environment;
use crate::erasure::EveryPart;
use crate::event_bus::EventBus;
use crate::gateway::routes::{self, RouteRules};
use crate::http::assets::Assets;
use crate::http::ops::{self, Operations, Surroundings};
use crate::listeners::Listeners;
use crate::lost_passkeys::lost;
use crate::mail::MailService;
use crate::master_key;
use crate::parts::background::Background;
use crate::parts::list::{PARTS, parts_on};
use crate::resealing::EveryPartSealed;
use crate::services::{Found, Services};
use crate::settings_look::{look_at_routes, look_at_settings};
use crate::start_error::StartError;
use crate::watch::Watch;
use crate::{provider_settings, telemetry};

/// What one replica does for all, by the names of its leader leases.
pub(crate) const SIGNING_KEYS: &str = "signing keys";
pub(crate) const CLEANING: &str = "cleaning";

/// A program that serves.
pub struct Running {
    /// Where people come.
    pub address: SocketAddr,
    /// Where operators look.
    pub operations: SocketAddr,
    services: Services,
    cleaner: Cleaner,
    route_rules: RouteRules,
    /// No more requests are taken.
    end: CancellationToken,
    /// The listeners, and requests whose clients are gone.
    requests: TaskTracker,
    /// The last request is answered.
    served: CancellationToken,
    /// What goes on alongside them.
    tasks: TaskTracker,
    #[cfg(all(feature = "simulators", debug_assertions))]
    simulators: Option<simulators::Simulators>,
}

fn assets_of(environment: &Environment) -> Result<Assets, StartError> {
    Assets::load(&environment.site)
        .map_err(|source| StartError::Assets { path: environment.site.clone(), source })
}

/// Starts the program. When this returns, both listeners answer.
///
/// # Errors
/// As [`StartError`] says; nothing is left running then.
pub async fn start(config: &Config, environment: Environment) -> Result<Running, StartError> {
    let (routes, route_rules) = (routes::table(config)?, RouteRules::of(config));
    // Ports first: a second program on the same folder is refused before it touches anything.
    let public = listen("listen", config.listen).await?;
    let operators = listen("ops_listen", config.ops_listen).await?;
    prepare_data_dir(&config.data_dir)
        .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
    let key_ring =
        Arc::new(master_key::ring(&config.master_keys, &config.data_dir, &*environment.randomness)?);
    if config.passkeys.is_impossible {
        tracing::info!("passkeys are off: `public_url` is an IP address, and they are made for a domain");
    }
    let db = Database::open(&config.database).await?;
    if let Some(lost) = lost(config, &db).await? {
        return Err(lost.into());
    }
    let base = Base::new(db, key_ring, environment.context());
    let assets = assets_of(&environment)?;

    #[cfg(all(feature = "simulators", debug_assertions))]
    let simulators = crate::development::start_simulators(config, &environment).await?;
    #[cfg(all(feature = "simulators", debug_assertions))]
    let providers = provider_settings::with_simulators(config, simulators.as_ref())?;
    #[cfg(not(all(feature = "simulators", debug_assertions)))]
    let providers = provider_settings::from(config)?;
    #[cfg(all(feature = "simulators", debug_assertions))]
    let development = crate::development::routes(config, &base, &environment, &assets);
    #[cfg(not(all(feature = "simulators", debug_assertions)))]
    let development = None;

    let (end, served) = (CancellationToken::new(), CancellationToken::new());
    let (requests, tasks) = (TaskTracker::new(), TaskTracker::new());
    let accounts = AccountPorts {
        elsewhere: Arc::new(EveryPart),
        tasks: requests.clone(),
        hashing: environment.hashing,
    };
    let bus = EventBus::open(config, &base)?;
    let bus_status = bus.status();
    let found =
        Found { providers, routes, accounts, bus: Arc::new(bus_status.clone()), reseal_steps: PARTS.len() };
    let services = Services::new(config, base.clone(), found)?;
    look_at_settings(config, &services.operations);
    let mail_service = MailService::open(config, &base)?;
    let parts = parts_on(config);
    let consumers = parts.iter().flat_map(|part| (part.consumers)(&services));
    let consumers = consumers.chain(mail_service.as_ref().map(MailService::consumer));
    let bus = bus.join(consumers.collect()).await?;
    let background = Background { tasks: &tasks, end: &end, served: &served };
    let cleaner = work(&services, background).await?;

    let security = SecurityHeaders::new(config.https.hsts.clone());
    let around = Surroundings { limits: config.limits.requests, security: security.clone() };
    let listener = PublicListener {
        parts,
        origin: PublicOrigin::of(&config.public_url),
        assets,
        time_zone: config.site.time_zone.clone(),
        proxies: config.limits.trusted_proxies(),
        limits: config.limits.requests,
        security,
        development,
        tasks: requests.clone(),
    };
    let root = compose(listener, &services);
    let (address, operations) = (public.address, operators.address);
    let connections: ConnectionLimits = config.limits.connections;
    let proxies = || config.limits.trusted_proxies();
    let origin = PublicOrigin::of(&config.public_url);
    let shown = Operations {
        db: base.db.clone(),
        bus: bus_status,
        metrics: environment.metrics.clone(),
        listeners: Listeners::of(config),
        openapi: Arc::new(LazyLock::new(Box::new(move || format!("{:#}\n", openapi(&origin)).into()))),
    };
    let ops = ops::router(shown, around);
    requests.spawn(web::listener::serve(public.listener, root, connections, proxies(), end.clone()));
    requests.spawn(web::listener::serve(operators.listener, ops, connections, proxies(), end.clone()));
    tasks.spawn(telemetry::keep_up(environment.metrics.clone(), served.clone()));
    bus.run(background);
    if let Some(mail_service) = mail_service {
        mail_service.run(background);
    }
    requests.close();
    tasks.close();
    Ok(Running {
        address,
        operations,
        services,
        cleaner,
        route_rules,
        end,
        requests,
        served,
        tasks,
        #[cfg(all(feature = "simulators", debug_assertions))]
        simulators,
    })
}

/// Begins what goes on alongside the requests.
async fn work(services: &Services, background: Background<'_>) -> Result<Cleaner, StartError> {
    follow_limits(services, background).await;
    let cleaner = join_replicas(services, background).await;
    // An open download has to hear of a sign-out, and a request finds the keys.
    services.tokens.start(background.served, background.tasks).await?;
    services.gateway.start(background.served, background.tasks);
    for part in PARTS {
        (part.background)(services, background);
    }
    watch(&cleaner, background);
    do_long_work(services, background);
    Ok(cleaner)
}

/// Exchanges the gateway's limits with the other replicas; theirs are read before this returns.
async fn follow_limits(services: &Services, background: Background<'_>) {
    let Base { db, replica, .. } = services.base.clone();
    let counts = Arc::clone(&services.gateway_counts);
    let another = move || LimitSync::new(db.clone(), replica.clone(), Arc::clone(&counts));
    let mut started = Some(another().start().await);
    background.run_until_served("limit sync", move |end| started.take().unwrap_or_else(&another).run(end));
}

/// Becomes one of the replicas on the database, and wants to do what one does for all: the next signing key, and cleaning.
async fn join_replicas(services: &Services, background: Background<'_>) -> Cleaner {
    let replica = beats::replica_of(&services.base);
    services.tokens.keys.lead_by(replica.lease(SIGNING_KEYS));
    let cleaner = Cleaner { services: services.clone(), lease: replica.lease(CLEANING) };
    beats::beat(&replica, true).await;
    background.run("beats", move |end| beats::run(replica.clone(), end));
    cleaner
}

/// The cleaner, and the watch over all.
fn watch(cleaner: &Cleaner, background: Background<'_>) {
    let Base { db, context, .. } = cleaner.services.base.clone();
    let receivers = Arc::clone(&cleaner.services.webhooks.receivers);
    let cleaner = cleaner.clone();
    background.run("cleaner", move |end| cleaner.clone().run(end));
    background.run("watch", move |end| {
        let (db, clock, receivers) = (db.clone(), Arc::clone(&context.clock), Arc::clone(&receivers));
        Watch { db, clock, receivers }.run(end)
    });
}

/// Does what administrators order that takes long.
fn do_long_work(services: &Services, background: Background<'_>) {
    let Services { base, tokens, audit, operations, .. } = services.clone();
    let resealer: Arc<dyn Resealer> = Arc::new(EveryPartSealed { base, tokens, audit });
    background.run("long work", move |end| Work::worker(&operations, &resealer).run(end));
}

impl Running {
    /// Takes no new requests, finishes those in flight, closes the database.
    pub async fn stop(self) {
        self.end.cancel();
        self.requests.wait().await;
        // Only now: what they counted, used and refused is written down at the end of these.
        self.served.cancel();
        self.tasks.wait().await;
        #[cfg(all(feature = "simulators", debug_assertions))]
        if let Some(simulators) = self.simulators {
            simulators.stop().await;
        }
        self.services.base.db.close().await;
    }

    /// Takes over the gateway's routes of another configuration. Requests on their way finish by the old ones. Other
    /// settings wait for the next start, and so do routes that need them.
    ///
    /// # Errors
    /// When the routes cannot be used; then the old ones stay.
    pub fn reload_routes(&self, config: &Config) -> Result<(), StartError> {
        let routes = self.route_rules.table_of_running(config)?;
        let resources = routes.protected_resources();
        self.services.gateway.reload(routes)?;
        self.services.authorization.allow_resources(resources);
        look_at_routes(config, &self.services.operations);
        Ok(())
    }

    /// The simulators, where this program runs them.
    #[cfg(all(feature = "simulators", debug_assertions))]
    pub const fn simulators(&self) -> Option<&simulators::Simulators> {
        self.simulators.as_ref()
    }

    /// The cleaner, for tests that do not wait for its next round.
    pub const fn cleaner(&self) -> &Cleaner {
        &self.cleaner
    }

    /// The database of the program, for tests.
    pub const fn database(&self) -> &Database {
        &self.services.base.db
    }
}

struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

async fn listen(key: &'static str, address: SocketAddr) -> Result<Bound, StartError> {
    let failed = |source| StartError::Listen { key, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}
