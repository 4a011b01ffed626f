//! The two halves of a login: [`Providers::begin`] sends a browser away, [`Providers::finish`] receives it.

use std::fmt;
use std::sync::Arc;

use ::http::HeaderMap;
use db::{Database, DbError, Unit};
use kernel::NewId as _;
use kernel::{Clock, KeyRing, OpaqueToken, Randomness, TokenHash};
use names::{LoginError, ProviderName};
use url::Url;
use web::{ClientAddress, ReturnTo};

use crate::browser_binding::BrowserBinding;
use crate::callback::CallbackQuery;
use crate::catalogue::describe;
use crate::client::{Client, Grant};
use crate::error::{BeginError, FinishError, IdentifyError};
use crate::error::{UnlinkError, WebhookError};
use crate::identity::{ProviderGrant, ProviderIdentity, Subject};
use crate::login_answer::CALLBACK_TIMEOUT;
use crate::login_network::LoginNetwork;
use crate::provider::{Prompt, Provider};
use crate::room::Room;
use crate::settings::{EnabledProvider, Settings, SettingsError};
use crate::spent_login::SpentLogin;
use crate::store::answers::{self, Begun};
use crate::transaction::{LinkFor, LoginSecrets, LoginTransaction, TRANSACTION_LIFETIME, TransactionId};
use crate::webhook::Webhook;
use crate::{http, store};

/// The providers that are switched on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Providers {
    enabled: Arc<[Box<dyn Provider>]>,
    room: Arc<Room>,
    http: reqwest::Client,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

/// A login that begins: for it, a login transaction is made.
#[derive(Clone, Copy, Debug)]
pub struct NewLogin<'a> {
    /// The browser to which it is bound.
    pub browser: &'a BrowserBinding,
    /// The address of that browser; `None` where none is known, as in tests without a listener.
    pub client: Option<ClientAddress>,
    /// The page on which the person goes on afterwards.
    pub return_to: &'a ReturnTo,
    /// The member to whom the identity is to be linked; `None` for a sign-in.
    pub link: Option<LinkFor>,
    /// What the provider asks the person.
    pub prompt: Prompt,
}

/// A callback in a browser that has begun logins here. Whether this is one of them is known when it is
/// [finished](Providers::finish).
pub struct PresentedCallback {
    name: ProviderName,
    browser: BrowserBinding,
    state: OpaqueToken,
    query: CallbackQuery,
    /// Of the whole query: with it the same callback is known when it comes again.
    hash: TokenHash,
}

impl PresentedCallback {
    /// The provider that sent the browser back.
    pub const fn provider(&self) -> ProviderName {
        self.name
    }

    /// The browser that came back.
    pub const fn browser(&self) -> &BrowserBinding {
        &self.browser
    }
}

/// Does not show the code.
impl fmt::Debug for PresentedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedCallback").field("provider", &self.name).finish_non_exhaustive()
    }
}

/// A login that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// Who came.
    pub identity: ProviderIdentity,
    /// The login transaction that the callback spent.
    pub login: SpentLogin,
}

impl Providers {
    /// The providers of `settings`.
    ///
    /// # Errors
    /// When this machine's TLS cannot be set up.
    pub fn new(
        settings: Settings,
        key_ring: Arc<KeyRing>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, SettingsError> {
        let http = http::client(settings.proxy.as_ref())?;
        let build = |EnabledProvider { name, protocol, client }| {
            let client = Client::new(name, client, &settings.public_url, http.clone(), Arc::clone(&clock));
            (describe(name).build)(client, protocol)
        };
        let enabled = settings.enabled.into_iter().map(build).collect();
        let room = Arc::new(Room::new(settings.in_flight_limit, settings.in_flight_share));
        Ok(Self { enabled, room, http, key_ring, clock, randomness })
    }

    /// The client for all calls to the outside: it follows no redirect, waits five seconds, and knows the proxy of the
    /// configuration.
    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The names of the providers that are configured.
    pub fn enabled(&self) -> impl Iterator<Item = ProviderName> {
        self.enabled.iter().map(|provider| provider.client().name)
    }

    /// The origins through which a sign-in form leads, for the login page's `form-action` (S-HDR-3).
    pub fn form_action_origins(&self) -> Vec<String> {
        let origins = self.enabled.iter().flat_map(|provider| {
            let authorize = provider.client().settings.endpoints.authorize.origin().ascii_serialization();
            std::iter::once(authorize)
                .chain(provider.continues_at().iter().map(|origin| (*origin).to_owned()))
        });
        let mut origins: Vec<String> = origins.collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// Begins a login, and gives the address to which the browser goes.
    ///
    /// # Errors
    /// As [`BeginError`] says; nothing is left behind then.
    pub async fn begin(
        &self,
        db: &Database,
        name: ProviderName,
        new: NewLogin<'_>,
    ) -> Result<Url, BeginError> {
        let NewLogin { browser, client, return_to, link, prompt } = new;
        let provider = self.find(name).ok_or(BeginError::NotEnabled)?;
        let login_network = client.map(|client| LoginNetwork::of(client, &self.key_ring));
        self.room.take(db, login_network, self.clock.now()).await?;
        let issuer = provider.client().settings.endpoints.issuer.as_str();
        let id = TransactionId::new(&*self.clock, &*self.randomness);
        let secrets = LoginSecrets::new(&*self.randomness);
        let transaction = LoginTransaction {
            id,
            browser: browser.hash(),
            provider: name,
            issuer: issuer.to_owned(),
            sealed: secrets.seal(id, &self.key_ring, &*self.randomness)?,
            return_to: return_to.clone(),
            link,
            expires_at: self.clock.now().plus(TRANSACTION_LIFETIME),
            login_network,
        };
        let state = OpaqueToken::new(&*self.randomness);
        let state_hash = state.hash();
        db.execute_alone(|| store::inserting(&transaction, &state_hash)).await?;
        Ok(provider.authorize_url(&state.text(), &secrets, prompt))
    }

    /// Reads a callback as far as that costs nothing: it names a login, and its browser has begun some here.
    ///
    /// # Errors
    /// See [`FinishError`].
    pub fn present(
        &self,
        name: ProviderName,
        browser: Option<BrowserBinding>,
        query: &str,
    ) -> Result<PresentedCallback, FinishError> {
        self.find(name).ok_or(FinishError::NotEnabled)?;
        let bad = |reason| FinishError::BadCallback { reason };
        let hash = TokenHash::of(query.as_bytes());
        let query = CallbackQuery::parse(query).map_err(bad)?;
        let state = query.state.as_deref().ok_or(bad("state_missing"))?;
        let state = OpaqueToken::parse(state).ok_or(bad("state_unknown"))?;
        let browser = browser.ok_or(bad("browser_mismatch"))?;
        Ok(PresentedCallback { name, browser, state, query, hash })
    }

    /// Finishes a login with its callback. Its transaction is spent before the provider is asked anything, whatever the
    /// outcome. Keep the answer to the callback ([`Providers::keep_answer`]), in case the same one comes again.
    ///
    /// # Errors
    /// See [`FinishError`].
    pub async fn finish(&self, db: &Database, callback: &PresentedCallback) -> Result<Finished, FinishError> {
        let provider = self.find(callback.name).ok_or(FinishError::NotEnabled)?;
        let transaction = self.spend(db, provider, callback).await?;
        let id = transaction.id;
        let identified = self.identify(provider, transaction, &callback.query).await;
        if matches!(identified, Err(FinishError::BadCallback { .. })) {
            self.evict(db, id).await?;
        }
        identified
    }

    /// Asks the provider who came.
    async fn identify(
        &self,
        provider: &dyn Provider,
        transaction: LoginTransaction,
        query: &CallbackQuery,
    ) -> Result<Finished, FinishError> {
        let bad = |reason| FinishError::BadCallback { reason };
        let secrets =
            LoginSecrets::open(&transaction, &self.key_ring).map_err(|_| bad("login_unreadable"))?;
        // RFC 9207 section 2.4: an issuer that is there must be the one that we asked.
        if query.iss.as_ref().is_some_and(|iss| *iss != transaction.issuer) {
            return Err(bad("issuer_mismatch"));
        }
        let LoginTransaction { id, return_to, link, .. } = transaction;
        let login = SpentLogin { id, return_to, link };
        if let Some(error) = &query.error {
            let is_no = error == LoginError::AccessDenied.as_str();
            let error = if is_no { LoginError::AccessDenied } else { LoginError::LoginFailed };
            return Err(FinishError::Refused { error, login });
        }
        let code = query.code.as_deref().filter(|code| !code.is_empty()).ok_or(bad("code_missing"))?;
        let state = query.state.as_deref().unwrap_or_default();
        match provider.identify(&Grant { code, state, secrets: &secrets }).await {
            Ok(identity) => Ok(Finished { identity, login }),
            Err(error) => Err(unidentified(provider.client().name, &error, login)),
        }
    }

    /// Gives back what a person granted us at a provider: the app leaves the list of their account there. Never part of
    /// signing out (quirk 13).
    ///
    /// # Errors
    /// See [`UnlinkError`].
    pub async fn unlink(
        &self,
        name: ProviderName,
        subject: &Subject,
        grant: Option<&ProviderGrant>,
    ) -> Result<(), UnlinkError> {
        // It may be switched on again.
        let provider = self.find(name).ok_or_else(|| UnlinkError::Later("it is off".to_owned()))?;
        provider.unlink(subject, grant).await
    }

    /// The person of whom a provider says that they cut the link there.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn webhook(
        &self,
        name: ProviderName,
        headers: &HeaderMap,
        fields: &[(String, String)],
    ) -> Result<Subject, WebhookError> {
        let webhook = Webhook { headers, fields, now: self.clock.now() };
        let read = self.find(name).and_then(|provider| provider.webhook(&webhook));
        read.unwrap_or(Err(WebhookError::NotServed))
    }

    fn find(&self, name: ProviderName) -> Option<&dyn Provider> {
        self.enabled.iter().map(|provider| &**provider).find(|provider| provider.client().name == name)
    }

    /// Takes the transaction of its `state` out of the table, if this callback may. Another browser's try leaves it for
    /// its owner.
    async fn spend(
        &self,
        db: &Database,
        provider: &dyn Provider,
        callback: &PresentedCallback,
    ) -> Result<LoginTransaction, FinishError> {
        let bad = |reason| FinishError::BadCallback { reason };
        let PresentedCallback { browser, state, hash, .. } = callback;
        let (name, issuer) = (provider.client().name, provider.client().settings.endpoints.issuer.as_str());
        let now = self.clock.now();
        loop {
            // Garbage must not cost more than a read: a write waits for all other writes.
            let Some(known) = store::look_up(db, &state.hash()).await? else {
                return Err(self.why_without_login(db, name, browser, hash).await?);
            };
            if let Some(reason) = known.mismatch(name, issuer, browser, now) {
                return Err(bad(reason));
            }
            let spend = || {
                let mut unit = Unit::default();
                unit.add_find(store::finding(&state.hash()))?;
                unit.add_change(store::spending(known.id))?;
                let begun = Begun { id: known.id, provider: name, callback: hash, browser: &known.browser };
                answers::begin_in(&mut unit, begun, now.plus(CALLBACK_TIMEOUT))?;
                Ok::<_, DbError>(unit)
            };
            // Where another callback was faster, the next look tells whether it was the same one.
            if let Some(done) = db.execute_unit(spend).await?
                && let Some(found) = done.first()
                && let Some(transaction) = store::read_found(&found.rows)?
            {
                return Ok(transaction);
            }
        }
    }
}

fn unidentified(name: ProviderName, error: &IdentifyError, login: SpentLogin) -> FinishError {
    tracing::warn!(provider = %name, %error, "a login came back without an identity");
    match error {
        IdentifyError::Unavailable(_) => FinishError::ProviderUnavailable { login },
        IdentifyError::Refused(_) => FinishError::Refused { error: LoginError::LoginFailed, login },
        IdentifyError::Untrusted(reason) => FinishError::BadCallback { reason },
    }
}
