//! What a client says of itself when it registers, and is told of what was registered (RFC 7591 section 2).

use kernel::{ExposeSecret as _, SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

use crate::client::authentication::Method;
use crate::client::config::ClientConfig;
use crate::client::document::is_invisible;
use crate::client::findings::{ClientFinding, Findings};
use crate::client::grant_type::GrantType;
use crate::client::keys::ClientKeys;
use crate::client::redirect_uri::RedirectUri;
use crate::client::rules::ClientRules;
use crate::client::standard_scopes::STANDARD_SCOPES;

/// The most items of a list.
const MAX_ITEMS: usize = 20;

/// What a client may present for tokens that nobody here looked at: nobody is asked before `client_credentials` gives some, and who
/// types a code of a device has not seen where it comes from.
const GRANTS: [&str; 2] = [GrantType::AuthorizationCode.as_str(), GrantType::RefreshToken.as_str()];

/// The members that count; others are ignored, and no address in them is ever asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    redirect_uris: Option<Value>,
    token_endpoint_auth_method: Option<Value>,
    grant_types: Option<Value>,
    response_types: Option<Value>,
    client_name: Option<Value>,
    scope: Option<Value>,
    jwks: Option<Value>,
    jwks_uri: Option<Value>,
    post_logout_redirect_uris: Option<Value>,
    backchannel_logout_uri: Option<Value>,
    require_pushed_authorization_requests: Option<Value>,
    dpop_bound_access_tokens: Option<Value>,
    subject_type: Option<Value>,
}

impl Metadata {
    /// What they must be, for the document of all endpoints.
    pub(crate) fn schema() -> Value {
        // RFC 7515 appendix A.3.
        let key = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "2026",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        let text = |example: &str| json!({ "type": "string", "example": example });
        let flag = || json!({ "type": "boolean", "example": false });
        let list =
            |items: Value, example: &[&str]| json!({ "type": "array", "items": items, "example": example });
        let address = || json!({ "type": "string", "format": "uri" });
        let methods = json!({ "enum": Method::ALL.map(Method::as_str), "example": "private_key_jwt" });
        json!({
            "type": "object",
            "required": ["redirect_uris"],
            "properties": {
                "redirect_uris": list(address(), &["http://127.0.0.1/callback"]),
                "token_endpoint_auth_method": methods,
                "jwks": { "type": "object", "example": { "keys": [key] } },
                "grant_types": list(json!({ "enum": GRANTS }), &GRANTS),
                "response_types": list(json!({ "const": "code" }), &["code"]),
                "client_name": text("Agent"),
                "scope": text("openid profile"),
                "post_logout_redirect_uris": list(address(), &["http://127.0.0.1/bye"]),
                "require_pushed_authorization_requests": flag(),
                "dpop_bound_access_tokens": flag(),
                "subject_type": { "const": "public", "example": "public" },
            },
        })
    }

    /// The client, as the configuration would describe it: a third party, for people only.
    ///
    /// # Errors
    /// Everything that has another shape than the RFC says, or that is not served to clients which register themselves. The rest
    /// is for the checks that all clients go through.
    pub(crate) fn describe(
        &self,
        id: String,
        rules: &ClientRules,
    ) -> Result<ClientConfig, Vec<ClientFinding>> {
        let mut found = Findings::default();
        let redirect_uris =
            list("redirect_uris", self.redirect_uris.as_ref(), &mut found).unwrap_or_default();
        let auth = text("token_endpoint_auth_method", self.token_endpoint_auth_method.as_ref(), &mut found);
        let config = ClientConfig {
            id: Some(id),
            name: self.name(&redirect_uris, &mut found),
            auth: auth.or_else(|| Some(Method::SecretBasic.as_str().to_owned())),
            jwks: self.jwks.as_ref().map(Value::to_string),
            grants: self.grants(&mut found),
            redirect_uris,
            post_logout_redirect_uris: list(
                "post_logout_redirect_uris",
                self.post_logout_redirect_uris.as_ref(),
                &mut found,
            )
            .unwrap_or_default(),
            scopes: self.scopes(rules, &mut found),
            require_par: flag(
                "require_pushed_authorization_requests",
                self.require_pushed_authorization_requests.as_ref(),
                &mut found,
            ),
            dpop: flag("dpop_bound_access_tokens", self.dpop_bound_access_tokens.as_ref(), &mut found)
                .then(|| "required".to_owned()),
            ..ClientConfig::default()
        };
        self.refuse_unserved(&mut found);
        if found.0.is_empty() { Ok(config) } else { Err(found.0) }
    }

    /// What people are told; where there is no name, whom the first address belongs to.
    fn name(&self, redirect_uris: &[String], found: &mut Findings) -> Option<String> {
        let name = text("client_name", self.client_name.as_ref(), found);
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
            let url = redirect_uris.first().and_then(|first| Url::parse(first).ok());
            return url.map(|url| url.host_str().unwrap_or_else(|| url.scheme()).to_owned());
        };
        if name.chars().any(is_invisible) {
            found.wrong("client_name", "it has characters that cannot be seen", "");
        }
        Some(name)
    }

    fn grants(&self, found: &mut Findings) -> Vec<String> {
        let usual = || vec![GrantType::AuthorizationCode.as_str().to_owned()];
        let grants = list("grant_types", self.grant_types.as_ref(), found).unwrap_or_else(usual);
        for grant in grants.iter().filter(|grant| !GRANTS.contains(&grant.as_str())) {
            found.wrong(
                "grant_types",
                format!("`{grant}` is not served to clients that register themselves"),
                "",
            );
        }
        grants
    }

    /// What it names, or all that there is here: the person decides each time.
    fn scopes(&self, rules: &ClientRules, found: &mut Findings) -> Vec<String> {
        let named = text("scope", self.scope.as_ref(), found);
        let mut scopes: Vec<String> = match &named {
            Some(named) => named.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            None => {
                STANDARD_SCOPES.into_iter().map(str::to_owned).chain(rules.scopes.iter().cloned()).collect()
            }
        };
        let mut seen = std::collections::BTreeSet::new();
        scopes.retain(|word| seen.insert(word.clone()));
        scopes
    }

    /// What would not be as the client thinks it is, if it were ignored.
    fn refuse_unserved(&self, found: &mut Findings) {
        let types = list("response_types", self.response_types.as_ref(), found);
        if types.is_some_and(|types| types.iter().any(|kind| kind != "code")) {
            found.wrong("response_types", "only `code` is served", "Send code alone, or leave it out");
        }
        let kind = text("subject_type", self.subject_type.as_ref(), found);
        if kind.is_some_and(|kind| kind != "public") {
            found.wrong("subject_type", "only `public` is served", "Send public, or leave it out");
        }
        if self.jwks_uri.is_some() {
            let cure = "Send the public keys themselves as jwks";
            found.wrong("jwks_uri", "no address of a client is ever fetched", cure);
        }
        if self.backchannel_logout_uri.is_some() {
            let cure = "Leave it out; an operator can register a client with it";
            found.wrong("backchannel_logout_uri", "nothing is sent to an address that nobody checked", cure);
        }
    }
}

fn text(field: &'static str, value: Option<&Value>, found: &mut Findings) -> Option<String> {
    let value = value?;
    if value.as_str().is_none() {
        found.wrong(field, "it is no string", "");
    }
    value.as_str().map(str::to_owned)
}

fn list(field: &'static str, value: Option<&Value>, found: &mut Findings) -> Option<Vec<String>> {
    let value = value?;
    let items = value.as_array().filter(|items| items.len() <= MAX_ITEMS);
    let items = items.and_then(|items| {
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    if items.is_none() {
        found.wrong(field, "it is no array of at most 20 strings", "");
    }
    items
}

fn flag(field: &'static str, value: Option<&Value>, found: &mut Findings) -> bool {
    let Some(value) = value else { return false };
    value.as_bool().unwrap_or_else(|| {
        found.wrong(field, "it is neither true nor false", "");
        false
    })
}

/// What is wrong, by the name that the RFC has for it and with what the client can do about it.
pub(crate) fn told_to_client(finding: ClientFinding) -> ClientFinding {
    let ClientFinding { key, problem, cure } = finding;
    let (key, cure): (&'static str, String) = match key {
        "redirect_uris" | "post_logout_redirect_uris" => (key, RedirectUri::ALLOWED.to_owned()),
        "auth" | "token_endpoint_auth_method" => (
            "token_endpoint_auth_method",
            format!("Send one of {}", Method::ALL.map(Method::as_str).join(", ")),
        ),
        "grants" | "grant_types" => {
            ("grant_types", "Send authorization_code, and refresh_token where it is wanted".to_owned())
        }
        "name" | "client_name" => ("client_name", "Send 1 to 100 characters that can be seen".to_owned()),
        "scopes" | "scope" => {
            ("scope", "Send some of scopes_supported, separated by spaces, or leave it out".to_owned())
        }
        "jwks" => (key, ClientKeys::ALLOWED.to_owned()),
        other => (other, cure),
    };
    ClientFinding { key, problem, cure }
}

/// What was registered (RFC 7591 section 3.2.1). The secret is in no other answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_secret: Option<String>,
    /// 0: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_secret_expires_at: Option<u8>,
    client_name: String,
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    post_logout_redirect_uris: Vec<String>,
    token_endpoint_auth_method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jwks: Option<Value>,
    grant_types: Vec<String>,
    #[schema(value_type = Vec<String>)]
    response_types: [&'static str; 1],
    scope: String,
    require_pushed_authorization_requests: bool,
    dpop_bound_access_tokens: bool,
}

impl Registered {
    pub(crate) fn new(config: ClientConfig, secret: Option<&SecretString>, now: Timestamp) -> Self {
        Self {
            client_id: config.id.unwrap_or_default(),
            client_id_issued_at: now.millis() / 1000,
            client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
            client_secret_expires_at: secret.map(|_| 0),
            client_name: config.name.unwrap_or_default(),
            redirect_uris: config.redirect_uris,
            post_logout_redirect_uris: config.post_logout_redirect_uris,
            token_endpoint_auth_method: config.auth.unwrap_or_default(),
            jwks: config.jwks.and_then(|jwks| serde_json::from_str(&jwks).ok()),
            grant_types: config.grants,
            response_types: ["code"],
            scope: config.scopes.join(" "),
            require_pushed_authorization_requests: config.require_par,
            dpop_bound_access_tokens: config.dpop.is_some(),
        }
    }
}
