//! What is allowed but probably not intended: `daemun check` reports it.

use crate::authorize::scope::OFFLINE;
use crate::client::findings::{ClientFinding, Findings};
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::requirement::Requirement;
use crate::client::standard_scopes::STANDARD_SCOPES;
use crate::scope_words::ScopeWords;

impl Client {
    /// What somebody should look at. `words` are what people are told of scopes.
    pub fn doubts(&self, is_production: bool, words: &ScopeWords) -> Vec<ClientFinding> {
        let mut found = Findings::default();
        self.addresses(is_production, &mut found);
        if self.pkce == Requirement::Optional {
            found.wrong(
                "pkce",
                "without PKCE, a code that was stolen on its way is as good for the thief",
                "Leave it out as soon as the client's library can do PKCE with S256",
            );
        }
        if self.is_public() && self.may_use(GrantType::ClientCredentials) {
            found.wrong(
                "grants",
                "client_credentials cannot work: the client is public, so anybody could act for it",
                "Give it a secret (auth = \"client_secret_basic\"), or leave the grant out",
            );
        }
        self.grants_and_scopes(&mut found);
        if self.may_use(GrantType::AuthorizationCode) {
            let without = self.scope.words().filter(|word| !STANDARD_SCOPES.contains(word));
            for word in without.filter(|word| !words.are_complete_for(word)) {
                found.wrong(
                    "scopes",
                    format!("people who are asked for `{word}` are not told in words what that is"),
                    format!("Write `ko` and `en` under [authorization.scopes.{}]", quoted(word)),
                );
            }
        }
        found.0
    }

    /// Grants and scopes that do nothing for each other.
    fn grants_and_scopes(&self, found: &mut Findings) {
        let is_of_persons = |word: &str| STANDARD_SCOPES.contains(&word);
        let has_scopes = self.scope.words().next().is_some();
        if self.may_use(GrantType::ClientCredentials) && has_scopes && self.scope.words().all(is_of_persons) {
            found.wrong(
                "scopes",
                "client_credentials cannot work: all scopes tell of a person, and there is none in this grant, so its tokens allow \
                 nothing",
                "Add a scope of `session.scopes` or `gateway.scopes`, or leave the grant out",
            );
        }
        if self.scope.has(OFFLINE) && !self.may_use(GrantType::RefreshToken) {
            found.wrong(
                "scopes",
                "`offline_access` cannot work: it is about refresh tokens, and the client gets none",
                "Add refresh_token to `grants`, or leave the scope out",
            );
        }
    }

    fn addresses(&self, is_production: bool, found: &mut Findings) {
        let lists = [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ];
        for (key, address) in lists.into_iter().flat_map(|(key, list)| list.iter().map(move |uri| (key, uri)))
        {
            let (problem, cure) = if address.is_http() && is_production {
                ("is plain http, in production", "Remove it, unless the app runs on the person's own machine")
            } else if address.is_private_use() {
                (
                    "has a scheme that any app on the same device can claim",
                    "Use an https address that the app has claimed, if its system knows those",
                )
            } else {
                continue;
            };
            found.wrong(key, format!("`{}` {problem}", address.as_str()), cure);
        }
    }
}

/// A word as a key of TOML.
fn quoted(word: &str) -> String {
    let is_bare = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { word.to_owned() } else { format!("\"{word}\"") }
}
