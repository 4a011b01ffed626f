//! What the endpoints of this part work with.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use audit::AuditLog;
use db::Database;
use http::HeaderMap;
use kernel::{
    Checksums, Clock, ExposeSecret as _, KeyRing, Purpose, Randomness, SecretString, Timestamp, TokenHash,
};
use limits::{ExactLimiter, LimitContext, Quota};
use names::Level;
use sessions::{Current, Sessions};
use tokens::Tokens;
use web::guard::Authenticate;
use web::{PublicOrigin, Refusal};

use crate::client::clients::Clients;
use crate::client::documents::{DocumentSettings, Documents};
use crate::client::model::Client;
use crate::client::rules::ClientRules;
use crate::client::uses::Uses;
use crate::cors::origins::Origins;
use crate::discovery::document::{Offers, document};
use crate::scope_words::ScopeWords;

const CONSENT: Purpose = Purpose::new("consent");
const USER_CODES: Purpose = Purpose::new("device-user-code");
/// As many as the life of a code allows tries.
const MAX_WRONG_CODES: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// What has to be decided from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people find us.
    pub origin: PublicOrigin,
    /// What tokens can allow here, alongside the standard scopes.
    pub scopes: Vec<String>,
    /// What people are told of those.
    pub scope_words: ScopeWords,
    /// Who may have people signed in.
    pub clients: Clients,
    /// From where clients that describe themselves are taken.
    pub documents: DocumentSettings,
    /// What registered clients are checked against.
    pub rules: ClientRules,
    /// What clients show to register themselves; `None`: none can.
    pub registration_token: Option<SecretString>,
    /// For which API tokens are, where a client names none; `None`: for Daemun's own.
    pub audience: Option<String>,
    /// How many authorization requests one network may leave here in a minute, at all replicas together.
    pub requests_per_minute: NonZeroU32,
}

/// What this part works with that is below it.
#[derive(Clone)]
pub struct Services {
    /// Where requests and codes are stored.
    pub db: Database,
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// What clients get.
    pub tokens: Tokens,
    /// Where what happens is written down.
    pub audit: AuditLog,
    /// What limits are counted with.
    pub limits: LimitContext,
}

/// The authorization server of one process. Cheap to clone.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Context>);

/// What flows look at.
pub(crate) struct Context {
    pub(crate) clients: Clients,
    pub(crate) scope_words: ScopeWords,
    /// What registered clients are checked against.
    pub(crate) rules: ClientRules,
    /// The hash of what clients show to register themselves; `None`: none can.
    pub(crate) registration_token: Option<TokenHash>,
    /// When those that did were last used.
    pub(crate) uses: Uses,
    pub(crate) services: Services,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    /// How many requests a network may leave here, and who counts them.
    pub(crate) requests: Quota,
    pub(crate) limiter: ExactLimiter,
    /// How many wrong device codes a session may type.
    pub(crate) wrong_codes: Quota,
    /// What hashes the codes that devices show.
    pub(crate) user_codes: Checksums,
    /// What binds the form of a consent to the page that was shown.
    pub(crate) consents: Checksums,
    /// Whose pages may call.
    pub(crate) origins: Origins,
    pub(crate) origin: PublicOrigin,
    /// What clients read of us.
    pub(crate) metadata: Box<str>,
    /// For which APIs the tokens are that clients get.
    audiences: RwLock<Arc<[String]>>,
    /// The routes that describe themselves, for which any client may have tokens.
    resources: RwLock<Vec<String>>,
    audience: Option<Box<str>>,
}

impl AuthorizationServer {
    /// An authorization server that works with these services.
    pub fn new(settings: Settings, services: Services, key_ring: &KeyRing, context: kernel::Context) -> Self {
        let kernel::Context { clock, randomness } = context;
        let limiter = ExactLimiter::new(services.limits.clone());
        let resources = settings.documents.audiences.clone();
        let documents = Documents::new(settings.documents, &settings.scopes, Arc::clone(&clock));
        let has_documents = documents.are_on();
        let clients = settings.clients.and(documents);
        let registration_token =
            settings.registration_token.map(|token| TokenHash::of(token.expose_secret().as_bytes()));
        let offers = Offers {
            documents: has_documents,
            registration: registration_token.is_some(),
            best_class: services.sessions.best_class(),
        };
        let metadata = document(&settings.origin, &services.tokens, &settings.scopes, offers);
        let context = Context {
            origins: Origins::of(&clients),
            rules: settings.rules,
            registration_token,
            uses: Uses::default(),
            origin: settings.origin,
            metadata: metadata.into(),
            resources: RwLock::new(resources),
            audiences: RwLock::new(Arc::from([])),
            clients,
            scope_words: settings.scope_words,
            services,
            clock,
            randomness,
            requests: Quota::per(settings.requests_per_minute, Duration::from_mins(1)),
            limiter,
            wrong_codes: Quota::per(MAX_WRONG_CODES, Duration::from_mins(10)),
            user_codes: key_ring.checksums(USER_CODES),
            consents: key_ring.checksums(CONSENT),
            audience: settings.audience.map(String::into_boxed_str),
        };
        context.note_clients();
        Self(Arc::new(context))
    }

    /// For how long a client goes on at most before it has to send the person here again.
    pub fn longest_grant(&self) -> Duration {
        self.0.services.tokens.settings().refresh_life
    }

    pub(crate) fn context(&self) -> &Context {
        &self.0
    }

    /// These are the routes that describe themselves from now on: clients that nobody wrote down may have tokens for them.
    pub fn allow_resources(&self, resources: BTreeSet<String>) {
        let resources: Vec<_> = resources.into_iter().collect();
        // First, for clients that are read at this moment.
        resources.clone_into(&mut self.0.resources.write().unwrap_or_else(PoisonError::into_inner));
        self.0.clients.allow_resources(&resources);
        self.0.note_clients();
    }

    /// What people are told of scopes.
    pub fn scope_words(&self) -> &ScopeWords {
        &self.0.scope_words
    }

    /// Forgets networks that were refused, as far as they may come back by now. Call it about once a minute.
    pub fn evict_idle_counts(&self) {
        self.0.limiter.evict_idle();
    }
}

/// Members are known here by their browser session.
impl Authenticate for AuthorizationServer {
    type Caller = Arc<Current>;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.0.services.sessions.authenticate(headers).await
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    async fn attainable(&self, current: &Arc<Current>) -> Result<Level, Refusal> {
        self.0.services.sessions.attainable(current).await
    }
}

impl Context {
    /// Our name, as clients know it.
    pub(crate) fn issuer(&self) -> &str {
        &self.services.tokens.settings().issuer
    }

    /// For which APIs the tokens are that clients get.
    pub(crate) fn audiences(&self) -> Arc<[String]> {
        Arc::clone(&self.audiences.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what follows from the clients that there are now.
    pub(crate) fn note_clients(&self) {
        let clients = self.clients.all();
        self.origins.note(&clients);
        let own = self.services.tokens.own_audience();
        let usual = self.audience.as_deref().into_iter().chain([own]);
        let of_clients = clients.iter().flat_map(|client| client.audiences.iter().map(String::as_str));
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner).clone();
        let audiences: BTreeSet<&str> =
            usual.chain(of_clients).chain(resources.iter().map(String::as_str)).collect();
        let audiences = audiences.into_iter().map(str::to_owned).collect();
        *self.audiences.write().unwrap_or_else(PoisonError::into_inner) = audiences;
    }

    /// A registered client with what the rest of the program adds: one that registered itself may name any route that describes
    /// itself.
    pub(crate) fn completed(&self, client: Client) -> Client {
        if client.is_self_registered {
            let audiences = self.resources.read().unwrap_or_else(PoisonError::into_inner).clone();
            Client { audiences, ..client }
        } else {
            client
        }
    }

    /// For which API the tokens are of a request that names `resource`; `None`: for our own.
    pub(crate) fn audience(&self, resource: Option<&str>) -> Option<Box<str>> {
        resource.map(Box::from).or_else(|| self.audience.clone())
    }
}

/// Says nothing: there are secrets inside.
impl std::fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthorizationServer")
    }
}
