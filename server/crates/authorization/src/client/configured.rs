//! A client as the configuration, or a command, describes it.

use std::time::Duration;

use kernel::SecretString;

use crate::client::checks::{addresses, apis, authentication, grants, identity, lives};
use crate::client::findings::{ClientFinding, Findings};
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::redirect_uri::RedirectUri;
use crate::client::requirement::Requirement;
use crate::client::rules::ClientRules;
use crate::client::secrets::Secrets;

/// Scopes that have their meaning from OpenID Connect Core (sections 5.4 and 11).
pub const STANDARD_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

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

impl ClientConfig {
    /// The client.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, rules: &ClientRules) -> Result<Client, Vec<ClientFinding>> {
        self.check_with(rules, None)
    }

    /// The client, with these secrets in place of what is written.
    pub(crate) fn check_with(
        &self,
        rules: &ClientRules,
        secrets: Option<Secrets>,
    ) -> Result<Client, Vec<ClientFinding>> {
        let mut found = Findings::default();
        let id = identity::id(self, &mut found);
        let authentication = authentication::check(self, secrets, &mut found);
        let name = identity::name(self, &mut found);
        let grants = grants::check(self, &mut found);
        let redirect_uris = addresses::list("redirect_uris", &self.redirect_uris, &mut found);
        let after = addresses::list("post_logout_redirect_uris", &self.post_logout_redirect_uris, &mut found);
        if self.redirect_uris.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
            let problem = "the grant authorization_code sends people back, and no address is registered";
            found.wrong("redirect_uris", problem, RedirectUri::ALLOWED);
        }
        let scope = apis::scopes(self, rules, &mut found);
        apis::audiences(self, &mut found);
        apis::introspects(self, &mut found);
        addresses::origins(self, &mut found);
        let backchannel_logout_uri = addresses::backchannel(self, rules, &mut found);
        let dpop = requirement("dpop", self.dpop.as_deref(), Requirement::Optional, &mut found);
        let pkce = authentication::pkce(self, &mut found);
        lives::check(self, rules, &mut found);
        let (Some(id), Some(authentication), true) = (id, authentication, found.0.is_empty()) else {
            return Err(found.0);
        };
        Ok(Client {
            id,
            name,
            authentication,
            grants,
            redirect_uris,
            post_logout_redirect_uris: after,
            scope,
            audiences: self.audiences.clone(),
            introspects: self.introspects.clone(),
            origins: self.origins.clone(),
            is_first_party: self.first_party,
            backchannel_logout_uri,
            require_par: self.require_par,
            dpop,
            pkce,
            access_life: self.access_ttl,
            refresh_life: self.refresh_ttl,
        })
    }
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

#[cfg(test)]
mod tests;
