//! What a client says of itself in a document at the address that is its `client_id` (the names are those of RFC 7591).

use serde::Deserialize;
use tokens::{ClientId, Scope};

use crate::client::authentication::Authentication;
use crate::client::document_address::DocumentAddress;
use crate::client::grant_type::GrantType;
use crate::client::model::Client;
use crate::client::redirect_uri::RedirectUri;
use crate::client::requirement::Requirement;

/// The longest name that people are shown.
const MAX_NAME_CHARS: usize = 100;
/// The most redirect URIs.
const MAX_REDIRECT_URIS: usize = 20;

/// What a client that describes itself may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct DocumentRules {
    /// The scopes that there are, alongside the standard ones.
    pub(crate) scopes: Vec<String>,
    /// The APIs that it may name as `resource`.
    pub(crate) audiences: Vec<String>,
}

/// The members that count; others say nothing here.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    scope: Option<String>,
    #[serde(default)]
    dpop_bound_access_tokens: bool,
}

/// Why a document makes no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document {0}")]
pub(crate) struct DocumentProblem(pub(crate) &'static str);

/// The client that a document describes: public and a third party, whatever it says of itself.
pub(crate) fn read(
    address: &DocumentAddress,
    body: &[u8],
    rules: &DocumentRules,
) -> Result<Client, DocumentProblem> {
    let wrong = |why| Err(DocumentProblem(why));
    let Ok(document) = serde_json::from_slice::<Document>(body) else {
        return wrong("is no JSON object with client_id and redirect_uris, each once");
    };
    if document.client_id != address.id.as_str() {
        return wrong("has a client_id that is not its own address");
    }
    if document.token_endpoint_auth_method.as_deref().is_some_and(|method| method != "none") {
        return wrong("has a token_endpoint_auth_method other than none");
    }
    if document.response_types.as_ref().is_some_and(|types| !types.iter().any(|kind| kind == "code")) {
        return wrong("has no code among its response_types");
    }
    if document.redirect_uris.is_empty() || document.redirect_uris.len() > MAX_REDIRECT_URIS {
        return wrong("must have 1 to 20 redirect_uris");
    }
    let addresses = document.redirect_uris.iter().map(|text| RedirectUri::register(text));
    let Ok(redirect_uris) = addresses.collect::<Result<Vec<_>, _>>() else {
        return wrong(
            "has a redirect URI that is neither https nor of the person's own machine nor com.example.app:/…",
        );
    };
    let Some(name) = name(&document, address) else { return wrong("has a client_name that cannot be shown") };
    Ok(Client {
        id: address.id.clone(),
        name,
        authentication: Authentication::None,
        grants: grants(&document),
        redirect_uris,
        post_logout_redirect_uris: Vec::new(),
        scope: scope(&document, rules),
        audiences: rules.audiences.clone(),
        introspects: Vec::new(),
        origins: None,
        is_first_party: false,
        registered_at: None,
        is_self_registered: false,
        backchannel_logout_uri: None,
        require_par: false,
        dpop: if document.dpop_bound_access_tokens { Requirement::Required } else { Requirement::Optional },
        pkce: Requirement::Required,
        access_life: None,
        refresh_life: None,
    })
}

impl Client {
    /// Whether nobody here has looked at what it says of itself.
    pub fn is_self_described(&self) -> bool {
        self.is_self_registered || (self.is_public() && !self.is_first_party && is_document(&self.id))
    }
}

fn is_document(id: &ClientId) -> bool {
    crate::client::document_address::is_document_id(id.as_str())
}

/// What people are told; the host, where it has no name.
fn name(document: &Document, address: &DocumentAddress) -> Option<String> {
    let Some(name) = document.client_name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        return address.url.host_str().map(str::to_owned);
    };
    let is_shown = name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(is_invisible);
    is_shown.then(|| name.to_owned())
}

/// Characters that make a name read as another one: controls, and marks that change the direction of writing.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Those of its grants that a client without a secret can use here.
fn grants(document: &Document) -> Vec<GrantType> {
    let may_refresh = document.grant_types.as_ref();
    let may_refresh = may_refresh.is_none_or(|grants| grants.iter().any(|grant| grant == "refresh_token"));
    let refresh = may_refresh.then_some(GrantType::RefreshToken);
    [GrantType::AuthorizationCode].into_iter().chain(refresh).collect()
}

/// What it may ask for: what it names, or anything, as far as there is such a scope here. The person decides.
fn scope(document: &Document, rules: &DocumentRules) -> Scope {
    let standard = crate::client::standard_scopes::STANDARD_SCOPES;
    let known = standard.iter().copied().chain(rules.scopes.iter().map(String::as_str));
    let named: Option<Vec<&str>> = document.scope.as_deref().map(|scope| scope.split(' ').collect());
    let words = known.filter(|word| named.as_ref().is_none_or(|named| named.contains(word)));
    Scope::parse(&words.collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::document_address::AllowedOrigins;
    use serde_json::{Value, json};

    const ID: &str = "https://agents.example/client.json";

    fn reads(change: impl FnOnce(&mut Value)) -> Result<Client, DocumentProblem> {
        let allowed = AllowedOrigins { origins: vec!["*".to_owned()], loopback: false };
        let rules = DocumentRules {
            scopes: vec!["read".to_owned(), "write".to_owned()],
            audiences: vec!["https://login.example/mcp".to_owned()],
        };
        let mut document = json!({
            "client_id": ID,
            "client_name": "Agent",
            "redirect_uris": ["http://127.0.0.1/callback", "https://agents.example/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
            "logo_uri": "https://agents.example/logo.png",
        });
        change(&mut document);
        read(&allowed.address(ID).unwrap(), document.to_string().as_bytes(), &rules)
    }

    #[test]
    fn s_as_34_a_document_makes_a_public_third_party() {
        let client = reads(|_| {}).unwrap();
        assert_eq!((client.id.as_str(), client.name.as_str()), (ID, "Agent"));
        assert!(client.is_public() && !client.is_first_party && client.is_self_described());
        assert!(client.pkce.is_required() && !client.dpop.is_required());
        assert_eq!(client.scope.as_str(), "openid profile email offline_access read write");
        assert_eq!(client.audiences, ["https://login.example/mcp"]);
        let narrow =
            reads(|document| document["scope"] = json!("read admin openid admin:read admin:write")).unwrap();
        assert_eq!(narrow.scope.as_str(), "openid read");
        let once = reads(|document| document["grant_types"] = json!(["authorization_code"])).unwrap();
        assert!(!once.may_use(GrantType::RefreshToken));
        let bound = reads(|document| document["dpop_bound_access_tokens"] = json!(true)).unwrap();
        assert!(bound.dpop.is_required());
        let nameless = reads(|document| document["client_name"] = json!(" ")).unwrap();
        assert_eq!(nameless.name, "agents.example");
    }

    #[test]
    fn what_a_document_must_be() {
        let refuses = |what: &str, change: fn(&mut Value)| assert!(reads(change).is_err(), "{what}");
        refuses("another id", |document| document["client_id"] = json!("https://agents.example/other.json"));
        refuses("a secret", |document| document["token_endpoint_auth_method"] = json!("client_secret_basic"));
        refuses("a key", |document| document["token_endpoint_auth_method"] = json!("private_key_jwt"));
        refuses("no code", |document| document["response_types"] = json!(["token"]));
        refuses("no address", |document| document["redirect_uris"] = json!([]));
        refuses("http", |document| document["redirect_uris"] = json!(["http://agents.example/callback"]));
        refuses("a name that lies", |document| document["client_name"] = json!("\u{202e}knaB"));
        refuses("a long name", |document| document["client_name"] = json!("x".repeat(101)));
        refuses("no object", |document| *document = json!([]));
    }
}
