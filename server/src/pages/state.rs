//! What pages are loaded from and drawn with.

use std::sync::Arc;

use activity::Activity;
use admin::{AdminApi, Operations, OwnRoute};
use app::{Record, Shell};
use audit::AuditLog;
use authorization::AuthorizationServer;
use contract::SiteSettings;
use http::HeaderMap;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use leptos::config::LeptosOptions;
use members::Members;
use names::{Level, LoginError};
use sessions::{Current, Sessions};
use web::Refusal;
use web::guard::Authenticate;

use super::kept_pages::KeptPages;
use crate::http::assets::{self, PageStyle};
use crate::http::drafts::Drafts;
use crate::http::language::LanguageCookie;
use crate::last_method::{LastMethodCookie, PasskeyOfferCookie};

/// The parts whose state pages show.
pub struct PageParts {
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Their accounts.
    pub members: Arc<Members>,
    /// What happened to them.
    pub audit: AuditLog,
    /// What members write, where they do.
    pub activity: Option<Activity>,
    /// Which apps wait for somebody to sign in.
    pub authorization: AuthorizationServer,
    /// What operators work with.
    pub admin: AdminApi,
    /// What operators see of the program at work.
    pub operations: Arc<Operations>,
    /// The program's own routes, for operators.
    pub routes: Arc<[OwnRoute]>,
    /// Forms that come back.
    pub drafts: Drafts,
    /// The zone in which they say times.
    pub time_zone: TimeZone,
    /// The language of a visitor.
    pub language: LanguageCookie,
    /// The sign-in method that was used last on a device.
    pub last_method: LastMethodCookie,
    /// Whether a passkey was offered there.
    pub passkey_offer: PasskeyOfferCookie,
    /// The style sheet, for pages that have it inside.
    pub style: Option<PageStyle>,
}

/// The pages, for routes.
#[derive(Clone)]
pub struct Pages(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) parts: PageParts,
    pub(super) shell: Shell,
    /// Those that are the same for all visitors.
    pub(super) kept: KeptPages,
    pub(super) settings: Arc<SiteSettings>,
    /// The origins through which forms lead to providers.
    pub(super) form_action: Vec<String>,
    /// Whether pages load again by themselves when they are built again.
    pub(super) reloads: bool,
}

impl Pages {
    /// These `pages`, which show the parts, with the files that `options` names.
    pub(super) fn new(
        parts: PageParts,
        options: LeptosOptions,
        pages: impl Iterator<Item = &'static Record>,
    ) -> Self {
        // Where leptos spawns what server functions do. A second call finds the first one's choice in place.
        let _ = any_spawner::Executor::init_tokio();
        let reloads = assets::are_watched();
        let settings = Arc::new(settings(&parts));
        let has_feed = settings.has_feed;
        let shell = Shell::new(options, pages.filter(|page| has_feed || !page.needs_feed), reloads);
        let form_action = parts.sessions.providers.form_action_origins();
        Self(Arc::new(Inner { parts, shell, kept: KeptPages::default(), settings, form_action, reloads }))
    }
}

fn settings(PageParts { sessions, members, activity, .. }: &PageParts) -> SiteSettings {
    SiteSettings {
        has_mail: members.has_mail,
        has_feed: activity.is_some(),
        deletion_grace: members.deletion_grace,
        password_min_length: u16::try_from(members.new_passwords.min_length()).unwrap_or(u16::MAX),
        has_passkeys: members.passkey_sign_in.is_some(),
        has_passkey_sign_up: members.passkey_sign_ups.is_some(),
        providers: sessions.providers.enabled().collect(),
    }
}

/// Pages of members are guarded by what the database says now, so that members see at once what they saved. One that cannot
/// say is an outage, not a sign-out.
impl Authenticate for Pages {
    type Caller = Arc<Current>;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.0.parts.sessions.lookup.current_from_database(headers).await.map_err(|error| error.refuse())
    }

    async fn authenticate_unattended(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.0.parts.sessions.authenticate_unattended(headers).await
    }

    fn now(&self) -> Timestamp {
        web::guard::Authenticate::now(&self.0.parts.sessions)
    }

    async fn attainable(&self, current: &Arc<Current>) -> Result<Level, Refusal> {
        self.0.parts.sessions.attainable(current).await
    }

    /// A cookie that comes twice here may come once at the login page, which would send the person straight back: so it is
    /// told not to.
    fn explain_to_stranger(&self, headers: &HeaderMap) -> Option<LoginError> {
        self.0.parts.sessions.cookie.is_twice(headers).then_some(LoginError::CookieTwice)
    }
}
