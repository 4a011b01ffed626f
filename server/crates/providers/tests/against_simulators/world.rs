//! The three providers, simulated, our clients of them, and people with browsers.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{KeyRing, MasterKey, Randomness};
use names::ProviderName;
use providers::{
    BeginError, BrowserBinding, ClientSettings, EnabledProvider, Endpoints, FinishError, Finished, NewLogin,
    Prompt, Protocol, Providers, Settings,
};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use simulators::{SimulatedProvider, SimulatorSettings, Simulators};
use testkit::{HandClock, SeededRandomness, TestDatabase};
use tokio::task::JoinSet;
use url::Url;
use web::ReturnTo;

/// A provider in one of the sign-in methods which it can be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Google,
    NaverClassic,
    NaverOidc,
    KakaoOauth,
    KakaoOidc,
}

impl Flavour {
    pub(crate) const ALL: [Self; 5] =
        [Self::Google, Self::NaverClassic, Self::NaverOidc, Self::KakaoOauth, Self::KakaoOidc];
    /// Those with an id_token.
    pub(crate) const OIDC: [Self; 3] = [Self::Google, Self::NaverOidc, Self::KakaoOidc];

    pub(crate) const fn name(self) -> ProviderName {
        match self {
            Self::Google => ProviderName::Google,
            Self::NaverClassic | Self::NaverOidc => ProviderName::Naver,
            Self::KakaoOauth | Self::KakaoOidc => ProviderName::Kakao,
        }
    }

    /// What a login asks of the provider behind the browser's back, in this order.
    pub(crate) const fn places(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["token", "jwks"],
            Self::NaverClassic | Self::KakaoOauth => &["token", "userinfo"],
            Self::NaverOidc | Self::KakaoOidc => &["token", "jwks", "userinfo"],
        }
    }
}

/// All that a login needs. The provider of its flavour is configured so; all three are on.
pub(crate) struct World {
    pub(crate) flavour: Flavour,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) db: Arc<TestDatabase>,
    pub(crate) providers: Providers,
    key_ring: Arc<KeyRing>,
    randomness: Arc<dyn Randomness>,
    simulators: Simulators,
    http: Client,
}

impl World {
    /// A world with a SQLite database.
    pub(crate) async fn of(flavour: Flavour) -> Self {
        Self::with(flavour, |_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn with(flavour: Flavour, change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Arc::new(TestDatabase::sqlite().await), flavour, change).await
    }

    /// The same on this database.
    pub(crate) async fn on(
        db: Arc<TestDatabase>,
        flavour: Flavour,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let clock = Arc::new(HandClock::default());
        let randomness: Arc<dyn Randomness> = Arc::new(SeededRandomness::new(11));
        let simulators = SimulatorSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            redirect_base: Url::parse("http://localhost:3000").unwrap(),
            kakao_openid_connect: flavour == Flavour::KakaoOidc,
        };
        let simulators = Simulators::start(simulators, Arc::clone(&clock) as _, Arc::clone(&randomness));
        let simulators = simulators.await.unwrap();
        let key_ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&*randomness)]).unwrap());
        let mut settings = settings(&simulators, flavour);
        change(&mut settings);
        let providers =
            Providers::new(settings, Arc::clone(&key_ring), Arc::clone(&clock) as _, Arc::clone(&randomness));
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self {
            flavour,
            clock,
            db,
            providers: providers.unwrap(),
            key_ring,
            randomness,
            simulators,
            http: http.build().unwrap(),
        }
    }

    /// Our clients after a restart with other settings.
    pub(crate) fn restarted(&self, change: impl FnOnce(&mut Settings)) -> Providers {
        let mut settings = settings(&self.simulators, self.flavour);
        change(&mut settings);
        let (clock, randomness) = (Arc::clone(&self.clock) as _, Arc::clone(&self.randomness));
        Providers::new(settings, Arc::clone(&self.key_ring), clock, randomness).unwrap()
    }

    /// A person with a browser of their own.
    pub(crate) fn person(&self) -> Person<'_> {
        Person { world: self, browser: BrowserBinding::new(&self.key_ring, &*self.randomness) }
    }

    /// An address below the flavour's provider.
    pub(crate) fn address(&self, path: &str) -> Url {
        self.simulators.base_url().join(&format!("{}/{path}", self.flavour.name())).unwrap()
    }

    /// Uses the control surface of the flavour's provider.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.control_of(self.flavour.name(), method, path, body).await
    }

    async fn control_of(&self, name: ProviderName, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}control/{name}{path}", self.simulators.base_url());
        let answer = self.http.request(method, url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    /// Plans a failure for the next request.
    pub(crate) async fn plan(&self, at: &str, failure: &str) {
        self.control(Method::POST, "/faults", json!({"at": at, "fault": failure, "times": 1})).await;
    }

    /// Sets switches of the simulator; Kakao's OpenID Connect stays as the flavour has it.
    pub(crate) async fn switch(&self, mut switches: Value) {
        switches["openid_connect"] = (self.flavour == Flavour::KakaoOidc).into();
        self.control(Method::PUT, "/switches", switches).await;
    }

    /// Puts a person there.
    pub(crate) async fn put_user(&self, key: &str, user: Value) {
        self.control(Method::PUT, &format!("/users/{key}"), user).await;
    }

    /// What the flavour's provider was asked at `place`.
    pub(crate) async fn requests(&self, place: &str) -> Vec<Value> {
        let Value::Array(mut all) = self.control(Method::GET, "/requests", json!({})).await else { panic!() };
        all.retain(|request| request["at"] == place);
        all
    }

    /// How often any provider was asked at its token endpoint.
    pub(crate) async fn token_calls(&self) -> usize {
        let mut calls = 0;
        for name in ProviderName::ALL {
            let all = self.control_of(name, Method::GET, "/requests", json!({})).await;
            calls += all.as_array().unwrap().iter().filter(|request| request["at"] == "token").count();
        }
        calls
    }

    /// How many logins are on their way.
    pub(crate) async fn in_flight(&self) -> usize {
        self.db.dump().await.lines().filter(|line| line.starts_with("login_transactions|")).count()
    }

    /// Finishes all these callbacks at the same time; gives their outcomes.
    pub(crate) async fn finish_at_once(
        self: &Arc<Self>,
        callbacks: Vec<(BrowserBinding, String)>,
    ) -> Vec<String> {
        let mut tries = JoinSet::new();
        for (browser, query) in callbacks {
            let world = Arc::clone(self);
            tries.spawn(async move { outcome(&world.finish(Some(browser), &query).await) });
        }
        tries.join_all().await
    }

    /// A callback of the world's provider in a browser.
    pub(crate) async fn finish(
        &self,
        browser: Option<BrowserBinding>,
        query: &str,
    ) -> Result<Finished, FinishError> {
        self.finish_at(self.flavour.name(), browser, query).await
    }

    /// A callback of any provider in a browser.
    pub(crate) async fn finish_at(
        &self,
        name: ProviderName,
        browser: Option<BrowserBinding>,
        query: &str,
    ) -> Result<Finished, FinishError> {
        let callback = self.providers.present(name, browser, query)?;
        self.providers.finish(&self.db, &callback).await
    }

    /// Opens an address in a browser that calls itself `agent`.
    pub(crate) async fn open(&self, url: &Url, agent: &str) -> (StatusCode, String) {
        let answer = self.http.get(url.clone()).header("user-agent", agent).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

/// What is configured about one of them.
pub(crate) fn at(settings: &mut Settings, name: ProviderName) -> &mut EnabledProvider {
    settings.enabled.iter_mut().find(|provider| provider.name == name).unwrap()
}

fn settings(simulators: &Simulators, flavour: Flavour) -> Settings {
    let client = |provider| {
        let simulated = simulators.endpoints(provider);
        ClientSettings {
            client_id: simulated.client_id,
            client_secret: Some(simulated.client_secret.into()),
            admin_key: simulated.admin_key.map(Into::into),
            scopes: Vec::new(),
            endpoints: Endpoints {
                issuer: simulated.issuer,
                authorize: simulated.authorize_url,
                token: simulated.token_url,
                userinfo: simulated.userinfo_url,
                jwks: simulated.jwks_url,
                unlink: simulated.unlink_url,
            },
        }
    };
    let enabled = |name| {
        let is_openid_connect = matches!(
            (name, flavour),
            (ProviderName::Google, _)
                | (ProviderName::Naver, Flavour::NaverOidc)
                | (ProviderName::Kakao, Flavour::KakaoOidc)
        );
        let protocol = if is_openid_connect { Protocol::OpenIdConnect } else { Protocol::OAuth };
        EnabledProvider { name, protocol, client: client(SimulatedProvider::of(name, is_openid_connect)) }
    };
    Settings {
        public_url: Url::parse("http://localhost:3000").unwrap(),
        enabled: ProviderName::ALL.map(enabled).into(),
        proxy: None,
        in_flight_limit: 1000,
        in_flight_share: 1000,
    }
}

/// A person with a browser.
pub(crate) struct Person<'w> {
    world: &'w World,
    pub(crate) browser: BrowserBinding,
}

impl Person<'_> {
    /// Begins a login by the world's provider, and gives the address at the provider.
    pub(crate) async fn begin(&self) -> Url {
        self.try_begin().await.unwrap()
    }

    pub(crate) async fn try_begin(&self) -> Result<Url, BeginError> {
        self.try_begin_at("203.0.113.9").await
    }

    pub(crate) async fn try_begin_at(&self, address: &str) -> Result<Url, BeginError> {
        self.begin_with(address, Prompt::Account).await
    }

    pub(crate) async fn begin_with(&self, address: &str, prompt: Prompt) -> Result<Url, BeginError> {
        let (world, return_to) = (self.world, &ReturnTo::parse("/me?tab=1"));
        let client = Some(address.parse::<std::net::IpAddr>().unwrap().into());
        let new = NewLogin { browser: &self.browser, client, return_to, link: None, prompt };
        world.providers.begin(&world.db, world.flavour.name(), new).await
    }

    /// Answers the consent page at `url` as `user`; gives the query of the callback, or the page on which the way
    /// ended.
    pub(crate) async fn answer(&self, url: &Url, user: &str, decision: &str) -> Result<String, String> {
        let http = &self.world.http;
        let page = http.get(url.clone()).send().await.unwrap().text().await.unwrap();
        let Some((_, rest)) = page.split_once("name=\"request\" value=\"") else { return Err(page) };
        let request = rest.split('"').next().unwrap();
        let form = [("request", request), ("user", user), ("decision", decision)];
        let back = http.post(self.world.address("consent")).form(&form).send().await.unwrap();
        let Some(location) = back.headers().get("location") else { return Err(back.text().await.unwrap()) };
        let (callback, query) = location.to_str().unwrap().split_once('?').unwrap();
        let ours = format!("http://localhost:3000/api/auth/callback/{}", self.world.flavour.name());
        assert_eq!(callback, ours);
        Ok(query.to_owned())
    }

    /// Begins a login and agrees at the provider: the query of a callback that nobody has received yet.
    pub(crate) async fn agree(&self, user: &str) -> String {
        self.answer(&self.begin().await, user, "agree").await.unwrap()
    }

    /// Comes back from the world's provider.
    pub(crate) async fn finish(&self, query: &str) -> Result<Finished, FinishError> {
        self.world.finish(Some(self.browser.clone()), query).await
    }

    /// A whole login.
    pub(crate) async fn log_in(&self, user: &str) -> Result<Finished, FinishError> {
        self.finish(&self.agree(user).await).await
    }
}

/// An outcome as a test compares it: `ok`, or the kind of the failure and its code.
pub(crate) fn outcome(result: &Result<Finished, FinishError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let kind = match error {
                FinishError::NotEnabled => "NotEnabled",
                FinishError::BadCallback { .. } => "BadCallback",
                FinishError::Refused { login, .. } => with_way("Refused", &login.return_to),
                FinishError::ProviderUnavailable { login } => {
                    with_way("ProviderUnavailable", &login.return_to)
                }
                FinishError::Repeated { .. } => "Repeated",
                FinishError::Db(error) => panic!("{error}"),
            };
            format!("{kind} {}", error.code())
        }
    }
}

/// A failure that a person sees keeps where the person wanted to go.
fn with_way(kind: &'static str, return_to: &ReturnTo) -> &'static str {
    assert_eq!(return_to.as_str(), "/me?tab=1");
    kind
}

/// What every outage of a provider comes to.
pub(crate) const UNAVAILABLE: &str = "ProviderUnavailable provider_unavailable";
/// What every refusal of a provider comes to.
pub(crate) const REFUSED: &str = "Refused login_failed";

/// The parameters of a query.
pub(crate) fn parameters(query: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A query again from its parameters.
pub(crate) fn query(parameters: &BTreeMap<String, String>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The fields of a recorded form or query.
pub(crate) fn fields(recorded: &Value) -> BTreeMap<String, String> {
    serde_json::from_value::<Vec<(String, String)>>(recorded.clone()).unwrap().into_iter().collect()
}
