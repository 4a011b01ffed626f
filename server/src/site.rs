//! The port [`Site`], answered by the parts: all that a page can learn passes through here.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use async_trait::async_trait;
use contract::{Language, Place, ProviderKind, SessionEntry, SignInOption, Site, SiteError, Viewer};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use providers::ProviderName;
use sessions::{Current, OwnSession, Sessions, SignInMethod};
use url::Url;
use web::cookies::Lifetime;
use web::{CookieName, Cookies};

const A_YEAR: Duration = Duration::from_hours(8760);

/// The site as one request sees it.
pub struct RequestSite {
    sessions: Sessions,
    headers: HeaderMap,
    viewer: Option<Viewer>,
    own_sessions: Vec<OwnSession>,
    language: Language,
    last_provider: Option<ProviderName>,
}

impl RequestSite {
    /// The site for a request with `headers`, whose visitor has been looked up.
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
            language,
            last_provider,
        }
    }

    /// The same, with the visitor's sessions.
    #[must_use]
    pub fn with_sessions(mut self, own_sessions: Vec<OwnSession>) -> Self {
        self.own_sessions = own_sessions;
        self
    }

    /// Where the visitor's picture lies, for the page's policy.
    pub fn picture_origin(&self) -> Option<String> {
        let picture = Url::parse(self.viewer.as_ref()?.picture.as_ref()?).ok()?;
        Some(picture.origin().ascii_serialization())
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

    fn sign_in_options(&self) -> Vec<SignInOption> {
        let mut options: Vec<_> = self
            .sessions
            .providers()
            .enabled()
            .map(|name| SignInOption { provider: kind(name), last_used: Some(name) == self.last_provider })
            .collect();
        options.sort_by_key(|option| !option.last_used);
        options
    }

    fn language(&self) -> Language {
        self.language
    }

    /// KakaoTalk and Naver open links in a browser of their own, in which Google refuses to sign anybody in.
    fn in_app_browser(&self) -> bool {
        let agent = self.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        agent.contains("KAKAOTALK") || agent.contains("NAVER(inapp")
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

fn viewer(current: &Current) -> Viewer {
    Viewer {
        id: current.member.id.to_string(),
        nickname: current.member.nickname.clone(),
        greeting: current.member.greeting.clone(),
        email: current.member.email.clone(),
        picture: Some(current.member.picture_address()),
        signed_in_with: method(current.session.method),
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
        signed_in_with: method(own.session.method),
        signed_in_at: own.session.created_at.to_string(),
        last_seen_at: own.session.last_seen_at.to_string(),
        is_current: own.is_current,
    }
}

/// A network as [`web::ClientAddress::network`] writes it, in the words that its first address allows.
fn place(network: &str) -> Place {
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

const fn method(method: SignInMethod) -> contract::SignInMethod {
    match method {
        SignInMethod::Provider(name) => contract::SignInMethod::Provider(kind(name)),
        SignInMethod::Password => contract::SignInMethod::Password,
    }
}

const fn kind(name: ProviderName) -> ProviderKind {
    match name {
        ProviderName::Google => ProviderKind::Google,
        ProviderName::Naver => ProviderKind::Naver,
        ProviderName::Kakao => ProviderKind::Kakao,
    }
}

/// The cookie that remembers by which provider one came in last on this device. It holds the provider's name, nothing
/// of the person.
#[derive(Clone, Debug)]
pub struct LastProviderCookie(CookieName);

impl LastProviderCookie {
    /// The cookie at an origin that is https or a plain-http loopback.
    pub fn new(secure: bool) -> Self {
        Self(CookieName::new("daemun-last", secure))
    }

    /// The provider that was used last.
    pub fn read(&self, headers: &HeaderMap) -> Option<ProviderName> {
        Cookies::of(headers).get(&self.0).and_then(ProviderName::parse)
    }

    /// The `Set-Cookie` line, if the browser does not know it yet.
    pub fn remember(&self, headers: &HeaderMap, provider: ProviderName) -> Option<HeaderValue> {
        if self.read(headers) == Some(provider) {
            return None;
        }
        self.0.set(provider.as_str(), Lifetime::For(A_YEAR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
