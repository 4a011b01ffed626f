//! What the configuration decides about providers.

use kernel::SecretString;
use names::ProviderName;
use url::Url;

use crate::protocol::Protocol;
use crate::proxy::OutgoingProxy;

/// Where a provider is.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The issuer, as id_tokens spell it.
    pub issuer: String,
    /// The authorization endpoint, to which browsers are sent.
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

/// A provider that is switched on.
#[derive(Clone, Debug)]
pub struct EnabledProvider {
    /// Which one.
    pub name: ProviderName,
    /// What is demanded of it.
    pub protocol: Protocol,
    /// Our registration there.
    pub client: ClientSettings,
}

/// All that is configured about providers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our own address; redirect URIs are made from it.
    pub public_url: Url,
    /// Those that are switched on, in the order of their buttons.
    pub enabled: Vec<EnabledProvider>,
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
    /// A provider's address in our own constants cannot be parsed.
    #[error("a provider's address is not a URL: {0}")]
    Address(#[from] url::ParseError),
    /// The TLS set-up of this machine.
    #[error("the HTTP client for providers cannot be built: {0}")]
    Http(#[from] reqwest::Error),
}
