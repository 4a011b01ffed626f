//! The running program: from a configuration to two listeners, and to an orderly end.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit::AuditLog;
use db::Database;
use events::{Bus, InProcessBus};
use gateway::{Gateway, RouteTable};
use kernel::KeyRing;
use limits::{LimitKeys, LimitSync, SharedCounts};
use names::Source;
use providers::Providers;
use sessions::{SessionLimits, Sessions};
use tokens::Tokens;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::PublicOrigin;
use web::listener::ConnectionLimits;

use crate::accounts::members_of;
use crate::background::Background;
use crate::cleaner::Cleaner;
use crate::compose::{AppState, compose};
use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::export::OtherParts;
use crate::gateway::authenticator::GatewayAuthenticator;
use crate::gateway::routes;
use crate::http::assets::Assets;
use crate::http::ops::{self, Operations};
use crate::key_audit::KeyAudit;
use crate::mail::MailService;
use crate::master_key;
use crate::start_error::StartError;
use crate::{provider_settings, telemetry};

/// How long a consumer may keep a delivery to itself.
const DELIVERY_HOLD: Duration = Duration::from_secs(30);

/// A program that serves.
pub struct Running {
    /// Where people come.
    pub address: SocketAddr,
    /// Where operators look.
    pub operations: SocketAddr,
    db: Database,
    cleaner: Cleaner,
    gateway: Gateway,
    end: CancellationToken,
    tasks: TaskTracker,
    #[cfg(all(feature = "simulators", debug_assertions))]
    simulators: Option<simulators::Simulators>,
}

fn assets_of(environment: &Environment) -> Result<Assets, StartError> {
    Assets::load(&environment.site)
        .map_err(|source| StartError::Assets { path: environment.site.clone(), source })
}

fn bus_of(db: &Database, environment: &Environment) -> Arc<dyn Bus> {
    Arc::new(InProcessBus::new(db.clone(), Arc::clone(&environment.clock), DELIVERY_HOLD))
}

/// Starts the program. When this returns, both listeners answer.
///
/// # Errors
/// As [`StartError`] says; nothing is left running then.
pub async fn start(config: &Config, environment: Environment) -> Result<Running, StartError> {
    let table = gateway_routes(config)?;
    // Ports first: a second program on the same folder is refused before it touches anything.
    let public = listen("listen", config.listen).await?;
    let operators = listen("ops_listen", config.ops_listen).await?;
    prepare_data_dir(&config.data_dir)
        .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
    let key_ring =
        Arc::new(master_key::ring(&config.master_keys, &config.data_dir, &*environment.randomness)?);
    let db = Database::open(&config.database_url).await?;
    let assets = assets_of(&environment)?;

    #[cfg(all(feature = "simulators", debug_assertions))]
    let simulators = crate::development::start_simulators(config, &environment).await?;
    #[cfg(all(feature = "simulators", debug_assertions))]
    let settings = provider_settings::with_simulators(config, simulators.as_ref())?;
    #[cfg(not(all(feature = "simulators", debug_assertions)))]
    let settings = provider_settings::from(config)?;
    #[cfg(all(feature = "simulators", debug_assertions))]
    let development = crate::development::routes(config, &db, &key_ring, (&environment, &assets));
    #[cfg(not(all(feature = "simulators", debug_assertions)))]
    let development = None;

    let origin = PublicOrigin::of(&config.public_url);
    let tokens = tokens_of(config, &db, &key_ring, &environment)?;
    let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
    let audit = audit_of(config, &db, &environment);
    tokens.observe_keys(Arc::new(KeyAudit::new(audit.clone(), Source::system())));
    let services = members::Services {
        db: db.clone(),
        tokens: tokens.clone(),
        audit: audit.clone(),
        key_ring: Arc::clone(&key_ring),
        clock: Arc::clone(&environment.clock),
        randomness: Arc::clone(&environment.randomness),
    };
    let members = members_of(config, services, &environment, &tasks)?;
    // The mail service subscribes before the relay starts, so that it misses nothing.
    let bus = bus_of(&db, &environment);
    let mail_service = MailService::open(config, (&db, &bus), &key_ring, &environment).await?;
    let providers = providers_of(settings, &key_ring, &environment)?;
    let services = sessions::Services {
        db: db.clone(),
        providers,
        tokens: tokens.clone(),
        members: members.clone(),
        audit: audit.clone(),
    };
    let sessions = sessions_of(config, &origin, services, &key_ring, &environment);
    let services = authorization::Services {
        db: db.clone(),
        sessions: sessions.clone(),
        tokens: tokens.clone(),
        audit: audit.clone(),
    };
    let authorization = crate::authorization::server_of(config, services, &key_ring, &environment)?;
    let limits = Arc::new(SharedCounts::new(LimitKeys::new(&key_ring), Arc::clone(&environment.clock)));
    let gateway = gateway_of(config, &origin, (&tokens, &sessions), (table, &limits), &environment)?;
    let limit_sync = LimitSync::new(db.clone(), Arc::clone(&environment.clock), Arc::clone(&limits));
    let limit_sync = limit_sync.start().await;
    tokens.start(&end, &tasks).await?;
    gateway.start(&end, &tasks);
    let background = Background { db: &db, clock: &environment.clock, tasks: &tasks, end: &end };
    background.run_limits(limit_sync, limits);
    let elsewhere =
        Arc::new(OtherParts { sessions: sessions.clone(), db: db.clone(), key_ring: Arc::clone(&key_ring) });
    let cleaner = Cleaner {
        db: db.clone(),
        clock: Arc::clone(&environment.clock),
        sessions: sessions.clone(),
        tokens: tokens.clone(),
        members: members.clone(),
        authorization: authorization.clone(),
        audit: audit.clone(),
    };
    background.run_accounts(&sessions, &members, &cleaner);
    let root = compose(AppState {
        origin,
        sessions,
        tokens,
        members,
        audit,
        elsewhere,
        authorization,
        gateway: gateway.clone(),
        assets,
        time_zone: config.site.time_zone.clone(),
        proxies: config.limits.trusted_proxies(),
        limits: config.limits.requests,
        hsts: config.https.hsts.clone(),
        key_ring,
        clock: Arc::clone(&environment.clock),
        randomness: Arc::clone(&environment.randomness),
        development,
    });

    let (address, operations) = (public.address, operators.address);
    let connections: ConnectionLimits = config.limits.connections;
    let proxies = || config.limits.trusted_proxies();
    let ops = ops::router(Operations { db: db.clone(), metrics: environment.metrics.clone() });
    tasks.spawn(web::listener::serve(public.listener, root, connections, proxies(), end.clone()));
    tasks.spawn(web::listener::serve(operators.listener, ops, connections, proxies(), end.clone()));
    tasks.spawn(telemetry::keep_up(environment.metrics.clone(), end.clone()));
    background.run_relay(&bus);
    if let Some(mail_service) = mail_service {
        mail_service.run(&tasks, &end);
    }
    tasks.close();
    Ok(Running {
        address,
        operations,
        db,
        cleaner,
        gateway,
        end,
        tasks,
        #[cfg(all(feature = "simulators", debug_assertions))]
        simulators,
    })
}

impl Running {
    /// Takes no new requests, finishes those in flight, closes the database.
    pub async fn stop(self) {
        self.end.cancel();
        self.tasks.wait().await;
        #[cfg(all(feature = "simulators", debug_assertions))]
        if let Some(simulators) = self.simulators {
            simulators.stop().await;
        }
        self.db.close().await;
    }

    /// Takes over the gateway's routes of another configuration. Requests on their way finish by the old ones. Other
    /// settings wait for the next start.
    ///
    /// # Errors
    /// When the routes cannot be used; then the old ones stay.
    pub fn reload_routes(&self, config: &Config) -> Result<(), StartError> {
        self.gateway.reload(gateway_routes(config)?)?;
        Ok(())
    }

    /// The simulators, where this program runs them.
    #[cfg(all(feature = "simulators", debug_assertions))]
    pub const fn simulators(&self) -> Option<&simulators::Simulators> {
        self.simulators.as_ref()
    }

    /// The cleaner, for those who do not wait for its next round.
    pub const fn cleaner(&self) -> &Cleaner {
        &self.cleaner
    }

    /// The database.
    pub const fn database(&self) -> &Database {
        &self.db
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

/// Makes the folder and tries to write there, under a name of this process: another one may be trying too.
pub(crate) fn prepare_data_dir(path: &Path) -> io::Result<()> {
    let probe = path.join(format!(".writable-{}", std::process::id()));
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe))
}

/// The gateway's routes; what is doubtful about them goes to the log.
fn gateway_routes(config: &Config) -> Result<RouteTable, ConfigError> {
    let table = routes::table(config)?;
    for doubt in routes::doubts(config, &table) {
        tracing::warn!("{doubt}");
    }
    Ok(table)
}

fn session_limits(config: &Config) -> SessionLimits {
    SessionLimits { idle: config.session.idle.get(), absolute: config.session.absolute.get() }
}

fn tokens_of(
    config: &Config,
    db: &Database,
    key_ring: &Arc<KeyRing>,
    environment: &Environment,
) -> Result<Tokens, tokens::SettingsError> {
    let settings = config.tokens.settings(config.session.idle.get());
    let environment = (Arc::clone(&environment.clock), Arc::clone(&environment.randomness));
    Tokens::new(settings, db.clone(), Arc::clone(key_ring), environment)
}

fn audit_of(config: &Config, db: &Database, environment: &Environment) -> AuditLog {
    let (clock, randomness) = (Arc::clone(&environment.clock), Arc::clone(&environment.randomness));
    AuditLog::new(db.clone(), clock, randomness, config.audit.retention())
}

fn providers_of(
    settings: providers::Settings,
    key_ring: &Arc<KeyRing>,
    environment: &Environment,
) -> Result<Providers, providers::SettingsError> {
    let (clock, randomness) = (Arc::clone(&environment.clock), Arc::clone(&environment.randomness));
    Providers::new(settings, Arc::clone(key_ring), clock, randomness)
}

fn sessions_of(
    config: &Config,
    origin: &PublicOrigin,
    services: sessions::Services,
    key_ring: &Arc<KeyRing>,
    environment: &Environment,
) -> Sessions {
    let per_minute = NonZeroU32::new(config.limits.rates.sign_ins_per_minute).unwrap_or(NonZeroU32::MIN);
    let settings = sessions::Settings {
        origin: origin.clone(),
        limits: session_limits(config),
        sign_ins_per_minute: per_minute,
        scope: config.session.scope.clone(),
    };
    let environment = (Arc::clone(&environment.clock), Arc::clone(&environment.randomness));
    Sessions::new(&settings, services, Arc::clone(key_ring), environment)
}

fn gateway_of(
    config: &Config,
    origin: &PublicOrigin,
    (tokens, sessions): (&Tokens, &Sessions),
    (routes, limits): (RouteTable, &Arc<SharedCounts>),
    environment: &Environment,
) -> Result<Gateway, gateway::StartError> {
    let authenticator = GatewayAuthenticator::new(tokens.clone(), sessions.clone());
    let environment = (Arc::clone(&environment.clock), Arc::clone(&environment.randomness));
    let mut settings = config.gateway.settings(origin.clone());
    tokens.own_audience().clone_into(&mut settings.own_audience);
    Gateway::new(settings, routes, Arc::new(authenticator), Arc::clone(limits), environment)
}
