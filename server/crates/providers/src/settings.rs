//! What the configuration decides about providers, and the real endpoints that are where it decides nothing.

use kernel::SecretString;
use url::Url;

use crate::proxy::OutgoingProxy;

/// Naver's two surfaces. Codes and tokens of one are unknown to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NaverProtocol {
    /// OAuth 2.0 under `/oauth2.0/`.
    Classic,
    /// OpenID Connect under `/oauth2/`.
    Oidc,
}

/// What we demand of Kakao. Whether id_tokens come is a switch in Kakao's console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KakaoProtocol {
    /// An id_token that comes is verified; none is fine.
    Oauth,
    /// An id_token must come.
    Oidc,
}

/// Where a provider is.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The issuer, as id_tokens spell it.
    pub issuer: String,
    /// Where browsers go.
    pub authorize: Url,
    /// Where codes are exchanged.
    pub token: Url,
    /// Where profiles are read.
    pub userinfo: Url,
    /// Where the keys of id_tokens are read.
    pub jwks: Url,
    /// Where what a person granted is given back: Google's and Naver's revoke, Kakao's unlink.
    pub unlink: Url,
}

impl Endpoints {
    /// Google's (its "OpenID Connect" guide and discovery document).
    ///
    /// # Errors
    /// Never in practice: the addresses are constants.
    pub fn google() -> Result<Self, url::ParseError> {
        Ok(Self {
            issuer: "https://accounts.google.com".to_owned(),
            authorize: Url::parse("https://accounts.google.com/o/oauth2/v2/auth")?,
            token: Url::parse("https://oauth2.googleapis.com/token")?,
            userinfo: Url::parse("https://openidconnect.googleapis.com/v1/userinfo")?,
            jwks: Url::parse("https://www.googleapis.com/oauth2/v3/certs")?,
            unlink: Url::parse("https://oauth2.googleapis.com/revoke")?,
        })
    }

    /// Naver's, on one of its surfaces (네이버 로그인 API 명세).
    ///
    /// # Errors
    /// Never in practice: the addresses are constants.
    pub fn naver(protocol: NaverProtocol) -> Result<Self, url::ParseError> {
        let surface = match protocol {
            NaverProtocol::Classic => "oauth2.0",
            NaverProtocol::Oidc => "oauth2",
        };
        Ok(Self {
            issuer: "https://nid.naver.com".to_owned(),
            authorize: Url::parse(&format!("https://nid.naver.com/{surface}/authorize"))?,
            token: Url::parse(&format!("https://nid.naver.com/{surface}/token"))?,
            userinfo: Url::parse("https://openapi.naver.com/v1/nid/me")?,
            jwks: Url::parse("https://nid.naver.com/oauth2/jwks")?,
            // One address for both surfaces: that of the other one is not documented.
            unlink: Url::parse("https://nid.naver.com/oauth2.0/revoke")?,
        })
    }

    /// Kakao's (Kakao Developers, "REST API").
    ///
    /// # Errors
    /// Never in practice: the addresses are constants.
    pub fn kakao() -> Result<Self, url::ParseError> {
        Ok(Self {
            issuer: "https://kauth.kakao.com".to_owned(),
            authorize: Url::parse("https://kauth.kakao.com/oauth/authorize")?,
            token: Url::parse("https://kauth.kakao.com/oauth/token")?,
            userinfo: Url::parse("https://kapi.kakao.com/v2/user/me")?,
            jwks: Url::parse("https://kauth.kakao.com/.well-known/jwks.json")?,
            unlink: Url::parse("https://kapi.kakao.com/v1/user/unlink")?,
        })
    }
}

/// Our registration at a provider.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Option<SecretString>,
    /// Kakao's admin key, with which an app unlinks people without a token of theirs and knows Kakao's webhook.
    pub admin_key: Option<SecretString>,
    /// What is asked for, where the provider takes scopes.
    pub scopes: Vec<String>,
    /// Where the provider is.
    pub endpoints: Endpoints,
}

/// All that is configured about providers. One without settings is off.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our own address; redirect URIs are made from it.
    pub public_url: Url,
    /// Google.
    pub google: Option<ClientSettings>,
    /// Naver and its surface.
    pub naver: Option<(NaverProtocol, ClientSettings)>,
    /// Kakao and what we demand of it.
    pub kakao: Option<(KakaoProtocol, ClientSettings)>,
    /// The proxy through which providers are called.
    pub proxy: Option<OutgoingProxy>,
    /// The most logins on their way through a provider at once.
    pub in_flight_limit: u32,
    /// How many of them one network may have begun.
    pub in_flight_share: u32,
}

/// Why providers cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// An address that should be a constant of ours is none.
    #[error("a provider's address is none: {0}")]
    Address(#[from] url::ParseError),
    /// The TLS set-up of this machine.
    #[error("the HTTP client for providers cannot be built: {0}")]
    Http(#[from] reqwest::Error),
}
