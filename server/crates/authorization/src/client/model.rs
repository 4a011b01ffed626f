//! A client, as flows see it.

use tokens::{ClientId, Scope};

use crate::client::grant_type::GrantType;
use crate::client::redirect_uri::RedirectUri;

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// The id.
    pub id: ClientId,
    /// What people know it as.
    pub name: String,
    /// What it may present for tokens.
    pub grants: Vec<GrantType>,
    /// Where it may have people sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where it may have people sent after a sign-out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may ask for.
    pub scope: Scope,
    /// The APIs that it may name as `resource`.
    pub audiences: Vec<String>,
    /// Where its pages are that call from a script; `None`: where its redirect URIs are.
    pub origins: Option<Vec<String>>,
    /// Whether it is the team's own, so that nobody is asked for consent.
    pub is_first_party: bool,
}

impl Client {
    /// Whether it may present this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }
}
