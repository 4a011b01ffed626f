//! An app that is registered at one simulated provider, and the browser of a person who uses it.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::{Endpoints, SimulatedProvider, SimulatorSettings, Simulators};
use testkit::{Answer, HandClock, SeededRandomness};
use url::Url;

/// A `code_verifier` and its S256 challenge (RFC 7636 appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Fields of a query or form.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The app, with the simulators to itself.
pub(crate) struct App {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) endpoints: Endpoints,
    pub(crate) redirect_uri: String,
    name: &'static str,
    scope: &'static str,
    simulators: Arc<Simulators>,
    http: Client,
}

impl App {
    /// The app at `provider`.
    pub(crate) async fn at(provider: SimulatedProvider) -> Self {
        let settings = SimulatorSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            redirect_base: Url::parse("http://localhost:3000").unwrap(),
            kakao_openid_connect: false,
        };
        let clock = Arc::new(HandClock::default());
        let randomness = Arc::new(SeededRandomness::new(7));
        let simulators = Simulators::start(settings, Arc::clone(&clock) as _, randomness).await.unwrap();
        Self::of(provider, Arc::new(simulators), clock)
    }

    /// The same app on another surface of the same simulators.
    pub(crate) fn beside(&self, provider: SimulatedProvider) -> Self {
        Self::of(provider, Arc::clone(&self.simulators), Arc::clone(&self.clock))
    }

    fn of(provider: SimulatedProvider, simulators: Arc<Simulators>, clock: Arc<HandClock>) -> Self {
        let (name, scope) = match provider {
            SimulatedProvider::Google => ("google", "openid email profile"),
            SimulatedProvider::NaverClassic => ("naver", ""),
            SimulatedProvider::NaverOidc => ("naver", "openid"),
            SimulatedProvider::Kakao => ("kakao", ""),
        };
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self {
            clock,
            endpoints: simulators.endpoints(provider),
            redirect_uri: format!("http://localhost:3000/api/auth/callback/{name}"),
            name,
            scope,
            simulators,
            http: http.build().unwrap(),
        }
    }

    /// An address below the provider.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{}/{path}", self.simulators.base_url(), self.name)
    }

    /// A request that a test finishes itself.
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        send(self.request(Method::GET, url)).await
    }

    pub(crate) async fn post(&self, url: &str, form: Pairs<'_>) -> Answer {
        send(self.request(Method::POST, url).form(form)).await
    }

    /// A call with an access token.
    pub(crate) async fn call(&self, method: Method, url: &str, access: &str) -> Answer {
        send(self.request(method, url).bearer_auth(access)).await
    }

    /// The profile that an access token gives.
    pub(crate) async fn profile(&self, access: &str) -> Answer {
        self.call(Method::GET, self.endpoints.userinfo_url.as_str(), access).await
    }

    /// Sends the browser to the provider, with the usual fields changed by `changes` (an empty value leaves one out).
    pub(crate) async fn authorize(&self, changes: Pairs<'_>) -> Answer {
        let usual = [
            ("response_type", "code"),
            ("client_id", self.endpoints.client_id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("state", "a state"),
            ("nonce", "0123abcd"),
            ("scope", self.scope),
        ];
        let mut url = self.endpoints.authorize_url.clone();
        url.query_pairs_mut().extend_pairs(changed(&usual, changes));
        self.get(url.as_str()).await
    }

    /// Posts the consent page's form.
    pub(crate) async fn decide(&self, page: &Answer, user: &str, decision: &str) -> Answer {
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("name=\"request\" value=\"").unwrap();
        let request = rest.split('"').next().unwrap();
        let form = [("request", request), ("user", user), ("decision", decision)];
        self.post(&self.url("consent"), &form).await
    }

    /// The callback of `user`, who agreed.
    pub(crate) async fn callback(&self, user: &str, changes: Pairs<'_>) -> Answer {
        self.decide(&self.authorize(changes).await, user, "agree").await
    }

    /// A code of `user`.
    pub(crate) async fn code(&self, user: &str, changes: Pairs<'_>) -> String {
        let callback = self.callback(user, changes).await;
        parameters(&callback).remove("code").unwrap_or_else(|| panic!("no code: {}", callback.body))
    }

    /// Exchanges a code, with the usual fields changed by `changes`.
    pub(crate) async fn redeem(&self, code: &str, changes: Pairs<'_>) -> Answer {
        let mut usual = self.credentials().to_vec();
        usual.extend([("grant_type", "authorization_code"), ("code", code), ("state", "a state")]);
        usual.push(("redirect_uri", &self.redirect_uri));
        self.post(self.endpoints.token_url.as_str(), &changed(&usual, changes)).await
    }

    /// The tokens of a whole login of `user`.
    pub(crate) async fn tokens(&self, user: &str, changes: Pairs<'_>) -> Value {
        let answer = self.redeem(&self.code(user, changes).await, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// Uses a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let mut form = self.credentials().to_vec();
        form.extend([("grant_type", "refresh_token"), ("refresh_token", token)]);
        self.post(self.endpoints.token_url.as_str(), &form).await
    }

    pub(crate) fn credentials(&self) -> [(&str, &str); 2] {
        let (id, secret) = (&self.endpoints.client_id, &self.endpoints.client_secret);
        [("client_id", id), ("client_secret", secret)]
    }

    /// Uses the control surface.
    pub(crate) async fn control(&self, method: Method, path: &str, body: &Value) -> Answer {
        let url = format!("{}control/{}{path}", self.simulators.base_url(), self.name);
        send(self.request(method, &url).json(body)).await
    }

    /// Sets switches; the others go to their defaults.
    pub(crate) async fn switch(&self, switches: Value) {
        let answer = self.control(Method::PUT, "/switches", &switches).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Plans a failure for the next request.
    pub(crate) async fn plan(&self, at: &str, failure: &str) {
        let planned = json!({"at": at, "fault": failure, "times": 1});
        let answer = self.control(Method::POST, "/faults", &planned).await;
        assert_eq!(answer.status, 204, "{at} {failure}: {}", answer.body);
    }

    /// Adds or replaces a person.
    pub(crate) async fn put_user(&self, key: &str, user: Value) {
        let answer = self.control(Method::PUT, &format!("/users/{key}"), &user).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Registers an app with another id, and becomes it.
    pub(crate) async fn become_another(&mut self) {
        "another-client".clone_into(&mut self.endpoints.client_id);
        let client = json!({
            "client_id": self.endpoints.client_id, "client_secret": self.endpoints.client_secret,
            "redirect_uris": [self.redirect_uri],
        });
        assert_eq!(self.control(Method::PUT, "/client", &client).await.status, 204);
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

fn changed<'a>(usual: &[(&'a str, &'a str)], changes: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let mut fields: BTreeMap<&str, &str> = usual.iter().copied().collect();
    fields.extend(changes.iter().copied());
    fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The parameters with which a browser came back.
pub(crate) fn parameters(callback: &Answer) -> BTreeMap<String, String> {
    assert_eq!(callback.status, 302, "{}", callback.body);
    let (_, query) = callback.location().split_once('?').unwrap();
    Url::parse(&format!("http://x/?{query}")).unwrap().query_pairs().into_owned().collect()
}

/// The code on a page of the provider's own, which is no redirect.
pub(crate) fn page_code(page: &Answer) -> &str {
    assert!(page.location().is_empty(), "a failure of the app is never redirected");
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.body);
    let (_, rest) = page.body.split_once("data-testid=\"error-code\">").unwrap();
    rest.split('<').next().unwrap()
}

/// A member of a JSON object as text.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("no text {name} in {object}"))
}

/// The status, and members of the JSON object that came with it.
pub(crate) fn outcome(answer: &Answer, members: [&str; 2]) -> (u16, String, String) {
    let body = answer.json();
    let member = |name: &str| body[name].as_str().map_or_else(|| body[name].to_string(), str::to_owned);
    (answer.status.as_u16(), member(members[0]), member(members[1]))
}
