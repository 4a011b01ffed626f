//! `scopes`, `audiences` and `introspects`: for what, and for whom, tokens are.

use tokens::Scope;

use crate::authorize::resource::is_resource;
use crate::client::authentication::Method;
use crate::client::config::ClientConfig;
use crate::client::findings::Findings;
use crate::client::grant_type::GrantType;
use crate::client::rules::ClientRules;
use crate::client::standard_scopes::{ADMIN_SCOPES, STANDARD_SCOPES};

pub(crate) fn scopes(client: &ClientConfig, rules: &ClientRules, found: &mut Findings) -> Scope {
    let scope = Scope::parse(&client.scopes.join(" "));
    for word in &client.scopes {
        let is_known = STANDARD_SCOPES.iter().chain(&ADMIN_SCOPES).any(|known| known == word);
        if !rules.scopes.contains(word) && !is_known {
            let mut known: Vec<&str> = Vec::new();
            for scope in rules.scopes.iter().map(String::as_str).chain(STANDARD_SCOPES) {
                if !known.contains(&scope) {
                    known.push(scope);
                }
            }
            let cure = format!(
                "Add it to `session.scopes` or `gateway.scopes`, or write one of {}",
                known.join(", ")
            );
            found.wrong("scopes", format!("no token here can have `{word}`"), cure);
        }
    }
    let administers = client.scopes.iter().any(|word| ADMIN_SCOPES.contains(&word.as_str()));
    if administers && client.grants != [GrantType::ClientCredentials.as_str()] {
        let cure = "Write grants = [\"client_credentials\"], or leave admin:read and admin:write out";
        found.wrong("scopes", "a client administers for itself alone, never for a person", cure);
    }
    if scope.is_none() || client.scopes.is_empty() {
        found.wrong("scopes", "it is no list of scopes", "Write [\"openid\", \"profile\"]");
    }
    scope.unwrap_or_default()
}

pub(crate) fn audiences(client: &ClientConfig, found: &mut Findings) {
    for audience in client.audiences.iter().filter(|audience| !is_resource(audience)) {
        found.wrong(
            "audiences",
            format!("`{audience}` is no absolute address, or has a fragment"),
            "Write what clients send as `resource`, such as https://api.example.com/orders",
        );
    }
}

/// An audience here is as it is in tokens: an address, or the word of a route of the gateway.
pub(crate) fn introspects(client: &ClientConfig, found: &mut Findings) {
    let fits =
        |text: &str| (1..=2048).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    for audience in client.introspects.iter().filter(|audience| !fits(audience)) {
        found.wrong(
            "introspects",
            format!("`{}` is no audience", audience.escape_debug()),
            "Write `aud` as tokens have it, such as https://api.example.com/orders",
        );
    }
    if !client.introspects.is_empty() && client.auth.as_deref() == Some(Method::None.as_str()) {
        found.wrong(
            "introspects",
            "the client is public, and introspection is for clients that show who they are",
            "Give it a secret (auth = \"client_secret_basic\"), or leave this out",
        );
    }
}
