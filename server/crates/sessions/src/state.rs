//! The services of this part, each made of what it needs.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use audit::AuditLog;
use axum::extract::FromRef;
use db::Database;
use kernel::KeyRing;
use limits::{ExactLimiter, LimitContext, Quota};
use members::{Context, MemberObserver, Members};
use providers::{BrowserCookie, Providers};
use quick_cache::sync::Cache;
use tokens::{Scope, Tokens};
use web::{CookieName, PublicOrigin};

use crate::apps::app_logins::AppLogins;
use crate::begin::SessionStarts;
use crate::cookie::SessionCookie;
use crate::cookie_name::cookie_name;
use crate::live::LiveSessions;
use crate::lookup::SessionLookup;
use crate::own_sessions::OwnSessions;
use crate::passkey::PasskeyLogins;
use crate::password::PasswordLogins;
use crate::provider_logins::ProviderLogins;
use crate::remembered_devices::RememberedDevices;
use crate::renew::SessionRenewals;
use crate::second_step::ask::SecondSteps;
use crate::session::SessionLimits;
use crate::sign_out::SignOuts;
use crate::tokens_of_session::SessionFamilies;
use crate::uses::Uses;
use crate::written_uses::UseWriter;

/// How many sessions are kept in memory; each takes less than a kilobyte, or three with its access token.
const CACHE_CAPACITY: usize = 20_000;

/// What the configuration decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our origin; decides the cookies' names.
    pub origin: PublicOrigin,
    /// When sessions end.
    pub limits: SessionLimits,
    /// How many sign-ins one network may begin in a minute, at all replicas together.
    pub sign_ins_per_minute: NonZeroU32,
    /// What the tokens of a session may do.
    pub scope: Scope,
    /// For how long a browser is remembered in which a code was shown; zero: not at all.
    pub remember: Duration,
}

/// The services below that sessions use.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where sessions are stored.
    pub db: Database,
    /// The providers at which people sign in.
    pub providers: Providers,
    /// The token families of sessions.
    pub tokens: Tokens,
    /// The members who sign in.
    pub members: Arc<Members>,
    /// The audit log.
    pub audit: AuditLog,
    /// What limits are counted with.
    pub limits: LimitContext,
}

/// The services of this part, one for each flow.
pub struct Sessions {
    /// Scheme, host and port of `public_url`.
    pub origin: PublicOrigin,
    /// The providers with which one can sign in.
    pub providers: Providers,
    /// The cookie in which a browser holds its session.
    pub cookie: SessionCookie,
    /// Which session a request has.
    pub lookup: Arc<SessionLookup>,
    /// The tokens of sessions.
    pub families: Arc<SessionFamilies>,
    /// The beginning of sessions.
    pub starts: Arc<SessionStarts>,
    /// Other secrets for sessions that go on.
    pub renewals: Arc<SessionRenewals>,
    /// Signing in by a provider, and linking one.
    pub provider_logins: ProviderLogins,
    /// Signing in by address and password.
    pub password_logins: PasswordLogins,
    /// Signing in by passkeys.
    pub passkey_logins: PasskeyLogins,
    /// Apps that keep their own tokens.
    pub app_logins: AppLogins,
    /// The second step of sign-ins.
    pub second_steps: SecondSteps,
    /// Signing out.
    pub sign_outs: SignOuts,
    /// What members see of their sessions.
    pub own: OwnSessions,
    /// When sessions were used.
    pub uses: UseWriter,
}

impl Sessions {
    /// Sessions that work with these services.
    pub fn new(
        settings: &Settings,
        services: Services,
        key_ring: &Arc<KeyRing>,
        context: kernel::Context,
    ) -> Arc<Self> {
        let Services { db, providers, tokens, members, audit, limits: counted } = services;
        let kernel::Context { clock, randomness } = context;
        let context = Context { db, clock, randomness, audit };
        let (origin, limits) = (settings.origin.clone(), settings.limits);
        let cookie = SessionCookie { name: cookie_name(&origin), absolute: limits.absolute };
        let (live, uses) = (Arc::new(LiveSessions::new(CACHE_CAPACITY)), Arc::new(Uses::default()));
        let families = Arc::new(SessionFamilies {
            context: context.clone(),
            tokens: tokens.clone(),
            members: Arc::clone(&members),
            key_ring: Arc::clone(key_ring),
            scope: settings.scope.clone(),
            live: Arc::clone(&live),
            rotations: Cache::new(CACHE_CAPACITY),
        });
        members.changes.observe(Arc::clone(&live) as Arc<dyn MemberObserver>);
        let lookup = Arc::new(SessionLookup {
            context: context.clone(),
            tokens: tokens.clone(),
            cookie: cookie.clone(),
            limits,
            live,
            uses: Arc::clone(&uses),
            families: Arc::clone(&families),
        });
        let renewals = Arc::new(SessionRenewals {
            context: context.clone(),
            tokens: tokens.clone(),
            cookie: cookie.clone(),
            limits,
            families: Arc::clone(&families),
        });
        let starts = Arc::new(SessionStarts {
            context: context.clone(),
            tokens: tokens.clone(),
            cookie: cookie.clone(),
            limits,
            families: Arc::clone(&families),
            renewals: Arc::clone(&renewals),
            uses: Arc::clone(&uses),
        });
        let devices = RememberedDevices {
            context: context.clone(),
            cookie: CookieName::new("daemun-device", origin.is_secure()),
            life: settings.remember,
        };
        let second_steps = SecondSteps {
            context: context.clone(),
            members: Arc::clone(&members),
            providers: providers.clone(),
            lookup: Arc::clone(&lookup),
            starts: Arc::clone(&starts),
            browser_cookie: BrowserCookie::new(origin.is_secure(), key_ring),
            devices,
        };
        Arc::new(Self {
            provider_logins: ProviderLogins {
                context: context.clone(),
                providers: providers.clone(),
                members: Arc::clone(&members),
                browser_cookie: BrowserCookie::new(origin.is_secure(), key_ring),
                lookup: Arc::clone(&lookup),
                starts: Arc::clone(&starts),
                second_steps: second_steps.clone(),
                renewals: Arc::clone(&renewals),
                sign_ins: Quota::per(settings.sign_ins_per_minute, Duration::from_mins(1)),
                limiter: ExactLimiter::new(counted),
            },
            password_logins: password_logins(&second_steps),
            passkey_logins: passkey_logins(&second_steps),
            app_logins: AppLogins {
                context: context.clone(),
                tokens: tokens.clone(),
                members,
                scope: settings.scope.clone(),
                starts: Arc::clone(&starts),
                families: Arc::clone(&families),
                second_steps: second_steps.clone(),
            },
            sign_outs: SignOuts {
                context: context.clone(),
                tokens: tokens.clone(),
                renewals: Arc::clone(&renewals),
            },
            uses: UseWriter { db: context.db.clone(), uses },
            own: OwnSessions { context, tokens, devices: second_steps.devices.clone() },
            second_steps,
            origin,
            providers,
            cookie,
            lookup,
            families,
            starts,
            renewals,
        })
    }
}

fn password_logins(steps: &SecondSteps) -> PasswordLogins {
    PasswordLogins {
        context: steps.context.clone(),
        members: Arc::clone(&steps.members),
        starts: Arc::clone(&steps.starts),
        second_steps: steps.clone(),
    }
}

/// A passkey takes the place of both steps, in the same browser.
fn passkey_logins(steps: &SecondSteps) -> PasskeyLogins {
    PasskeyLogins {
        context: steps.context.clone(),
        members: Arc::clone(&steps.members),
        starts: Arc::clone(&steps.starts),
        browser_cookie: steps.browser_cookie.clone(),
    }
}

impl FromRef<Arc<Sessions>> for OwnSessions {
    fn from_ref(sessions: &Arc<Sessions>) -> Self {
        sessions.own.clone()
    }
}

impl FromRef<Arc<Sessions>> for PasswordLogins {
    fn from_ref(sessions: &Arc<Sessions>) -> Self {
        sessions.password_logins.clone()
    }
}

impl FromRef<Arc<Sessions>> for SecondSteps {
    fn from_ref(sessions: &Arc<Sessions>) -> Self {
        sessions.second_steps.clone()
    }
}

impl FromRef<Arc<Sessions>> for PasskeyLogins {
    fn from_ref(sessions: &Arc<Sessions>) -> Self {
        sessions.passkey_logins.clone()
    }
}

impl FromRef<Arc<Sessions>> for SignOuts {
    fn from_ref(sessions: &Arc<Sessions>) -> Self {
        sessions.sign_outs.clone()
    }
}
