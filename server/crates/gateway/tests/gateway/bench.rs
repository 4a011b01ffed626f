//! A gateway on a real port, with the layers that the program puts around it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use gateway::{
    Audiences, AuthProblem, Authenticator, Gateway, GatewayConfig, Identity, OwnPaths, Passage, RouteTable,
    Settings, SignedIn, Wanted,
};
use http::HeaderMap;
use kernel::id::Uuid;
use kernel::{Context, KeyRing, MasterKey, OsRandomness, SystemClock};
use limits::{LimitContext, SharedCounts};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use names::MemberId;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use web::request_id::RequestIds;
use web::{CookieName, PublicOrigin, Refusal, TrustedProxies};

use crate::actor::{self, Answer};
use crate::service::OPEN_LIMITS;

pub const ALICE: MemberId = MemberId::from_uuid(Uuid::from_u128(0x0198_c5a2_0000_7000_8000_0000_0000_a11c));
pub const ORIGIN: &str = "http://localhost:3000";

/// Knows a few credentials by heart.
pub struct Doorkeeper {
    /// Whether sign-ins still hold.
    pub active: Arc<AtomicBool>,
    /// How often a token was judged.
    pub judged: AtomicUsize,
}

impl Doorkeeper {
    fn alice(&self, scope: &str) -> Arc<Identity> {
        let active = Arc::clone(&self.active);
        let roles = ["ROLE_USER", "ROLE_STAFF"];
        Arc::new(Identity::new(ALICE, &roles, scope, "portal-client", move || active.load(Ordering::SeqCst)))
    }
}

#[async_trait]
impl Authenticator for Doorkeeper {
    async fn bearer(&self, token: &str, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        self.judged.fetch_add(1, Ordering::SeqCst);
        let known = |scope: &str| Ok(signed_in(self.alice(scope), token, wanted));
        match token {
            "reader" => known("openid orders:read"),
            "writer" => known("openid orders:read orders:write"),
            "expired" => Err(AuthProblem::Expired),
            "revoked" => Err(AuthProblem::Revoked),
            "away" => Err(AuthProblem::Unavailable),
            _ => Err(AuthProblem::Invalid),
        }
    }

    async fn cookie(&self, headers: &HeaderMap, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        match CookieName::new("daemun", false).read(headers) {
            None => Err(AuthProblem::Missing),
            Some("live") => Ok(signed_in(self.alice("openid orders:read orders:write"), "session", wanted)),
            Some("away") => Err(AuthProblem::Unavailable),
            Some(_) => Err(AuthProblem::SessionEnded),
        }
    }
}

/// Gives anyone who may have one a token that says what it was made of and for whom: `reader~orders~orders:read`.
fn signed_in(identity: Arc<Identity>, of: &str, wanted: Wanted<'_>) -> SignedIn {
    let authorization = match wanted {
        Wanted::Token(to) if to.scope.is_empty() || identity.may(&to.scope) => {
            gateway::authorization(&format!("{of}~{}~{}", to.audience, to.scope))
        }
        _ => None,
    };
    SignedIn { identity, authorization }
}

/// A gateway that runs.
pub struct TestGateway {
    pub address: SocketAddr,
    pub gateway: Gateway,
    pub keeper: Arc<Doorkeeper>,
    pub end: CancellationToken,
}

impl TestGateway {
    /// A gateway with the routes of `toml`.
    pub async fn open(toml: &str) -> Self {
        Self::with(toml, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with(toml: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(PublicOrigin::of(&Url::parse(ORIGIN).unwrap()));
        settings.connect_timeout = Duration::from_millis(500);
        change(&mut settings);
        let keeper =
            Arc::new(Doorkeeper { active: Arc::new(AtomicBool::new(true)), judged: AtomicUsize::new(0) });
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(OsRandomness));
        let ring = KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap();
        let counts = Arc::new(SharedCounts::new(LimitContext::new(&ring, clock.clone())));
        let gateway = Gateway::new(
            settings,
            table(toml),
            Arc::clone(&keeper) as _,
            counts,
            Context { clock: clock.clone(), randomness: randomness.clone() },
        )
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (handler, verifier) = (gateway.clone(), gateway.clone());
        let (ids, proxies) = (Arc::new(RequestIds::new(clock, randomness)), TrustedProxies::default());
        let fallback = move |request: Request| {
            let gateway = handler.clone();
            async move {
                if gateway.matches(request.uri().path()) {
                    gateway.handle(request, &Passage::default()).await
                } else {
                    Refusal::not_found().into_response()
                }
            }
        };
        let verify = move |request: Request| {
            let gateway = verifier.clone();
            async move { gateway.verify(request).await }
        };
        let router = Router::new()
            .route("/auth/verify", axum::routing::get(verify))
            .fallback(fallback)
            .layer(from_fn_with_state(web::headers::SecurityHeaders::default(), web::headers::layer))
            .layer(from_fn(move |mut request: Request, next: Next| {
                let id = ids.note(&mut request);
                proxies.note(&mut request);
                async move {
                    let mut response = next.run(request).await;
                    response.headers_mut().insert(web::request_id::HEADER, id.header());
                    response
                }
            }));
        let (end, tasks) = (CancellationToken::new(), TaskTracker::new());
        let proxies = TrustedProxies::default();
        tasks.spawn(web::listener::serve(listener, router, OPEN_LIMITS, proxies, end.clone()));
        Self { address, gateway, keeper, end }
    }

    /// Sends a request, `GET /path` and header lines.
    pub async fn ask(&self, head: &str, lines: &[&str]) -> Answer {
        self.send(head, lines, "").await
    }

    /// Sends a request with a body.
    pub async fn send(&self, head: &str, lines: &[&str], body: &str) -> Answer {
        actor::ask(self.address, &actor::text(head, lines, body)).await
    }

    /// Puts other routes in place.
    pub fn reload(&self, toml: &str) {
        self.gateway.reload(table(toml)).unwrap();
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// A checked table.
pub fn table(toml: &str) -> RouteTable {
    let config: GatewayConfig = toml::from_str(toml).unwrap();
    let scopes = ["orders:read", "orders:write"].map(str::to_owned).into();
    RouteTable::check(&config, &scopes, &Audiences::new(ORIGIN), &OwnPaths::of_design()).unwrap()
}

/// What this process has counted. To be called before the gateway is made that is to be counted.
pub fn metrics_of_this_process() -> &'static PrometheusHandle {
    static HANDLE: LazyLock<PrometheusHandle> = LazyLock::new(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        assert!(metrics::set_global_recorder(recorder).is_ok());
        handle
    });
    &HANDLE
}

/// The value of a metric, by its name and labels as they are written.
pub fn value_of(said: &PrometheusHandle, metric: &str) -> Option<f64> {
    let text = said.render();
    text.lines().find_map(|line| line.strip_prefix(metric)?.trim().parse().ok())
}

/// One route in TOML.
pub fn route(path: &str, upstream: &[&str], more: &str) -> String {
    let methods = if more.contains("methods") { "" } else { "methods = [\"GET\", \"POST\"]\n" };
    let access =
        if more.contains("scope") || more.contains("public") { "" } else { "scope = \"orders:read\"\n" };
    format!("[[routes]]\npath = \"{path}\"\nupstream = {upstream:?}\n{methods}{access}{more}\n\n")
}
