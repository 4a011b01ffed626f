//! The listener of all three simulated providers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use kernel::{Clock, Randomness};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::client::Registration;
use crate::endpoint::{Endpoints, SimulatedProvider};
use crate::kind::Kind;
use crate::simulator::Simulator;
use crate::{control, google, kakao, naver};

/// Where the simulators listen, and what a provider's console would know of the client.
#[derive(Clone, Debug)]
pub struct SimulatorSettings {
    /// Where they listen.
    pub listen: SocketAddr,
    /// The origin of the client's callbacks.
    pub redirect_base: Url,
    /// Whether OpenID Connect is on in Kakao's console.
    pub kakao_openid_connect: bool,
}

/// The client that each provider has at the start.
fn registration(kind: Kind, redirect_base: &Url) -> io::Result<Registration> {
    let name = kind.name();
    let callback = redirect_base.join(&format!("api/auth/callback/{name}")).map_err(io::Error::other)?;
    Ok(Registration {
        client_id: format!("simulated-{name}-client"),
        client_secret: format!("simulated-{name}-secret"),
        redirect_uris: vec![callback.to_string()],
        logout_redirect_uris: vec![redirect_base.to_string()],
    })
}

/// The three simulated providers, listening.
#[derive(Debug)]
pub struct Simulators {
    base_url: Url,
    clients: [(String, String); 3],
    task: JoinHandle<io::Result<()>>,
}

impl Simulators {
    /// Starts them. They accept connections when this returns.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(
        settings: SimulatorSettings,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let base_url = Url::parse(&format!("http://{address}")).map_err(io::Error::other)?;
        let simulator = |kind: Kind| -> io::Result<Arc<Simulator>> {
            let base = base_url.join(kind.name()).map_err(io::Error::other)?;
            let client = registration(kind, &settings.redirect_base)?;
            Ok(Arc::new(Simulator::new(kind, base, client, Arc::clone(&clock), Arc::clone(&randomness))))
        };
        let [google, naver, kakao] =
            [simulator(Kind::Google)?, simulator(Kind::Naver)?, simulator(Kind::Kakao)?];
        kakao.with(|state| state.switches.openid_connect = settings.kakao_openid_connect);
        let client = |simulator: &Simulator| {
            simulator.with(|state| (state.client.client_id.clone(), state.client.client_secret.clone()))
        };
        let clients = [client(&google), client(&naver), client(&kakao)];
        let mut router = Router::new()
            .nest("/google", google::router(&google))
            .nest("/naver", naver::router(&naver))
            .nest("/kakao", kakao::router(&kakao));
        for simulator in [&google, &naver, &kakao] {
            router = router.nest(&format!("/control/{}", simulator.kind.name()), control::router(simulator));
        }
        let task = tokio::spawn(axum::serve(listener, router).into_future());
        tracing::info!(%address, "simulated providers are open");
        Ok(Self { base_url, clients, task })
    }

    /// Where they listen.
    pub const fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The endpoints and credentials for a client of `provider`.
    pub fn endpoints(&self, provider: SimulatedProvider) -> Endpoints {
        let kind = match provider {
            SimulatedProvider::Google => Kind::Google,
            SimulatedProvider::NaverClassic | SimulatedProvider::NaverOidc => Kind::Naver,
            SimulatedProvider::Kakao => Kind::Kakao,
        };
        let index = Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
        let (client_id, client_secret) = self.clients[index].clone();
        let mut base = self.base_url.clone();
        base.set_path(kind.name());
        provider.endpoints(&base, client_id, client_secret)
    }

    /// Stops listening. Requests in flight are aborted.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}
