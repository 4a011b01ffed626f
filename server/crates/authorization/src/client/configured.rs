//! A client as the configuration describes it, and everything that may be wrong with that.

use tokens::{ClientId, Scope};

use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::redirect_uri::RedirectUri;
use crate::cors::origins::is_origin;

/// The longest name.
const LONGEST_NAME: usize = 100;

/// Scopes that have their meaning from OpenID Connect Core (sections 5.4 and 11).
pub(crate) const STANDARD_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// One `[[clients]]`, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientConfig {
    /// `id`.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `auth`.
    pub auth: Option<String>,
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
    /// `origins`; `None` where it is left out.
    pub origins: Option<Vec<String>>,
    /// `first_party`.
    pub first_party: bool,
}

/// One thing that is wrong with a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFinding {
    /// The key in the client's table.
    pub key: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

/// Collects what is wrong, so that all of it is said at once.
#[derive(Default)]
struct Findings(Vec<ClientFinding>);

impl Findings {
    fn wrong(&mut self, key: &'static str, problem: impl Into<String>, cure: impl Into<String>) {
        self.0.push(ClientFinding { key, problem: problem.into(), cure: cure.into() });
    }
}

impl ClientConfig {
    /// The client. `known` are the scopes that tokens can have here, beside the standard ones.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, known: &[&str]) -> Result<Client, Vec<ClientFinding>> {
        let mut findings = Findings::default();
        let id = self.check_id(&mut findings);
        self.check_auth(&mut findings);
        let name = self.check_name(&mut findings);
        let grants = self.check_grants(&mut findings);
        let redirect_uris = addresses("redirect_uris", &self.redirect_uris, &mut findings);
        let after = addresses("post_logout_redirect_uris", &self.post_logout_redirect_uris, &mut findings);
        if self.redirect_uris.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
            let problem = "the grant authorization_code sends people back, and no address is registered";
            findings.wrong("redirect_uris", problem, RedirectUri::ALLOWED);
        }
        let scope = self.check_scopes(known, &mut findings);
        self.check_audiences(&mut findings);
        self.check_origins(&mut findings);
        if !self.first_party {
            findings.wrong(
                "first_party",
                "people would have to be asked for their consent, and this version has no page for that",
                "Write `first_party = true` if the app is your own; leave the client out otherwise",
            );
        }
        match (id, findings.0.is_empty()) {
            (Some(id), true) => Ok(Client {
                id,
                name,
                grants,
                redirect_uris,
                post_logout_redirect_uris: after,
                scope,
                audiences: self.audiences.clone(),
                origins: self.origins.clone(),
                is_first_party: self.first_party,
            }),
            _ => Err(findings.0),
        }
    }

    fn check_id(&self, findings: &mut Findings) -> Option<ClientId> {
        let cure = "Write 1 to 100 letters, digits or -._~:/, such as portal-client; no UUID, which is what members have";
        let Some(text) = &self.id else {
            findings.wrong("id", "it is missing", cure);
            return None;
        };
        let id = ClientId::parse(text);
        match &id {
            None => findings.wrong("id", format!("`{text}` cannot be an id"), cure),
            Some(id) if *id == ClientId::own_site() || *id == ClientId::own_app() => {
                findings.wrong(
                    "id",
                    format!("`{text}` is one of Daemun's own clients"),
                    "Choose another one",
                );
            }
            Some(_) => {}
        }
        id
    }

    fn check_name(&self, findings: &mut Findings) -> String {
        let name = self.name.as_deref().unwrap_or_default().trim();
        let fits =
            !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
        if !fits {
            findings.wrong("name", "people are told the name of the app", "Write it in 1 to 100 characters");
        }
        name.to_owned()
    }

    fn check_auth(&self, findings: &mut Findings) {
        let cure = "Write \"none\": the client is public, and PKCE ties its codes to it";
        match self.auth.as_deref() {
            Some("none") => {}
            None => findings.wrong("auth", "it is missing", cure),
            Some(method @ ("client_secret_basic" | "client_secret_post" | "private_key_jwt")) => {
                findings.wrong("auth", format!("this version does not have `{method}` yet"), cure);
            }
            Some(other) => findings.wrong("auth", format!("`{other}` is not allowed here"), cure),
        }
    }

    fn check_grants(&self, findings: &mut Findings) -> Vec<GrantType> {
        let cure = "Write [\"authorization_code\"], or [\"authorization_code\", \"refresh_token\"]";
        let mut grants = Vec::new();
        for text in &self.grants {
            match (GrantType::parse(text), text.as_str()) {
                (Some(grant), _) => grants.push(grant),
                (
                    None,
                    "client_credentials" | "device_code" | "urn:ietf:params:oauth:grant-type:device_code",
                ) => {
                    findings.wrong("grants", format!("this version does not have `{text}` yet"), cure);
                }
                (None, _) => findings.wrong("grants", format!("`{text}` is not allowed here"), cure),
            }
        }
        if self.grants.is_empty() {
            findings.wrong("grants", "it has none, so the client could get no token", cure);
        } else if grants == [GrantType::RefreshToken] {
            findings.wrong("grants", "nothing gives it the first refresh token", cure);
        }
        grants
    }

    fn check_scopes(&self, known: &[&str], findings: &mut Findings) -> Scope {
        let scope = Scope::parse(&self.scopes.join(" "));
        for word in &self.scopes {
            if !known.contains(&word.as_str()) && !STANDARD_SCOPES.contains(&word.as_str()) {
                let cure = format!(
                    "Add it to `session.scopes` or `gateway.scopes`, or write one of {}",
                    known.iter().chain(&STANDARD_SCOPES).copied().collect::<Vec<_>>().join(", ")
                );
                findings.wrong("scopes", format!("no token here can have `{word}`"), cure);
            }
        }
        if scope.is_none() || self.scopes.is_empty() {
            findings.wrong("scopes", "it is no list of scopes", "Write [\"openid\", \"profile\"]");
        }
        scope.unwrap_or_default()
    }

    fn check_origins(&self, findings: &mut Findings) {
        for origin in self.origins.iter().flatten().filter(|origin| !is_origin(origin)) {
            let cure = "Write scheme, host and port as browsers send them, such as https://app.example.com";
            findings.wrong("origins", format!("`{origin}` is no origin"), cure);
        }
    }

    fn check_audiences(&self, findings: &mut Findings) {
        for audience in &self.audiences {
            if !crate::authorize::resource::is_resource(audience) {
                findings.wrong(
                    "audiences",
                    format!("`{audience}` is no absolute address, or has a fragment"),
                    "Write what clients send as `resource`, such as https://api.example.com/orders",
                );
            }
        }
    }
}

fn addresses(key: &'static str, texts: &[String], findings: &mut Findings) -> Vec<RedirectUri> {
    let mut addresses = Vec::with_capacity(texts.len());
    for text in texts {
        match RedirectUri::register(text) {
            Ok(address) => addresses.push(address),
            Err(problem) => findings.wrong(key, format!("`{text}`: {problem}"), RedirectUri::ALLOWED),
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal() -> ClientConfig {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        ClientConfig {
            id: Some("portal-client".to_owned()),
            name: Some("포털".to_owned()),
            auth: Some("none".to_owned()),
            grants: list(&["authorization_code", "refresh_token"]),
            redirect_uris: list(&["http://localhost:3999/callback"]),
            post_logout_redirect_uris: list(&["http://localhost:3999/bye"]),
            scopes: list(&["openid", "profile", "read", "write"]),
            audiences: Vec::new(),
            origins: None,
            first_party: true,
        }
    }

    fn keys(change: impl FnOnce(&mut ClientConfig)) -> Vec<&'static str> {
        let mut config = portal();
        change(&mut config);
        let findings = config.check(&["read", "write"]).err().unwrap_or_default();
        assert!(findings.iter().all(|finding| !finding.cure.is_empty()));
        findings.into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn the_client_of_the_example_is_right() {
        let client = portal().check(&["read", "write"]).unwrap();
        assert_eq!(
            (client.id.as_str(), client.scope.as_str()),
            ("portal-client", "openid profile read write")
        );
        assert!(client.may_use(GrantType::RefreshToken) && client.is_first_party);
    }

    #[test]
    fn what_is_wrong_with_a_client_names_its_key() {
        assert_eq!(keys(|_| {}), Vec::<&str>::new());
        assert_eq!(keys(|client| client.name = None), ["name"]);
        assert_eq!(keys(|client| client.auth = None), ["auth"]);
        assert_eq!(keys(|client| client.auth = Some("client_secret_basic".into())), ["auth"]);
        assert_eq!(keys(|client| client.grants.clear()), ["grants"]);
        assert_eq!(keys(|client| client.grants = vec!["password".into()]), ["grants"]);
        assert_eq!(keys(|client| client.grants = vec!["refresh_token".into()]), ["grants"]);
        assert_eq!(keys(|client| client.redirect_uris.clear()), ["redirect_uris"]);
        assert_eq!(
            keys(|client| client.redirect_uris.push("http://evil.example/".into())),
            ["redirect_uris"]
        );
        assert_eq!(
            keys(|client| client.post_logout_redirect_uris.push("x".into())),
            ["post_logout_redirect_uris"]
        );
        assert_eq!(keys(|client| client.scopes.push("admin".into())), ["scopes"]);
        assert_eq!(keys(|client| client.scopes.clear()), ["scopes"]);
        assert_eq!(keys(|client| client.audiences.push("orders".into())), ["audiences"]);
        assert_eq!(keys(|client| client.origins = Some(vec!["*".into()])), ["origins"]);
        assert_eq!(keys(|client| client.first_party = false), ["first_party"]);
        let everything = keys(|client| *client = ClientConfig::default());
        assert_eq!(everything, ["id", "auth", "name", "grants", "scopes", "first_party"]);
    }

    #[test]
    fn s_tok_11_a_client_is_named_neither_like_a_member_nor_like_one_of_ours() {
        for id in ["0192f3a0-0000-7000-8000-000000000000", "daemun-web", "daemun-app", "a b", ""] {
            assert_eq!(keys(|client| client.id = Some(id.to_owned())), ["id"], "{id}");
        }
    }
}
