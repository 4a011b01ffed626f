//! The port [`Site`], answered by the parts: all that a page can learn passes through here.

use std::time::Duration;

use async_trait::async_trait;
use contract::{Language, ProviderKind, SignInOption, Site, SiteError, Viewer};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use providers::ProviderName;
use sessions::{Current, Sessions};
use url::Url;
use web::cookies::Lifetime;
use web::{CookieName, Cookies};

const A_YEAR: Duration = Duration::from_hours(8760);

/// The site as one request sees it.
pub struct RequestSite {
    sessions: Sessions,
    headers: HeaderMap,
    viewer: Option<Viewer>,
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
        Self { sessions, headers, viewer: current.map(viewer), language, last_provider }
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
        picture: current.member.picture.clone(),
        signed_in_with: kind(current.session.provider),
        signed_in_at: current.session.created_at.to_string(),
        expires_at: current.ends_at.to_string(),
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
