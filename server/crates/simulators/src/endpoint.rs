//! The endpoints of simulated providers.

use names::ProviderName;
use url::Url;

/// A simulated provider. Naver has two surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedProvider {
    /// Google.
    Google,
    /// Naver's OAuth 2.0 under `/oauth2.0/`.
    NaverClassic,
    /// Naver's OpenID Connect under `/oauth2/`.
    NaverOidc,
    /// Kakao.
    Kakao,
}

/// The admin key of the app at the simulated Kakao.
pub(crate) const ADMIN_KEY: &str = "simulated-kakao-admin-key";

/// The endpoints and credentials for a client's configuration.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The registered client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The issuer in ID tokens.
    pub issuer: String,
    /// The authorization endpoint, to which browsers are sent.
    pub authorize_url: Url,
    /// Where codes are exchanged.
    pub token_url: Url,
    /// Where profiles are read.
    pub userinfo_url: Url,
    /// Where keys are read.
    pub jwks_url: Url,
    /// Where a grant is revoked.
    pub unlink_url: Url,
    /// The app's admin key (Kakao).
    pub admin_key: Option<String>,
}

impl SimulatedProvider {
    /// The simulation of a provider; `is_openid_connect` chooses the surface of Naver.
    pub const fn of(name: ProviderName, is_openid_connect: bool) -> Self {
        match name {
            ProviderName::Google => Self::Google,
            ProviderName::Naver if is_openid_connect => Self::NaverOidc,
            ProviderName::Naver => Self::NaverClassic,
            ProviderName::Kakao => Self::Kakao,
        }
    }

    /// Its paths below the simulator's base: authorize, token, userinfo, keys, unlink.
    const fn paths(self) -> [&'static str; 5] {
        match self {
            Self::Google => ["o/oauth2/v2/auth", "token", "v1/userinfo", "oauth2/v3/certs", "revoke"],
            Self::NaverClassic => {
                ["oauth2.0/authorize", "oauth2.0/token", "v1/nid/me", "oauth2/jwks", "oauth2.0/revoke"]
            }
            Self::NaverOidc => {
                ["oauth2/authorize", "oauth2/token", "v1/nid/me", "oauth2/jwks", "oauth2.0/revoke"]
            }
            Self::Kakao => {
                ["oauth/authorize", "oauth/token", "v2/user/me", ".well-known/jwks.json", "v1/user/unlink"]
            }
        }
    }

    /// The endpoints below `base`, which ends without a slash.
    pub(crate) fn endpoints(self, base: &Url, client_id: String, client_secret: String) -> Endpoints {
        let under = |path: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{}/{path}", base.path()));
            url
        };
        let [authorize, token, userinfo, jwks, unlink] = self.paths();
        Endpoints {
            client_id,
            client_secret,
            issuer: base.to_string(),
            authorize_url: under(authorize),
            token_url: under(token),
            userinfo_url: under(userinfo),
            jwks_url: under(jwks),
            unlink_url: under(unlink),
            admin_key: (self == Self::Kakao).then(|| ADMIN_KEY.to_owned()),
        }
    }
}
