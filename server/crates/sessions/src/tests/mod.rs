//! Tests of the whole part with replicas that share a database, on both databases.

mod access;
mod at_once;
mod first_sign_in;
mod guesses;
mod link;
mod live;
mod operator;
mod renew;
mod sign_in_again;
mod surplus;
mod uses;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use audit::{AuditLog, Retention};
use db::{Database, DbError, Transaction};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use kernel::NewId as _;
use kernel::{KeyRing, MasterKey, OpaqueToken, OsRandomness};
use limits::LimitContext;
use members::{AccountSettings, EraseElsewhere, HashingSettings, MailTemplate, Mailer, Members, Ports};
use names::{EmailAddress, Language, MemberId, ProviderName, Source};
use providers::{BrowserBinding, Finished, ProviderIdentity, Providers, SpentLogin, TransactionId};
use testkit::{HandClock, TestDatabase, cheap_hashing};
use tokens::{KeyKind, Scope, Tokens};
use tokio_util::task::TaskTracker;
use url::Url;
use web::{PublicOrigin, RequestContext};

use crate::callback_error::CallbackError;
use crate::session::SessionLimits;
use crate::sign_out::SessionsOfMembers;
use crate::state::{Services, Sessions, Settings};

const DAY: Duration = Duration::from_hours(24);

/// A database, a clock, and as many replicas on them as a test wants.
struct Stage {
    database: TestDatabase,
    clock: Arc<HandClock>,
    key_ring: Arc<KeyRing>,
    access_life: Duration,
}

impl Stage {
    async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(|database| Self {
            database,
            clock: Arc::default(),
            key_ring: Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap()),
            access_life: Duration::from_mins(2),
        })
    }

    /// A replica that reads keys and feed in its own time, as the program does.
    async fn replica(&self) -> Arc<Sessions> {
        let db = Database::open(self.database.url()).await.unwrap();
        let context = || kernel::Context { clock: self.clock.clone(), randomness: Arc::new(OsRandomness) };
        let mut settings = tokens::Settings::new("http://localhost:3000", "services");
        settings.key_kind = KeyKind::P256;
        settings.access_life = self.access_life;
        let tokens = Tokens::new(settings, db.clone(), self.key_ring.clone(), context()).unwrap();
        let (end, tasks) = Default::default();
        tokens.start(&end, &tasks).await.unwrap();
        let public_url = Url::parse("http://localhost:3000").unwrap();
        let none = providers::Settings {
            public_url: public_url.clone(),
            enabled: Vec::new(),
            proxy: None,
            in_flight_limit: 10,
            in_flight_share: 10,
        };
        let kernel::Context { clock, randomness } = context();
        let providers = Providers::new(none, self.key_ring.clone(), clock, randomness).unwrap();
        let settings = Settings {
            origin: PublicOrigin::of(&public_url),
            limits: SessionLimits { idle: DAY * 14, absolute: DAY * 30 },
            sign_ins_per_minute: NonZeroU32::MAX,
            scope: Scope::parse("openid read").unwrap(),
            remember: DAY * 30,
        };
        let kernel::Context { clock, randomness } = context();
        let audit = AuditLog::new(db.clone(), clock, randomness, Retention::default());
        let kernel::Context { clock, randomness } = context();
        let limits = LimitContext::new(&self.key_ring, clock.clone());
        let services = members::Services {
            db: db.clone(),
            tokens: tokens.clone(),
            audit: audit.clone(),
            key_ring: self.key_ring.clone(),
            limits: limits.clone(),
            clock,
            randomness,
        };
        let members = members_of(services);
        let services = Services { db, providers, tokens, members, audit, limits };
        Sessions::new(&settings, services, &self.key_ring, context())
    }
}

fn members_of(services: members::Services) -> Arc<Members> {
    let ports = Ports {
        mails: Arc::new(NoMailer),
        sessions: Arc::new(SessionsOfMembers),
        elsewhere: Arc::new(NoMailer),
        tasks: TaskTracker::new(),
    };
    let hashing = HashingSettings { cost: cheap_hashing(), ..HashingSettings::default() };
    let settings = AccountSettings { hashing, ..AccountSettings::default() };
    Members::new(&settings, services, &ports).unwrap()
}

/// Mails that nobody reads: none of these tests is about them.
struct NoMailer;

impl Mailer for NoMailer {
    fn queue<'a>(
        &'a self,
        _: &'a mut Transaction,
        _: &'a EmailAddress,
        _: Language,
        _: MailTemplate,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async { Ok(()) })
    }
}

impl EraseElsewhere for NoMailer {
    fn erase<'a>(
        &'a self,
        _: &'a mut Transaction,
        _: MemberId,
        _: &'a [EmailAddress],
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async { Ok(()) })
    }

    fn discard_prepared<'a>(
        &'a self,
        _: &'a mut Transaction,
        _: MemberId,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async { Ok(()) })
    }
}

/// A login that is spent, on its way to `return_to`.
fn login(return_to: &str) -> SpentLogin {
    let id = TransactionId::new(&kernel::SystemClock, &OsRandomness);
    SpentLogin { id, return_to: web::ReturnTo::parse(return_to), link: None }
}

/// Signs somebody in, and gives what their browser sends from then on.
async fn sign_in(sessions: &Sessions, subject: &str) -> HeaderMap {
    sign_in_after(sessions, subject, None).await.unwrap()
}

/// The same in a browser that sends `old`.
async fn sign_in_after(
    sessions: &Sessions,
    subject: &str,
    old: Option<&HeaderMap>,
) -> Result<HeaderMap, CallbackError> {
    let identity = ProviderIdentity {
        provider: ProviderName::Kakao,
        subject: providers::Subject::parse(subject).unwrap(),
        email: None,
        email_verified: false,
        nickname: Some("민지".to_owned()),
        picture: None,
        grant: None,
    };
    let finished = Finished { identity, login: login("/") };
    let headers = old.cloned().unwrap_or_default();
    let answer =
        sessions.provider_logins.start_session(&finished, &browser(sessions), &headers, &context()).await?;
    Ok(cookie(&answer.session().unwrap()))
}

/// A browser that has never been here.
fn browser(sessions: &Sessions) -> BrowserBinding {
    sessions.provider_logins.browser_cookie.read_or_new(&HeaderMap::new(), &OsRandomness)
}

fn cookie(handle: &OpaqueToken) -> HeaderMap {
    let line = format!("daemun={}", handle.text());
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&line).unwrap())])
}

/// Whether somebody is signed in in this browser, as soon as this replica has read the feed.
async fn is_there(sessions: &Sessions, browser: &HeaderMap) -> bool {
    sessions.families.tokens.feed.read().await.unwrap();
    sessions.lookup.current(browser).await.unwrap().is_some()
}

/// A request of nobody in particular.
fn context() -> RequestContext {
    RequestContext {
        source: Source::system(),
        network: None,
        language: Language::Korean,
        browser: None,
        trace: None,
    }
}
