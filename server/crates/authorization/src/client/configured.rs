//! The checks of a described client, in order, and the client that they make.

use crate::client::authentication::Authentication;
use crate::client::checks::{addresses, apis, authentication, grants, identity, lives};
use crate::client::config::{ClientConfig, requirement};
use crate::client::findings::{ClientFinding, Findings};
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::redirect_uri::RedirectUri;
use crate::client::requirement::Requirement;
use crate::client::rules::ClientRules;
use crate::client::secrets::Secrets;

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
        if !matches!(authentication, None | Some(Authentication::None)) {
            addresses::refuse_private_use(&redirect_uris, &mut found);
        }
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
            registered_at: None,
            is_self_registered: false,
            backchannel_logout_uri,
            require_par: self.require_par,
            dpop,
            pkce,
            access_life: self.access_ttl,
            refresh_life: self.refresh_ttl,
        })
    }
}

#[cfg(test)]
mod tests;
