//! `[providers.…]`: each provider's client and endpoints.

use kernel::SecretString;
use names::ProviderName;
use providers::{Description, Protocol, SecretDemand, describe};
use url::Url;

use super::finding::Finding;
use super::mode::Mode;
use super::reader::{Reader, is_loopback};

/// Every provider, in the order of their buttons.
#[derive(Clone, Debug)]
pub struct Providers(Vec<Provider>);

/// One provider. An endpoint that is not set is the provider's real one.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Which one.
    pub name: ProviderName,
    /// `protocol`.
    pub protocol: Protocol,
    /// Empty: the provider is simulated or off.
    pub client_id: String,
    /// The secret.
    pub client_secret: Option<SecretString>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The issuer, as its id_tokens spell it.
    pub issuer: Option<String>,
    /// The authorization endpoint, to which browsers are sent.
    pub authorize_url: Option<Url>,
    /// Where codes are exchanged.
    pub token_url: Option<Url>,
    /// Where profiles are read.
    pub userinfo_url: Option<Url>,
    /// Where id_token keys are read.
    pub jwks_url: Option<Url>,
    /// Where a grant is given back.
    pub unlink_url: Option<Url>,
    /// The admin key, where the provider has one.
    pub admin_key: Option<SecretString>,
}

impl Providers {
    pub(super) fn read(reader: &Reader, mode: Mode) -> Self {
        Self(ProviderName::ALL.into_iter().map(|name| provider(reader, mode, describe(name))).collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }

    /// One of them.
    pub fn find(&self, name: ProviderName) -> Option<&Provider> {
        self.iter().find(|provider| provider.name == name)
    }

    /// Whether a provider lacks a client id, so that a simulator could stand in for it.
    pub fn any_without_client(&self) -> bool {
        self.iter().any(|provider| provider.client_id.is_empty())
    }

    /// What works, and should be looked at all the same.
    pub fn doubts(&self) -> Vec<Finding> {
        let without_secret =
            self.iter().filter(|provider| !provider.client_id.is_empty() && provider.client_secret.is_none());
        let doubts = without_secret.filter_map(|Provider { name, .. }| match describe(*name).secret {
            SecretDemand::AsConfigured { warning, cure } => {
                Some(Finding::new(&format!("providers.{name}.client_secret"), warning, cure))
            }
            SecretDemand::Always => None,
        });
        let without_client =
            self.iter().filter(|provider| provider.client_id.is_empty() && provider.admin_key.is_some());
        let idle = without_client.map(|Provider { name, .. }| {
            Finding::new(
                &format!("providers.{name}.admin_key"),
                format!(
                    "it has no effect: without `providers.{name}.client_id`, the provider is simulated or off"
                ),
                "Set the client id, or remove the admin key: a simulated provider has its own",
            )
        });
        doubts.chain(idle).collect()
    }
}

/// The `protocol` of a provider that leaves a choice.
fn protocol(reader: &Reader, name: ProviderName, allowed: &[(&str, Protocol)]) -> Protocol {
    let [(first, default), others @ ..] = allowed else { return Protocol::OpenIdConnect };
    if others.is_empty() {
        return *default;
    }
    let key = format!("providers.{name}.protocol");
    let text = reader.text(&key);
    if let Some((_, protocol)) = allowed.iter().find(|(known, _)| *known == text) {
        return *protocol;
    }
    let others: Vec<_> = others.iter().map(|(other, _)| format!(" or \"{other}\"")).collect();
    let cure = format!("Write \"{first}\"{}", others.concat());
    reader.wrong(&key, format!("`{text}` is not allowed here"), &cure);
    *default
}

fn provider(reader: &Reader, mode: Mode, description: &Description) -> Provider {
    let name = description.name;
    let key = |field: &str| format!("providers.{name}.{field}");
    let endpoint = |field: &str| endpoint(reader, mode, &key(field));
    for address in description.other_addresses {
        let _ = endpoint(address);
    }
    let issuer = endpoint("issuer").map(|_| reader.text(&key("issuer")));
    let provider = Provider {
        name,
        protocol: protocol(reader, name, description.protocols),
        client_id: reader.word(&key("client_id")),
        client_secret: reader.secret(&key("client_secret")),
        scopes: reader.list(&key("scopes")),
        issuer,
        authorize_url: endpoint("authorize_url"),
        token_url: endpoint("token_url"),
        userinfo_url: endpoint("userinfo_url"),
        jwks_url: endpoint("jwks_url"),
        unlink_url: endpoint(description.unlink_key),
        admin_key: if description.has_admin_key { reader.secret(&key("admin_key")) } else { None },
    };
    check(reader, &provider, description);
    provider
}

fn check(reader: &Reader, provider: &Provider, description: &Description) {
    let key = |field: &str| format!("providers.{}.{field}", provider.name);
    let has_client = !provider.client_id.is_empty();
    let demands_secret = matches!(description.secret, SecretDemand::Always);
    if has_client && provider.client_secret.is_none() && demands_secret {
        reader.wrong(
            &key("client_secret"),
            format!("`{}` is set, and this provider demands a secret with it", key("client_id")),
            "Set the secret, or a file that holds it",
        );
    }
    if !has_client && provider.client_secret.is_some() {
        reader.wrong(
            &key("client_id"),
            "it is not set, though its secret is",
            "Set it as the provider's console shows it",
        );
    }
    let separates = |c: char| c.is_whitespace() || c == ',';
    if provider.scopes.iter().any(|scope| scope.is_empty() || scope.contains(separates)) {
        reader.wrong(
            &key("scopes"),
            "a scope holds a space or comma",
            "Write each scope as a text of its own",
        );
    }
}

fn endpoint(reader: &Reader, mode: Mode, key: &str) -> Option<Url> {
    let text = reader.text(key);
    if text.is_empty() {
        return None;
    }
    let url = reader.url(key, &text)?;
    if mode == Mode::Production && is_loopback(&url) && url.scheme() == "http" {
        reader.wrong(
            key,
            "production needs https",
            "Write the provider's https address, or leave it at its default",
        );
    }
    Some(url)
}
