//! The port [`Site`], answered by the parts: all that a page can learn passes through here.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use async_trait::async_trait;
use audit::{AuditRow, HistoryPage};
use contract::{
    AppEntry, Draft, Happening, History, HistoryEntry, LocalTime, Place, PublicProfile, SessionEntry,
    SignInMethodEntry, SignInMethods, SignInOption, Site, SiteError, Viewer, WayOut,
};
use http::HeaderMap;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use members::SignInMethodId;
use names::{Language, ProviderName, SignInMethod};
use sessions::{Current, Device, OwnApp, OwnSession, Sessions};
use url::Url;

use crate::local_time::local_time;

/// The site as one request sees it.
pub struct RequestSite {
    sessions: Sessions,
    headers: HeaderMap,
    viewer: Option<Viewer>,
    own_sessions: Vec<OwnSession>,
    own_apps: Vec<OwnApp>,
    sign_in_methods: SignInMethods,
    history: History,
    profile: Option<PublicProfile>,
    draft: Option<Draft>,
    has_mail: bool,
    deletion_grace: Option<Duration>,
    password_min_length: u16,
    way_out: Option<WayOut>,
    language: Language,
    last_provider: Option<ProviderName>,
    now: jiff::Timestamp,
    time_zone: TimeZone,
}

impl RequestSite {
    /// The site for a request with `headers`, whose viewer has been looked up.
    pub fn new(
        sessions: Sessions,
        headers: HeaderMap,
        current: Option<&Current>,
        language: Language,
        last_provider: Option<ProviderName>,
    ) -> Self {
        Self {
            sessions,
            headers,
            viewer: current.map(viewer),
            own_sessions: Vec::new(),
            own_apps: Vec::new(),
            sign_in_methods: SignInMethods::default(),
            history: History::default(),
            profile: None,
            draft: None,
            has_mail: false,
            deletion_grace: None,
            password_min_length: 0,
            way_out: None,
            language,
            last_provider,
            now: jiff::Timestamp::UNIX_EPOCH,
            time_zone: TimeZone::UTC,
        }
    }

    /// The same, drawn at that moment for readers in that zone.
    #[must_use]
    pub fn with_time(mut self, now: Timestamp, zone: TimeZone) -> Self {
        self.now = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.time_zone = zone;
        self
    }

    /// The same, with the viewer's sessions, and the apps in which they are signed in.
    #[must_use]
    pub fn with_sessions(mut self, own_sessions: Vec<OwnSession>, own_apps: Vec<OwnApp>) -> Self {
        self.own_sessions = own_sessions;
        self.own_apps = own_apps;
        self
    }

    /// The same, with the viewer's sign-in methods.
    #[must_use]
    pub fn with_sign_in_methods(mut self, ways: Vec<members::SignInMethodEntry>) -> Self {
        let is_linked = |name| ways.iter().any(|way| way.provider == Some(name));
        let linkable = self.sessions.providers().enabled().filter(|name| !is_linked(*name)).collect();
        let removable = ways.len() > 1;
        self.sign_in_methods =
            SignInMethods { ways: ways.into_iter().map(sign_in_method).collect(), removable, linkable };
        self
    }

    /// The same, with what happened to the viewer's account, from the newest line on or from an older one.
    #[must_use]
    pub fn with_history(mut self, page: &HistoryPage, has_newer: bool) -> Self {
        let entries = page.rows.iter().map(history_entry).collect();
        self.history = History { entries, older: page.older.map(|row| row.to_string()), has_newer };
        self
    }

    /// The same, with the member whom the page is about.
    #[must_use]
    pub fn with_profile(mut self, profile: members::PublicProfile) -> Self {
        let members::PublicProfile { id, nickname, greeting, picture } = profile;
        self.profile = Some(PublicProfile { id, nickname, greeting, picture });
        self
    }

    /// The same, where mails reach people or not.
    #[must_use]
    pub const fn with_mail(mut self, has_mail: bool) -> Self {
        self.has_mail = has_mail;
        self
    }

    /// The same, where accounts can be deleted and called back for so long.
    #[must_use]
    pub const fn with_deletion_grace(mut self, grace: Duration) -> Self {
        self.deletion_grace = Some(grace);
        self
    }

    /// The same, where new passwords have at least so many characters.
    #[must_use]
    pub fn with_password_min_length(mut self, least: usize) -> Self {
        self.password_min_length = u16::try_from(least).unwrap_or(u16::MAX);
        self
    }

    /// The same, with a form that came back.
    #[must_use]
    pub fn with_draft(mut self, draft: Option<Draft>) -> Self {
        self.draft = draft;
        self
    }

    /// The same, in a browser inside an app.
    #[must_use]
    pub fn with_way_out(mut self, way_out: Option<WayOut>) -> Self {
        self.way_out = way_out;
        self
    }

    /// What the browser sent.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Where the pictures of the page come from, for its policy: the viewer's, and that of the member whom it is about. One
    /// that Daemun keeps has no origin of its own.
    pub fn picture_origins(&self) -> Vec<String> {
        let own = self.viewer.as_ref().map(|viewer| viewer.picture.as_str());
        origins(own.into_iter().chain(self.profile.as_ref().map(|profile| profile.picture.as_str())))
    }
}

#[async_trait]
impl Site for RequestSite {
    fn viewer(&self) -> Option<Viewer> {
        self.viewer.clone()
    }

    fn sessions(&self) -> Vec<SessionEntry> {
        self.own_sessions.iter().map(session_entry).collect()
    }

    fn apps(&self) -> Vec<AppEntry> {
        self.own_apps.iter().map(app_entry).collect()
    }

    fn sign_in_methods(&self) -> SignInMethods {
        self.sign_in_methods.clone()
    }

    fn history(&self) -> History {
        self.history.clone()
    }

    fn deletion_grace(&self) -> Option<Duration> {
        self.deletion_grace
    }

    fn profile(&self) -> Option<PublicProfile> {
        self.profile.clone()
    }

    fn draft(&self) -> Option<Draft> {
        self.draft.clone()
    }

    fn has_mail(&self) -> bool {
        self.has_mail
    }

    fn password_min_length(&self) -> u16 {
        self.password_min_length
    }

    fn sign_in_options(&self) -> Vec<SignInOption> {
        let mut options: Vec<_> = self
            .sessions
            .providers()
            .enabled()
            .map(|name| SignInOption { provider: name, last_used: Some(name) == self.last_provider })
            .collect();
        options.sort_by_key(|option| !option.last_used);
        options
    }

    fn language(&self) -> Language {
        self.language
    }

    fn now(&self) -> String {
        self.now.to_string()
    }

    fn local_time(&self, at: &str) -> Option<LocalTime> {
        Some(local_time(at.parse().ok()?, self.now, &self.time_zone))
    }

    fn in_app_browser(&self) -> Option<WayOut> {
        self.way_out.clone()
    }

    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError> {
        match self.sessions.current(&self.headers).await {
            Ok(current) => Ok(current.as_deref().map(viewer)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "nobody can say who is signed in");
                Err(SiteError::Unavailable)
            }
        }
    }
}

fn origins<'a>(pictures: impl Iterator<Item = &'a str>) -> Vec<String> {
    let origin = |picture| Some(Url::parse(picture).ok()?.origin().ascii_serialization());
    let mut origins: Vec<_> = pictures.filter_map(origin).collect();
    origins.dedup();
    origins
}

fn viewer(current: &Current) -> Viewer {
    Viewer {
        id: current.member.id.to_string(),
        nickname: current.member.nickname.clone(),
        greeting: current.member.greeting.clone(),
        email: current.member.email.clone(),
        picture: members::picture_address(&current.member),
        has_own_picture: current.member.own_picture.is_some(),
        signed_in_with: current.session.method,
        signed_in_at: current.session.created_at.to_string(),
        expires_at: current.ends_at.to_string(),
    }
}

fn session_entry(own: &OwnSession) -> SessionEntry {
    SessionEntry {
        id: own.session.id.to_string(),
        browser: own.device.browser,
        system: own.device.system,
        place: place(&own.network),
        signed_in_with: own.session.method,
        signed_in_at: own.session.created_at.to_string(),
        last_seen_at: own.session.last_seen_at.to_string(),
        is_current: own.is_current,
    }
}

fn app_entry(own: &OwnApp) -> AppEntry {
    AppEntry {
        id: own.id.to_string(),
        signed_in_at: own.signed_in_at.to_string(),
        used_at: own.used_at.to_string(),
    }
}

fn sign_in_method(way: members::SignInMethodEntry) -> SignInMethodEntry {
    SignInMethodEntry {
        id: match way.way {
            SignInMethodId::Identity(id) => id.to_string(),
            SignInMethodId::Password => SignInMethod::Password.as_str().to_owned(),
        },
        method: way.provider.map_or(SignInMethod::Password, SignInMethod::Provider),
        email: way.email,
        email_proven: way.email_proven,
        since: way.since.to_string(),
        last_used: way.last_used.map(|at| at.to_string()),
    }
}

fn history_entry(row: &AuditRow) -> HistoryEntry {
    let Device { browser, system } = Device::of(&row.user_agent);
    HistoryEntry {
        what: Happening::parse(&row.kind),
        succeeded: row.succeeded(),
        way: SignInMethod::parse(&row.provider),
        at: row.at.to_string(),
        times: u32::try_from(row.times).unwrap_or(u32::MAX),
        browser,
        system,
        place: place(&row.network),
    }
}

/// A network as [`web::ClientAddress::network`] writes it, in the words that its first address allows.
pub(crate) fn place(network: &str) -> Place {
    let Some(address) = network.split('/').next().and_then(|address| address.parse::<IpAddr>().ok()) else {
        return Place::Unknown;
    };
    let is_private = match address {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    // The network of ::1 is written ::/48.
    if address.is_loopback() || address == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        Place::ThisMachine
    } else if is_private {
        Place::PrivateNetwork(network.to_owned())
    } else {
        Place::Internet(network.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use audit::AuditKind;

    use super::*;

    #[test]
    fn a_page_takes_pictures_from_where_its_own_are_and_nowhere_else() {
        let google = "https://lh3.googleusercontent.com/a/one";
        let kakao = "https://k.kakaocdn.net/two.jpg";
        let ours = "/api/users/0198/picture/abc";
        assert_eq!(
            origins([google, kakao].into_iter()),
            ["https://lh3.googleusercontent.com", "https://k.kakaocdn.net"]
        );
        assert_eq!(origins([google, google].into_iter()), ["https://lh3.googleusercontent.com"]);
        assert_eq!(origins([ours, kakao].into_iter()), ["https://k.kakaocdn.net"]);
        assert_eq!(origins([ours].into_iter()), Vec::<String>::new());
    }

    #[test]
    fn a_network_becomes_a_place_without_asking_anybody() {
        let text = ToOwned::to_owned;
        for (network, expected) in [
            ("127.0.0.0/24", Place::ThisMachine),
            ("::/48", Place::ThisMachine),
            ("192.168.7.0/24", Place::PrivateNetwork(text("192.168.7.0/24"))),
            ("fd00:1:2::/48", Place::PrivateNetwork(text("fd00:1:2::/48"))),
            ("203.0.113.0/24", Place::Internet(text("203.0.113.0/24"))),
            ("2001:db8:7::/48", Place::Internet(text("2001:db8:7::/48"))),
            ("", Place::Unknown),
        ] {
            assert_eq!(place(network), expected, "{network}");
        }
    }

    #[test]
    fn every_kind_of_the_audit_log_that_members_see_has_a_text() {
        let shown = AuditKind::ALL.iter().filter(|kind| kind.is_for_members());
        let explained = Happening::KNOWN.iter().map(|(_, name)| *name);
        assert!(shown.map(|kind| kind.as_str()).eq(explained), "one text for each, in one order");
    }
}
