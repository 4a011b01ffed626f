//! `[providers.…]`: each provider's client and endpoints.

use kernel::SecretString;
use names::ProviderName;
use providers::{KakaoProtocol, NaverProtocol};
use url::Url;

use super::finding::Finding;
use super::mode::Mode;
use super::reader::{Reader, is_loopback};

/// The three providers.
#[derive(Clone, Debug)]
pub struct Providers {
    /// `[providers.google]`.
    pub google: Provider,
    /// `[providers.naver]`.
    pub naver: Provider,
    /// `providers.naver.protocol`.
    pub naver_protocol: NaverProtocol,
    /// `[providers.kakao]`.
    pub kakao: Provider,
    /// `providers.kakao.protocol`.
    pub kakao_protocol: KakaoProtocol,
}

/// One provider. An endpoint that is not set is the provider's real one.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Empty: the provider is simulated or off.
    pub client_id: String,
    /// The secret.
    pub client_secret: Option<SecretString>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The issuer, as its id_tokens spell it.
    pub issuer: Option<String>,
    /// Where browsers go.
    pub authorize_url: Option<Url>,
    /// Where codes are exchanged.
    pub token_url: Option<Url>,
    /// Where profiles are read.
    pub userinfo_url: Option<Url>,
    /// Where id_token keys are read.
    pub jwks_url: Option<Url>,
    /// Where a grant is given back: `revoke_url`, for Kakao `unlink_url`.
    pub unlink_url: Option<Url>,
    /// Kakao's admin key.
    pub admin_key: Option<SecretString>,
}

impl Providers {
    pub(super) fn read(reader: &Reader, mode: Mode) -> Self {
        let naver_protocol =
            protocol(reader, "naver", [("classic", NaverProtocol::Classic), ("oidc", NaverProtocol::Oidc)]);
        let kakao_protocol =
            protocol(reader, "kakao", [("oauth", KakaoProtocol::Oauth), ("oidc", KakaoProtocol::Oidc)]);
        let mut providers = Self {
            google: provider(reader, mode, ProviderName::Google),
            naver: provider(reader, mode, ProviderName::Naver),
            naver_protocol,
            kakao: provider(reader, mode, ProviderName::Kakao),
            kakao_protocol,
        };
        providers.kakao.admin_key = reader.secret("providers.kakao.admin_key");
        let _ = endpoint(reader, mode, "providers.kakao.logout_url");
        providers
    }

    /// Whether a provider lacks a client id, so that a simulator could stand in for it.
    pub fn any_without_client(&self) -> bool {
        [&self.google, &self.naver, &self.kakao].iter().any(|provider| provider.client_id.is_empty())
    }

    pub(super) fn warnings(&self) -> Vec<Finding> {
        let kakao = &self.kakao;
        if kakao.client_id.is_empty() || kakao.client_secret.is_some() {
            return Vec::new();
        }
        vec![Finding::new(
            "providers.kakao.client_secret",
            "it is not set, and newer REST API keys demand it (KOE010)",
            "Set it, or switch the client secret off in Kakao's console",
        )]
    }
}

fn protocol<T: Copy>(reader: &Reader, name: &str, allowed: [(&str, T); 2]) -> T {
    let key = format!("providers.{name}.protocol");
    let text = reader.text(&key);
    let [(first, fallback), (second, _)] = allowed;
    allowed.iter().find(|(known, _)| *known == text).map_or_else(
        || {
            reader.wrong(
                &key,
                format!("`{text}` is not allowed here"),
                &format!("Write \"{first}\" or \"{second}\""),
            );
            fallback
        },
        |(_, protocol)| *protocol,
    )
}

fn provider(reader: &Reader, mode: Mode, name: ProviderName) -> Provider {
    let key = |field: &str| format!("providers.{}.{field}", name.as_str());
    let endpoint = |field: &str| endpoint(reader, mode, &key(field));
    let issuer = endpoint("issuer").map(|_| reader.text(&key("issuer")));
    let provider = Provider {
        client_id: reader.word(&key("client_id")),
        client_secret: reader.secret(&key("client_secret")),
        scopes: reader.list(&key("scopes")),
        issuer,
        authorize_url: endpoint("authorize_url"),
        token_url: endpoint("token_url"),
        userinfo_url: endpoint("userinfo_url"),
        jwks_url: endpoint("jwks_url"),
        unlink_url: endpoint(if name == ProviderName::Kakao { "unlink_url" } else { "revoke_url" }),
        admin_key: None,
    };
    let has_client = !provider.client_id.is_empty();
    if has_client && provider.client_secret.is_none() && name != ProviderName::Kakao {
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
    if provider
        .scopes
        .iter()
        .any(|scope| scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c == ','))
    {
        reader.wrong(
            &key("scopes"),
            "a scope holds a space or comma",
            "Write each scope as a text of its own",
        );
    }
    provider
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
