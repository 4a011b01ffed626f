//! A client as the configuration, or a command, describes it.

use std::time::Duration;

use kernel::SecretString;

use crate::client::findings::Findings;
use crate::client::requirement::Requirement;

/// One `[[clients]]`, as it is written.
#[derive(Clone, Debug, Default)]
pub struct ClientConfig {
    /// `id`.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `auth`.
    pub auth: Option<String>,
    /// `secret`, or what is in `secret_file`.
    pub secret: Option<SecretString>,
    /// `jwks`, or what is in `jwks_file`.
    pub jwks: Option<String>,
    /// `grants`.
    pub grants: Vec<String>,
    /// `redirect_uris`.
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// `scopes`.
    pub scopes: Vec<String>,
    /// `audiences`.
    pub audiences: Vec<String>,
    /// `introspects`.
    pub introspects: Vec<String>,
    /// `origins`; `None` where it is left out.
    pub origins: Option<Vec<String>>,
    /// `first_party`.
    pub first_party: bool,
    /// `backchannel_logout_uri`.
    pub backchannel_logout_uri: Option<String>,
    /// `require_par`.
    pub require_par: bool,
    /// `dpop`; `None`: optional.
    pub dpop: Option<String>,
    /// `pkce`; `None`: required.
    pub pkce: Option<String>,
    /// `access_ttl`; `None`: as all others.
    pub access_ttl: Option<Duration>,
    /// `refresh_ttl`; `None`: as all others.
    pub refresh_ttl: Option<Duration>,
}

/// Reads `optional` or `required`.
pub(crate) fn requirement(
    key: &'static str,
    text: Option<&str>,
    usual: Requirement,
    found: &mut Findings,
) -> Requirement {
    let Some(text) = text else { return usual };
    Requirement::parse(text).unwrap_or_else(|| {
        found.wrong(key, format!("`{text}` is not allowed here"), "Write \"optional\" or \"required\"");
        usual
    })
}
