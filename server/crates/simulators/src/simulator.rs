//! A simulated provider: its state, and the layer in front of its handlers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use http::StatusCode;
use kernel::{Clock, OpaqueToken, Randomness, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::client::{Fields, Registration};
use crate::grants::Grants;
use crate::kind::Kind;
use crate::signing::SigningKeys;
use crate::simulated_failure::{self, IdTokenFailure, Place, Planned, SimulatedFailure};
use crate::user::{self, User};

/// How many requests are remembered.
const MAX_REQUESTS: usize = 2_000;
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Switches for what the providers do not document, or what differs between apps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches, each on its own")]
pub(crate) struct Switches {
    /// An issuer other than the simulator's address, such as the real one.
    pub(crate) issuer: Option<String>,
    /// Google: `iss` without a scheme in ID tokens.
    pub(crate) bare_issuer: bool,
    /// Google: callbacks carry `iss` (RFC 9207), and the discovery document says so.
    pub(crate) iss_in_callback: bool,
    /// Google: `email_verified` as text.
    pub(crate) email_verified_as_text: bool,
    /// Naver: the token call must carry `state`.
    pub(crate) require_state: bool,
    /// Naver: a nonce that ends in `A` comes back without it.
    pub(crate) nonce_loses_trailing_a: bool,
    /// Naver: a refused profile call is answered with status 200.
    pub(crate) profile_errors_as_200: bool,
    /// Naver and Kakao: the app is in development and admits only testers (Kakao: KOE005).
    pub(crate) development_app: bool,
    /// Kakao: OpenID Connect is on in the console.
    pub(crate) openid_connect: bool,
    /// Kakao: the login is on in the console (else KOE004).
    pub(crate) login_enabled: bool,
    /// Kakao: the consent items of the console; another one in `scope` is KOE205.
    pub(crate) consent_items: Vec<String>,
    /// Kakao: a PKCE challenge is enforced. Whether that is so for REST API keys is not documented.
    pub(crate) enforce_pkce: bool,
    /// Kakao: access tokens per person in ten minutes (else KOE237).
    pub(crate) tokens_per_ten_minutes: usize,
    /// Kakao: refreshes per person in an hour (else KOE237).
    pub(crate) refreshes_per_hour: usize,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            issuer: None,
            bare_issuer: false,
            iss_in_callback: true,
            email_verified_as_text: false,
            require_state: true,
            nonce_loses_trailing_a: true,
            profile_errors_as_200: false,
            development_app: false,
            openid_connect: false,
            login_enabled: true,
            consent_items: ["profile_nickname", "profile_image", "account_email"].map(str::to_owned).to_vec(),
            enforce_pkce: true,
            tokens_per_ten_minutes: 20,
            refreshes_per_hour: 30,
        }
    }
}

impl Switches {
    /// Whether Kakao's console has this consent item.
    pub(crate) fn has_item(&self, item: &str) -> bool {
        self.consent_items.iter().any(|known| known == item)
    }
}

/// A recorded request, for tests.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recorded {
    pub(crate) at: Place,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    /// The scheme of `Authorization`, without the credentials.
    pub(crate) authorization: Option<String>,
}

/// The state of a simulated provider.
pub(crate) struct State {
    /// The base address of the provider.
    base: String,
    pub(crate) client: Registration,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) switches: Switches,
    pub(crate) planned: Vec<Planned>,
    pub(crate) keys: SigningKeys,
    pub(crate) grants: Grants,
    pub(crate) requests: VecDeque<Recorded>,
}

impl State {
    /// The issuer in ID tokens: the base address, unless a switch sets another.
    pub(crate) fn issuer(&self) -> String {
        self.switches.issuer.clone().unwrap_or_else(|| self.base.clone())
    }

    /// Adds an ID token with `claims` to a token response, corrupted if a failure is planned.
    pub(crate) fn put_id_token(&mut self, answer: &mut Value, claims: Value) {
        let failure = match simulated_failure::strike(&mut self.planned, Place::IdToken) {
            Some(SimulatedFailure::IdToken(failure)) => Some(failure),
            _ => None,
        };
        if failure != Some(IdTokenFailure::Missing) {
            answer["id_token"] = self.keys.id_token(claims, failure).into();
        }
    }
}

/// A simulated provider.
pub(crate) struct Simulator {
    pub(crate) kind: Kind,
    /// The base address.
    pub(crate) base: Url,
    pub(crate) first_client_id: String,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    state: Mutex<State>,
}

impl Simulator {
    pub(crate) fn new(
        kind: Kind,
        base: Url,
        client: Registration,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        let first_client_id = client.client_id.clone();
        let state = State {
            base: base.to_string(),
            client,
            users: user::everybody(kind),
            switches: Switches::default(),
            planned: Vec::new(),
            keys: SigningKeys::new(kind.name()),
            grants: Grants::default(),
            requests: VecDeque::new(),
        };
        Self { kind, base, first_client_id, clock, randomness, state: Mutex::new(state) }
    }

    /// Reads or changes the state under its lock.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn after(&self, span: Duration) -> Timestamp {
        self.now().plus(span)
    }

    /// 256 random bits as URL-safe text.
    pub(crate) fn random_text(&self) -> String {
        OpaqueToken::new(&*self.randomness).text()
    }

    /// Random bytes.
    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.randomness.fill(bytes);
    }

    /// Adds the layer that records the requests of `place` and applies planned failures.
    pub(crate) fn at(
        self: &Arc<Self>,
        place: Place,
        handlers: MethodRouter<Arc<Self>>,
    ) -> MethodRouter<Arc<Self>> {
        handlers.route_layer(from_fn_with_state((Arc::clone(self), place), receive))
    }
}

async fn receive(
    Shared((simulator, place)): Shared<(Arc<Simulator>, Place)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let authorization = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let recorded = Recorded {
        at: place,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()).pairs().to_vec(),
        form: Fields::parse(&body).pairs().to_vec(),
        authorization: authorization.and_then(|value| value.split(' ').next()).map(str::to_owned),
    };
    let failure = simulator.with(|state| {
        if state.requests.len() == MAX_REQUESTS {
            state.requests.pop_front();
        }
        state.requests.push_back(recorded);
        simulated_failure::strike(&mut state.planned, place)
    });
    let uri = parts.uri.clone();
    let right = next.run(Request::from_parts(parts, Body::from(body)));
    match failure {
        Some(SimulatedFailure::Answer(failure)) => failure.answer(simulator.kind, place, &uri, right).await,
        _ => right.await,
    }
}
