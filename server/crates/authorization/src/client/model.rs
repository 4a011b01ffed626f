//! A client, as flows see it.

use std::time::Duration;

use kernel::Timestamp;
use tokens::{ClientId, Scope};
use url::Url;

use crate::client::authentication::Authentication;
use crate::client::grant_type::GrantType;
use crate::client::redirect_uri::RedirectUri;
use crate::client::requirement::Requirement;

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: ClientId,
    /// What people know it as.
    pub name: String,
    /// How it shows who it is.
    pub authentication: Authentication,
    /// What it may present for tokens.
    pub grants: Vec<GrantType>,
    /// Where it may send people back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where it may send people after a sign-out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may ask for.
    pub scope: Scope,
    /// The APIs that it may name as `resource`.
    pub audiences: Vec<String>,
    /// The APIs of whose tokens it may ask whether they are valid, alongside its own tokens.
    pub introspects: Vec<String>,
    /// Where its pages are that call from a script; `None`: where its redirect URIs are.
    pub origins: Option<Vec<String>>,
    /// Whether it is the team's own, so that nobody is asked for consent.
    pub is_first_party: bool,
    /// When it was registered; `None` for one of the configuration, and for one that is known by its document.
    pub registered_at: Option<Timestamp>,
    /// Whether it registered itself, so that nobody here has looked at what it says.
    pub is_self_registered: bool,
    /// Where it is told that a session ended.
    pub backchannel_logout_uri: Option<Url>,
    /// Whether its authorization requests must be pushed (RFC 9126).
    pub require_par: bool,
    /// Whether its tokens must be bound to a key of its own (RFC 9449).
    pub dpop: Requirement,
    /// Whether its authorization requests must have a code challenge.
    pub pkce: Requirement,
    /// How long its access tokens live; `None`: as all others.
    pub access_life: Option<Duration>,
    /// How long its refresh tokens live; `None`: as all others.
    pub refresh_life: Option<Duration>,
}

impl Client {
    /// Whether it may present this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether it cannot show who it is.
    pub const fn is_public(&self) -> bool {
        self.authentication.is_public()
    }
}

#[cfg(test)]
impl Client {
    /// A client of the team's own, for tests.
    pub(crate) fn example() -> Self {
        Self {
            id: ClientId::parse("portal-client").unwrap(),
            name: "포털".to_owned(),
            authentication: Authentication::None,
            grants: GrantType::ALL.to_vec(),
            redirect_uris: vec![RedirectUri::register("http://localhost:3999/callback").unwrap()],
            post_logout_redirect_uris: Vec::new(),
            scope: Scope::parse("openid profile read write offline_access").unwrap(),
            audiences: vec!["https://api.example/orders".to_owned()],
            introspects: Vec::new(),
            origins: None,
            is_first_party: true,
            registered_at: None,
            is_self_registered: false,
            backchannel_logout_uri: None,
            require_par: false,
            dpop: Requirement::Optional,
            pkce: Requirement::Required,
            access_life: None,
            refresh_life: None,
        }
    }
}
